"""The spending limit: what requests may still cost."""

from __future__ import annotations

from threading import Lock

REQUESTS_SPENT = "requests-spent"
TOKENS_SPENT = "tokens-spent"


class Spending:
    """Counts requests and tokens against two limits. One object may serve several runs and threads.

    Every request is entered before it is sent, so the limit of requests holds exactly; the limit of
    tokens holds as far as an estimate set aside covers the answer's real count.
    """

    def __init__(self, max_requests: int, max_tokens: int) -> None:
        self.max_requests = max_requests
        self.max_tokens = max_tokens
        self.requests = 0
        self.tokens = 0
        self._lock = Lock()

    def reserve(self, tokens: int) -> str:
        """Enter one request of so many estimated tokens; returns why not, empty if entered."""
        with self._lock:
            if self.requests + 1 > self.max_requests:
                return REQUESTS_SPENT
            if self.tokens + tokens > self.max_tokens:
                return TOKENS_SPENT
            self.requests += 1
            self.tokens += tokens
            return ""

    def settle(self, reserved: int, spent: int) -> None:
        """Replace the tokens set aside for a request by those it cost."""
        with self._lock:
            self.tokens += spent - reserved
