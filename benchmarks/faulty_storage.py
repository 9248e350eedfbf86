"""A real S3 server of moto's, and a proxy before it that loses replies, resets connections and answers 500.

`python -m benchmarks.faulty_storage 1000` publishes that often through it and compares what each publish said with what
is there: published and said so, or absent and said so.
"""

from __future__ import annotations

import argparse
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from contextpairs.data.pairs.schemas import PAIRS_CODING, Split, pair_id
from contextpairs.data.store import exclusive_put
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.data.store.told_errors import StorageError, open_filesystem

FAULTS = ("lost-reply", "error-after", "error-before", "reset-before")
"""What may become of a request: done and the reply lost, done and answered 500, or not done and either."""
ERROR = b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"
HOP = frozenset({"connection", "transfer-encoding", "content-length", "server", "date"})


@contextmanager
def s3_server() -> Iterator[str]:
    """Endpoint of a running server.

    It answers one request at a time: moto looks for the object and puts it in two steps, which a real S3 makes one.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """Says nothing of each request."""

        def log_request(self, *_: object) -> None:
            """Say nothing."""

    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    reset = HTTPConnection("127.0.0.1", server.server_port)
    reset.request("POST", "/moto-api/reset")  # servers of one process share their buckets
    reset.getresponse().read()
    reset.close()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


class Faults:
    """What the proxy does to requests; seeded, and counted."""

    def __init__(self, share: float, seed: int) -> None:
        """Args: share: of the requests that get a fault. seed: which ones."""
        self.share = share
        self.counted: Counter[str] = Counter()
        self.planned: list[tuple[str, str, str]] = []
        """Faults to come: method, part of the path, fault."""
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def draw(self, method: str, path: str) -> str | None:
        """The fault of a request, or None."""
        with self._lock:
            fault = next((each for each in self.planned if each[0] == method and each[1] in path), None)
            if fault:
                self.planned.remove(fault)
            found = fault[2] if fault else self._drawn()
            if found:
                self.counted[f"{method} {found}"] += 1
            return found

    def _drawn(self) -> str | None:
        return self._random.choice(FAULTS) if self._random.random() < self.share else None


@contextmanager
def faulty(endpoint: str, faults: Faults) -> Iterator[str]:
    """Endpoint of a proxy before a server."""
    host, port = endpoint.removeprefix("http://").split(":")

    class Handler(BaseHTTPRequestHandler):
        """Hands a request on, unless or until it draws a fault."""

        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = faults.draw(self.command, self.path)
            if fault == "reset-before":
                return self._reset()
            if fault == "error-before":
                return self._answer(500, [], ERROR)
            reply, content = self._handed_on(body)
            if fault == "lost-reply":
                return self._reset()
            if fault == "error-after":
                return self._answer(500, [], ERROR)
            return self._answer(reply.status, reply.getheaders(), content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _handle

        def _handed_on(self, body: bytes) -> tuple[HTTPResponse, bytes]:
            connection = HTTPConnection(host, int(port))
            connection.request(self.command, self.path, body, dict(self.headers))
            reply = connection.getresponse()
            content = reply.read()
            connection.close()
            return reply, content

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            length = str(len(content))
            for name, value in headers:
                if name.lower() == "content-length" and self.command == "HEAD":
                    length = value
                elif name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def options_of(endpoint: str, tries: int = 1) -> dict[str, Any]:
    """fsspec options of an endpoint. Args: endpoint: URL. tries: of the client for one request."""
    client = {"endpoint_url": endpoint, "region_name": "eu-west-1"}
    retries = {"total_max_attempts": tries}
    return {
        "key": "test", "secret": "test", "client_kwargs": client, "config_kwargs": {"retries": retries},
        "skip_instance_cache": True,
    }  # fmt: skip


def outcome(store: Store, rows: dict[Split, list[dict[str, Any]]], account: Manifest) -> tuple[str, str]:
    """What a publish said, and of which version: `published`, `unchanged`, or the error."""
    try:
        published = store.publish(rows, account)
    except StorageError as error:
        return "error", str(error)
    return ("published" if published.created else "unchanged"), published.version


def couple(number: int) -> dict[Split, list[dict[str, Any]]]:
    """A couple that no other number gives."""
    contexts = [[{"role": "user", "content": f"{side} {number}"}] for side in ("one", "two")]
    answers = [f"fix {number} one", f"fix {number} two"]
    ids = [pair_id("Which?", answers[at], contexts[at], contexts[1 - at]) for at in (0, 1)]
    rows = [
        {
            "pair_id": ids[at], "mirror_id": ids[1 - at], "group_id": f"group-{number}", "strategy": "trajectory",
            "query": "Which?", "answer": answers[at], "positive": contexts[at], "negative": contexts[1 - at],
            "label": "AB"[at], "scores": {}, "provenance": {},
        }
        for at in (0, 1)
    ]  # fmt: skip
    assert set(rows[0]) == set(PAIRS_CODING.names)
    return {"train": rows}


def publishes(count: int, share: float, seed: int) -> tuple[Counter[str], Faults]:
    """Publish, each time something else, and count what came of it; what was untrue is counted as `UNTRUE ...`."""
    faults = Faults(0.0, seed)
    counted: Counter[str] = Counter()
    with s3_server() as endpoint, faulty(endpoint, faults) as through:
        open_filesystem("s3://bucket", options_of(endpoint))[0].mkdir("bucket")
        shaky, steady = (Store("s3://bucket/pairs", options_of(each)) for each in (through, endpoint))
        for number in range(count):
            before = set(steady.versions())
            faults.share = share
            said, detail = outcome(shaky, couple(number), Manifest(domain="coding"))
            faults.share = 0.0
            counted[_judged(said, detail, set(steady.versions()) - before)] += 1
        counted["unpublished prefixes, removed"] = len(steady.clean(older_than=-1))
        broken = sum(bool(steady.verify(version)) for version in steady.versions())
        counted["UNTRUE broken version"] += broken
    return +counted, faults


def _judged(said: str, detail: str, new: set[str]) -> str:
    if said == "published":
        return "published, said so" if new == {detail} else "UNTRUE published"
    if said == "unchanged":
        return "UNTRUE unchanged"
    if "does not tell" in detail:
        return "not known, said so"
    return "UNTRUE error although published" if new else "absent, said so"


def main() -> None:
    """Publish under faults and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--share", type=float, default=0.2, help="of requests that get a fault")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    exclusive_put.PUT_PAUSES = exclusive_put.LOOK_PAUSES = (0.0,) * 7
    counted, faults = publishes(given.count, given.share, given.seed)
    print(f"{given.count} publishes, {faults.counted.total()} faults: {dict(faults.counted.most_common())}")
    for what, times in counted.most_common():
        print(f"{times:>6}  {what}")


if __name__ == "__main__":
    main()
