"""Which container a file is, told from its first bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.files import open_file
from contextpairs.data.sources.files.json_text import BOM
from contextpairs.data.sources.files.stream import GZIP, ZSTD, decompressed
from contextpairs.data.sources.trajectories.partition import Container

PARQUET = b"PAR1"
HEAD_LINES = 8
HEAD_BYTES = 8 * 2**20


class Kind(NamedTuple):
    """What a file is, and whether its bytes are compressed as a whole."""

    container: Container
    compressed: bool


def detect(uri: str, storage: dict[str, Any]) -> Kind:
    """The container of a file.

    Raises:
        OSError: it cannot be read.
        RowFault: it is empty, or neither Parquet nor JSON.
    """
    with open_file(uri, storage) as file:
        first = file.read(4)
        if first == PARQUET:
            return Kind("parquet", False)
        if not first:
            raise RowFault("empty", "0 bytes; expected Parquet, JSON or JSON lines, write the file again or remove it")
        compressed = first.startswith((GZIP, ZSTD))
        file.seek(0)
        return Kind(_container(_head(decompressed(_reads(file)))), compressed)


def _reads(file: Any) -> Iterator[bytes]:
    while block := file.read(64 * 1024):
        yield block


def _head(blocks: Iterator[bytes]) -> list[bytes]:
    """The first lines that are not blank; a line longer than what is looked at comes cut."""
    text = b""
    try:
        for block in blocks:
            text += block
            if text.count(b"\n") > HEAD_LINES or len(text) >= HEAD_BYTES:
                break
    except RowFault:
        # What could be decompressed decides; reading it reports the damage at its row.
        if not text:
            raise
    return [line for line in text.removeprefix(BOM).split(b"\n") if line.strip()][:HEAD_LINES]


def _container(head: list[bytes]) -> Container:
    if any(_is_record(line) for line in head) or sum(line[:1] == b"{" and line.strip() != b"{" for line in head) > 1:
        return "jsonl"
    if head and head[0].lstrip()[:1] in (b"{", b"["):
        return "json"
    if not head:
        raise RowFault("empty", "nothing but white space; expected Parquet, JSON or JSON lines, remove the file")
    start = ascii(head[0][:24])
    expected = "expected Parquet, JSON or JSON lines (.gz and .zst too)"
    raise RowFault("unknown-format", f"begins with {start}; {expected}, convert the file or leave it out")


def _is_record(line: bytes) -> bool:
    """A whole object at the beginning of a line: pretty-printed documents indent theirs or leave them empty."""
    if line[:1] != b"{" or line.strip() in (b"{", b"{}"):
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
