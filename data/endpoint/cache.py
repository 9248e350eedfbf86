"""The request cache: one file an answer, found by the hash of the request that it answers."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.workspace import DAY


@dataclass(slots=True, frozen=True)
class Reply:
    """What an endpoint answered. `tokens` is its `usage.total_tokens`, an estimate if it reports none."""

    text: str
    tokens: int
    model: str = ""
    """The model that the endpoint says it ran."""
    finish_reason: str = ""
    logprobs: dict[str, float] | None = None
    """Log probability of each candidate for the first token, by its text, where the request asked for them."""


def canonical(value: Any) -> bytes:
    """JSON bytes that equal values share: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def request_key(url: str, body: dict[str, Any]) -> str:
    """Hash of a whole request, in 64 hex digits: address and body with model, prompt and sampling; no key."""
    return hashlib.sha256(canonical({"url": url, "body": body})).hexdigest()


class ReplyCache:
    """Replies under `directory`, in 256 shards. Safe for any number of writers on one file system."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, key: str) -> Path:
        """Where the reply to the request of this key stands."""
        return self.directory / key[:2] / f"{key}.json"

    def get(self, key: str) -> Reply | None:
        """The stored reply; None if there is none or its file is damaged, so that it is asked again."""
        try:
            entry = json.loads(self.path(key).read_bytes())
            reply = Reply(**entry["reply"])
            if entry["digest"] != _digest(key, reply):
                return None
            _note_use(self.path(key))
            return reply
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, key: str, reply: Reply) -> None:
        """Store a reply in one atomic step, over whatever stands there."""
        entry = {"digest": _digest(key, reply), "reply": _stored(reply)}
        write_atomic(self.path(key), json.dumps(entry, sort_keys=True, indent=1).encode())


def _note_use(path: Path) -> None:
    """Give a file the time of its use, once a day: what is not read for long may be removed."""
    if time.time() - path.stat().st_mtime > DAY:
        os.utime(path)


def _digest(key: str, reply: Reply) -> str:
    return hashlib.sha256(key.encode() + canonical(_stored(reply))).hexdigest()


def _stored(reply: Reply) -> dict[str, Any]:
    """Without log probabilities where there are none: so replies stored before there were any stay whole."""
    return {name: value for name, value in asdict(reply).items() if value is not None}
