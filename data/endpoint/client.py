"""Ask an endpoint: cached, bounded, retried, within the spending limit."""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar

from contextpairs.data.endpoint.budget import REQUESTS_SPENT, TOKENS_SPENT, Spending
from contextpairs.data.endpoint.cache import Reply, ReplyCache, request_key
from contextpairs.data.endpoint.image_references import filled
from contextpairs.data.endpoint.options import EndpointOptions

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

ENDPOINT_FAILED = "endpoint-failed"
OWED_REASONS = (ENDPOINT_FAILED, REQUESTS_SPENT, TOKENS_SPENT)
"""Every reason for which a pair stays owed."""

RETRIED = frozenset({408, 409, 429})
CHARS_PER_TOKEN = 3
"""Low for English and code (about 4 and 3), so that an estimate errs on the dear side."""
IMAGE_TOKENS = 1_500


class Owed(Exception):
    """Work that failed and is to be done again: no rejection. `reason` is one of OWED_REASONS."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class EndpointError(RuntimeError):
    """The endpoint refuses what we send: a setting is wrong, and trying again will not help."""


class _Fault(Exception):
    """A failure that may pass. `wait` is the time in seconds that the endpoint asks for."""

    def __init__(self, detail: str, wait: float = 0.0) -> None:
        super().__init__(detail)
        self.wait = wait


@dataclass(slots=True)
class Traffic:
    """What one client did: requests answered from the cache, and requests sent."""

    cached: int = 0
    sent: int = 0


Options = TypeVar("Options", bound=EndpointOptions, covariant=True)


class EndpointClient(Generic[Options]):
    """One endpoint. Use it as `async with`, inside one event loop.

    Raises:
        EndpointError: If api_key_env is set and the variable holds no usable key.
    """

    def __init__(self, options: Options, spending: Spending) -> None:
        self.options = options
        self.spending = spending
        self.traffic = Traffic()
        self.url = completions_url(options.endpoint)
        self._headers = _headers(options.api_key_env)
        self._cache = ReplyCache(options.cache_dir)
        self._failures = 0
        self._refusal: EndpointError | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._slots = asyncio.Semaphore(self.options.concurrency)
        self._http = await self._stack.enter_async_context(_http_client(self.url, self._headers))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def ask(self, body: dict[str, Any], pictures: Mapping[str, bytes] | None = None) -> Reply:
        """The reply to a request body, from the cache where it stands there.

        Args:
            body: The request; images may stand in it by reference.
            pictures: The images referred to, by digest.

        Raises:
            Owed: If the endpoint fails after all retries or the spending limit is reached.
            EndpointError: If the endpoint refuses the request (a 4xx that no retry helps).
        """
        key = request_key(self.url, body)
        reply = self._cache.get(key)
        if reply is not None:
            self.traffic.cached += 1
            return reply
        async with self._slots:
            reply = await self._persist(key, body, pictures or {})
        self._cache.put(key, reply)
        return reply

    async def _persist(self, key: str, body: dict[str, Any], pictures: Mapping[str, bytes]) -> Reply:
        from tenacity import AsyncRetrying, retry_if_exception_type

        options = self.options
        attempts = AsyncRetrying(
            sleep=asyncio.sleep,
            retry=retry_if_exception_type(_Fault),
            stop=lambda state: state.attempt_number > options.retries or _asked(state) > options.max_wait,
            wait=lambda state: retry_wait(key, state.attempt_number - 1, options, _asked(state)),
            retry_error_callback=self._give_up,
        )
        reply: Reply = await attempts(self._send_once, body, pictures)
        return reply

    def _give_up(self, state: RetryCallState) -> NoReturn:
        self._failures += 1
        failed = f"{self.url} failed {state.attempt_number} times"
        raise Owed(ENDPOINT_FAILED, f"{failed}, last: {state.outcome and state.outcome.exception()}")

    def _stop_if_hopeless(self) -> None:
        if self._refusal:
            raise self._refusal
        if self._failures >= self.options.give_up_after:
            raise Owed(ENDPOINT_FAILED, f"{self.url} counts as down: {self._failures} requests failed in a row")

    async def _send_once(self, body: dict[str, Any], pictures: Mapping[str, bytes]) -> Reply:
        self._stop_if_hopeless()
        estimate = estimate_tokens(body, self.options.max_answer_tokens)
        refusal = self.spending.reserve(estimate)
        if refusal:
            raise Owed(refusal, "raise max_requests or max_tokens, or run again with a fresh limit")
        self.traffic.sent += 1
        spent = estimate
        try:
            response = await self._post(filled(body, pictures))
            # An error answer is not billed; a request whose end we never saw may have been.
            spent = 0
            reply = self._read(response, estimate)
            spent = reply.tokens
        finally:
            self.spending.settle(estimate, spent)
        self._failures = 0
        return reply

    async def _post(self, body: dict[str, Any]) -> httpx.Response:
        import httpx

        try:
            async with asyncio.timeout(self.options.timeout):
                return await self._http.post(self.url, json=body)
        except TimeoutError:
            raise _Fault(f"no answer within {self.options.timeout:g} s") from None
        except httpx.RequestError as error:
            raise _Fault(f"{type(error).__name__}: {error}") from None

    def _read(self, response: httpx.Response, estimate: int) -> Reply:
        status = response.status_code
        if status in RETRIED or status >= 500:
            raise _Fault(f"status {status}: {self._excerpt(response)}", _retry_after(response))
        if status >= 300:
            self._refusal = EndpointError(
                f"{self.url} refuses the request with status {status}: {self._excerpt(response)}; "
                "check endpoint, model, api_key_env, the prompt's length (max_context_chars of a judge) and extra_body"
            )
            raise self._refusal
        try:
            return read_reply(response.json(), estimate)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise _Fault(f"status {status}, but no chat completion: {self._excerpt(response)}") from None

    def _excerpt(self, response: httpx.Response) -> str:
        key = self._headers.get("Authorization", "").removeprefix("Bearer ")
        text = response.text.replace(key, "[key]") if key else response.text
        return " ".join(text.split())[:500]


def _asked(state: RetryCallState) -> float:
    """Seconds that the endpoint asks for after a failed attempt."""
    fault = state.outcome and state.outcome.exception()
    return fault.wait if isinstance(fault, _Fault) else 0.0


def retry_wait(key: str, attempt: int, options: EndpointOptions, asked: float = 0.0) -> float:
    """Seconds to wait after a failed attempt (zero-based) at the request of this key.

    Doubles with each attempt up to options.max_wait, times a jitter in [0.5, 1) that follows from request
    and attempt; never less than what the endpoint asked for.
    """
    jitter = 0.5 + random.Random(f"{key}:{attempt}").random() / 2
    return max(asked, min(options.backoff * 2.0**attempt, options.max_wait) * jitter)


def completions_url(endpoint: str) -> str:
    """The chat completions address of an endpoint; a query such as `?api-version=` is kept."""
    import httpx

    url = httpx.URL(endpoint)
    path = url.path.rstrip("/")
    return str(url.copy_with(path=path if path.endswith("/chat/completions") else f"{path}/chat/completions"))


def estimate_tokens(body: dict[str, Any], max_answer_tokens: int) -> int:
    """Tokens that a request costs at most, roughly: text by its length, a flat count an image."""
    contents = [message["content"] for message in body["messages"]]
    parts = [part for content in contents for part in ([content] if isinstance(content, str) else content)]
    return max_answer_tokens + sum(_estimate_part(part) for part in parts)


def _estimate_part(part: str | dict[str, Any]) -> int:
    text = part if isinstance(part, str) else part.get("text")
    return IMAGE_TOKENS if text is None else len(text.encode()) // CHARS_PER_TOKEN + 8


def read_reply(answer: Any, estimate: int) -> Reply:
    """Read a chat completion; an empty text where the model said nothing (a refusal, a spent thought).

    Raises:
        LookupError, TypeError, AttributeError: If the answer is no chat completion.
    """
    choice = answer["choices"][0]
    tokens = (answer.get("usage") or {}).get("total_tokens")
    return Reply(
        text=_plain(choice["message"].get("content")),
        tokens=tokens if isinstance(tokens, int) else estimate,
        model=str(answer.get("model") or ""),
        finish_reason=str(choice.get("finish_reason") or ""),
        logprobs=_first_logprobs(choice),
    )


def _first_logprobs(choice: Any) -> dict[str, float] | None:
    tokens = (choice.get("logprobs") or {}).get("content")
    if not tokens:
        return None
    return {each["token"]: float(each["logprob"]) for each in [tokens[0], *(tokens[0].get("top_logprobs") or [])]}


def _plain(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content)
    return content if isinstance(content, str) else ""


def _headers(api_key_env: str | None) -> dict[str, str]:
    if api_key_env is None:
        return {}
    key = os.environ.get(api_key_env, "").strip()
    # Checked here because the HTTP library quotes a header that it refuses, key and all.
    if not key or not key.isascii() or not key.isprintable():
        raise EndpointError(
            f"environment variable {api_key_env} (api_key_env) holds no usable key; set it or unset the option"
        )
    return {"Authorization": f"Bearer {key}"}


def _http_client(url: str, headers: dict[str, str]) -> httpx.AsyncClient:
    import httpx

    # A proxy from the environment is meant for the outside, not for a server on this machine.
    is_local = httpx.URL(url).host in ("localhost", "127.0.0.1", "::1")
    return httpx.AsyncClient(headers=headers, timeout=None, trust_env=not is_local)


def _retry_after(response: httpx.Response) -> float:
    """Seconds by the Retry-After header, in either of its forms; 0 where absent or unreadable."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
