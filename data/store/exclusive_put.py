"""Put an object only where none is, and know afterwards whose is there.

A reply can be lost after the storage did what it was asked, by the network or by a retry of the client that then meets
its own object. So every put carries a writer's token as metadata, and whenever the reply is no plain yes, the token of
the object that is there decides. Where a storage keeps no metadata, equal bytes count as ours.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from contextpairs.data.store.told_errors import StorageDenied, StorageError

WRITER = "contextpairs-writer"
"""Name of the token in an object's metadata."""
PUT_PAUSES: tuple[float, ...] = (0.2, 1.0, 3.0)
"""Seconds before a put that left nothing behind is tried again."""
LOOK_PAUSES: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before a look is tried again: what it finds decides what a person is told."""

T = TypeVar("T")


def put_if_absent(filesystem: Any, path: str, payload: bytes) -> bool:
    """Put an object unless there is one; whether the one that is there then is ours.

    Raises:
        StorageError: nothing of ours is there, or the storage cannot even be asked, which the message says.
    """
    token = secrets.token_hex(16)
    for pause in (*PUT_PAUSES, None):
        try:
            filesystem.pipe_file(path, payload, mode="create", **_mark(filesystem, token))
            return True
        except StorageDenied:
            raise
        except OSError:
            ours = _is_ours(filesystem, path, payload, token)
            if ours is not None:
                return ours
            if pause is None:
                raise
            time.sleep(pause)
    raise AssertionError("unreachable")


def insistently(look: Callable[[], T], unknown: str) -> T:
    """What a look finds, tried again where the storage fails.

    Args:
        look: asks the storage; what is not there it says itself.
        unknown: what is not known, and what to do, where it never answers.

    Raises:
        StorageError: it never answered.
    """
    for pause in (*LOOK_PAUSES, None):
        try:
            return look()
        except FileNotFoundError:
            raise
        except OSError as error:
            if pause is None:
                raise StorageError(f"{unknown} ({error})") from error
            time.sleep(pause)
    raise AssertionError("unreachable")


def _is_ours(filesystem: Any, path: str, payload: bytes, token: str) -> bool | None:
    """Whether the object that is there is ours; None where there is none."""

    def look() -> bool:
        filesystem.invalidate_cache()
        marked = _token_of(filesystem, path)
        return marked == token if marked else bool(filesystem.cat_file(path) == payload)

    unknown = f"{path}: the storage does not tell whether it was written; look there before you trust either"
    try:
        return insistently(look, unknown)
    except FileNotFoundError:
        return None


def _mark(filesystem: Any, token: str) -> dict[str, Any]:
    return {"Metadata": {WRITER: token}} if _keeps_metadata(filesystem) else {}


def _token_of(filesystem: Any, path: str) -> str | None:
    found = filesystem.metadata(path, refresh=True) if _keeps_metadata(filesystem) else {}
    token: str | None = found.get(WRITER)
    return token


def _keeps_metadata(filesystem: Any) -> bool:
    return "s3" in filesystem.protocol
