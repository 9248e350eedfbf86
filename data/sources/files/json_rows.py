"""Rows of JSON files: lines, lists, single or successive documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any

import orjson

from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.json_text import BOM, WHOLE_BYTES, documents, lines, parse
from contextpairs.data.sources.files.limits import Overlong, check_nesting
from contextpairs.data.sources.files.stream import blocks
from contextpairs.data.sources.trajectories.partition import Piece


def json_rows(piece: Piece, storage: dict[str, Any], only: Collection[int] | None = None) -> Iterator[tuple[int, Any]]:
    """(row number, value or RowFault) of a piece; rows that are not in `only` are not parsed.

    The row number is the line's, blank lines counted, or the position in the list or sequence of documents. A stream
    that breaks off gives a last RowFault in place of the row that it broke off in.
    """
    stream = blocks(piece.uri, storage, piece.start, None if piece.stop < 0 else piece.stop)
    rows = _lines(stream, piece.first_row) if piece.format == "jsonl" else _documents(stream)
    last = None if only is None else _last(only)
    row = piece.first_row - 1
    try:
        for row, text in rows:
            if last is not None and row > last:
                return
            if only is None or row in only:
                yield row, _value(text)
    except RowFault as fault:
        if only is None or row + 1 in only:
            yield row + 1, fault


def _last(only: Collection[int]) -> int:
    return only[-1] if isinstance(only, range) and only else max(only, default=-1)


def placed_lines(uri: str, storage: dict[str, Any]) -> Iterator[tuple[int, int, Any]]:
    """(row number, byte that its line begins at, value or RowFault) of an uncompressed file of JSON lines."""
    at = 0
    for row, line in enumerate(lines(blocks(uri, storage))):
        text = line if row or isinstance(line, Overlong) else line.removeprefix(BOM)
        if text and not text.isspace():
            yield row, at, _value(text)
        at += (line.size if isinstance(line, Overlong) else len(line)) + 1


def _lines(stream: Iterable[bytes], first: int) -> Iterator[tuple[int, Any]]:
    for row, line in enumerate(lines(stream), first):
        text = line if row or isinstance(line, Overlong) else line.removeprefix(BOM)
        if text and not text.isspace():
            yield row, text


def _documents(stream: Iterator[bytes]) -> Iterator[tuple[int, Any]]:
    """Elements of a file that is parsed at once when it is small and whole, else cut as it streams by."""
    text, rest = _start(stream)
    try:
        if rest is not None:
            raise ValueError("too long to parse at once")
        if b"\\u0000" in text:
            raise ValueError("holds NUL, which only parse() replaces")
        value = orjson.loads(text.removeprefix(BOM))
    except ValueError:
        yield from enumerate(documents(chain([text], rest or ())))
        return
    yield from enumerate(value if isinstance(value, list) else [value])


def _start(stream: Iterator[bytes]) -> tuple[bytes, Iterator[bytes] | None]:
    """The first blocks together, and the blocks after them, None where there are none."""
    parts, size = [], 0
    for block in stream:
        parts.append(block)
        size += len(block)
        if size > WHOLE_BYTES:
            return b"".join(parts), stream
    return b"".join(parts), None


def _value(text: Any) -> Any:
    """The value of a text; one that is parsed already as it is, within the limits."""
    try:
        if isinstance(text, bytes):
            return parse(text)
        check_nesting(text)
        return text
    except RowFault as fault:
        return fault
