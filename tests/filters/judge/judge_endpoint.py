"""A chat completions server on loopback whose faults follow a script: real HTTP, planned trouble."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from contextpairs.filters.judge.options import JudgeOptions

Body = dict[str, Any]
USAGE = 100
"""Tokens that every scripted answer reports."""


@dataclass
class Response:
    """What the server does with one request; `drop` closes the connection without an answer."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False


def says(text: str | None, usage: bool = True, delay: float = 0.0) -> Response:
    """A whole, ordinary chat completion."""
    answer: Body = {"model": "served", "choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
    return Response(body=json.dumps(answer | ({"usage": {"total_tokens": USAGE}} if usage else {})), delay=delay)


def user_text(body: Body) -> str:
    """The last message as text."""
    content = body["messages"][-1]["content"]
    assert isinstance(content, str)
    return content


def option(body: Body, letter: str) -> str:
    """What the judge is shown as this option."""
    return user_text(body).split(f"=== BEGIN OPTION {letter} ")[1].split("=== END OPTION")[0]


def honest(body: Body) -> Response:
    """Picks the option that holds the word `decisive`."""
    holds = [letter for letter in "AB" if "decisive" in option(body, letter)]
    choice = {1: "".join(holds), 2: "BOTH", 0: "NEITHER"}[len(holds)]
    return says(f"VERDICT: {choice}\nCUE: NONE")


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that gives up mid-request is part of the script."""


class Endpoint:
    """The server. `respond` decides each answer; `bodies`, `times` and `keys` hold what came in."""

    def __init__(self, respond: Callable[[Body], Response] = honest) -> None:
        self.respond = respond
        self.bodies: list[Body] = []
        self.times: list[float] = []
        self.keys: list[str | None] = []
        self.in_flight = self.most_in_flight = 0
        self._lock = threading.Lock()
        self._server = _QuietServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def options(self, cache_dir: Path, **changes: Any) -> JudgeOptions:
        """Options for this server with delays of milliseconds."""
        fields: dict[str, Any] = {"model": "m", "backoff": 0.001, "timeout": 5.0, "cache_dir": cache_dir}
        return JudgeOptions(endpoint=self.url, **(fields | changes))

    def script(self, *first: Response) -> None:
        """Answer the next requests in this order, then honestly."""
        steps = iter(first)
        self.respond = lambda body: next(steps, None) or honest(body)

    def take(self, body: Body, key: str | None) -> Response:
        with self._lock:
            self.bodies.append(body)
            self.times.append(time.monotonic())
            self.keys.append(key)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            response = self.respond(body)
        time.sleep(response.delay)
        with self._lock:
            self.in_flight -= 1
        return response

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Header and body leave in two packets: without this each answer waits for a delayed ACK.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            response = endpoint.take(body, self.headers.get("Authorization"))
            if self.path != "/v1/chat/completions":
                response = Response(404, f"no such path {self.path}")
            try:
                self._drop() if response.drop else self._send(response)
            except OSError:
                self.close_connection = True

        def _drop(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _send(self, response: Response) -> None:
            content = response.body.encode()
            self.send_response(response.status)
            for name, value in {"Content-Length": str(len(content)), **response.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the tests read `bodies`."""

    return Handler


def context(text: str) -> list[dict[str, str]]:
    """A context of two turns."""
    return [{"role": "user", "content": "a test fails"}, {"role": "assistant", "content": text}]


def make_pair(name: str, positive: str = "decisive", negative: str = "beside the point") -> dict[str, Any]:
    """A pair row that an honest judge keeps."""
    return {
        "pair_id": name,
        "mirror_id": f"{name}-mirror",
        "query": "Which trace led to this change?",
        "answer": "-old\n+new",
        "positive": context(positive),
        "negative": context(negative),
    }
