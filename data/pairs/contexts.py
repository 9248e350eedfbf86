"""What a context is at rest: the turns of a trajectory, or an image. A form holds its type, its check, its identity."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

import pyarrow as pa

IDENTITY = b"contextpairs pair 1"
"""Enters every identity of texts: a change of what identity means shall change all of them."""

Turns: TypeAlias = Iterable[Mapping[str, str]]
"""A context of the coding domain: {role, content} of each turn."""

Picture: TypeAlias = Mapping[str, Any]
"""A context of the image domain: {bytes, path}, the encoded file as it came and its name."""


class PairError(ValueError):
    """A pair row, or a set of them, that must not be published."""


@dataclass(frozen=True, slots=True)
class ContextForm:
    """How a context of a domain is stored."""

    kind: pa.DataType
    """Arrow type of `positive` and `negative`."""
    nullable: bool
    """Whether the column is declared so; no row holds a null."""
    feature: Mapping[str, Any]
    """The same as `datasets` writes it down."""
    stored: Callable[[str, Any, str], Any]
    """The context in stored form, from field name, value and what names the row; raises PairError."""
    identity: Callable[[Any], bytes]
    """The part of `pair_id` that a context gives; raises UnicodeEncodeError for a lone surrogate."""


def digest(parts: list[bytes]) -> bytes:
    """16 bytes over a list, lengths first, so that no other list hashes alike."""
    lengths = ",".join(str(len(part)) for part in parts)
    return hashlib.sha256(b"".join([IDENTITY, lengths.encode(), b";", *parts])).digest()[:16]


def refuse(where: str, name: str, expected: str, value: Any) -> NoReturn:
    """Raise PairError naming row, field, what was expected and what was found."""
    raise PairError(f"{where}, field {name!r}: expected {expected}, found {type(value).__name__} {str(value)[:80]!r}")


def turns_identity(context: Turns) -> bytes:
    """16 bytes over the turns of a context. Raises UnicodeEncodeError for a lone surrogate."""
    return digest([text.encode() for message in context for text in (message["role"], message["content"])])


def image_identity(image: Picture) -> bytes:
    """sha256 of the file's bytes, 32 bytes; its name is no part of what a row says."""
    return hashlib.sha256(image["bytes"]).digest()


def _stored_turns(name: str, value: Any, where: str) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        refuse(where, name, "a non-empty list of {role, content}", value)
    for turn, message in enumerate(value):
        if not (isinstance(message, Mapping) and set(message) == {"role", "content"}):
            refuse(where, f"{name}[{turn}]", "{role, content}", message)
        if not all(isinstance(text, str) for text in message.values()):
            refuse(where, f"{name}[{turn}]", "role and content as text", message)
    return [{"role": message["role"], "content": message["content"]} for message in value]


def _stored_image(name: str, value: Any, where: str) -> dict[str, Any]:
    if not (isinstance(value, Mapping) and set(value) == {"bytes", "path"}):
        refuse(where, name, "one image as {bytes, path}", value)
    content, path = value["bytes"], value["path"]
    if not isinstance(content, bytes) or not content:
        refuse(where, f"{name}.bytes", "the encoded file as non-empty bytes; a path alone does not do", content)
    if not isinstance(path, str | None):
        refuse(where, f"{name}.path", "the file's name as text, or '' where it has none", path)
    return {"bytes": content, "path": _file_name(path or "")}


def _file_name(path: str) -> str:
    """The last part: folders tell about somebody's machine, and a reader that writes files must stay in its own."""
    return path.replace("\\", "/").rpartition("/")[2].encode("utf-8", "replace").decode()


TURNS = ContextForm(
    kind=pa.list_(pa.struct([("role", pa.large_string()), ("content", pa.large_string())])),
    nullable=False,
    feature={
        "feature": {name: {"dtype": "large_string", "_type": "Value"} for name in ("role", "content")},
        "_type": "List",
    },
    stored=_stored_turns,
    identity=turns_identity,
)
IMAGE = ContextForm(
    # Exactly the type of `datasets`: it takes nothing else for an Image, neither large_binary nor a column without
    # nulls, and shows a struct of bytes. 32-bit offsets are enough for any file within `ShardLimits`.
    kind=pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    nullable=True,
    feature={"_type": "Image"},
    stored=_stored_image,
    identity=image_identity,
)
