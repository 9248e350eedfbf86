"""Bytes of a file as a stream of blocks, decompressed where its first bytes say that it is compressed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.files import BLOCK, open_file
from contextpairs.data.sources.files.limits import check_expansion

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Compressed bytes taken at once. Of Zstandard few: all that they expand to is held in memory.
GZIP_SLICE, ZSTD_SLICE = 64 * 1024, 512


def blocks(uri: str, storage: dict[str, Any], start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Blocks of about a megabyte of the bytes from `start` to `stop`; a whole file is decompressed.

    Raises:
        OSError: the file cannot be read.
        RowFault: truncated, unreadable or too costly compressed data, after all that could be had.
    """
    with open_file(uri, storage) as file:
        file.seek(start)
        raw = _blocks(file, None if stop is None else stop - start)
        yield from decompressed(raw) if start == 0 and stop is None else raw


def _blocks(file: Any, left: int | None) -> Iterator[bytes]:
    while block := file.read(BLOCK if left is None else min(BLOCK, left)):
        if left is not None:
            left -= len(block)
        yield block


def decompressed(raw: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks themselves, or what they hold when they are gzip or Zstandard data."""
    stream = iter(raw)
    first = next(stream, b"")
    if first.startswith(GZIP):
        yield from _bounded(_unzipped, _chain(first, stream))
    elif first.startswith(ZSTD):
        yield from _bounded(_unpacked, _chain(first, stream))
    else:
        yield from _chain(first, stream)


def _bounded(unpack: Callable[[Iterable[bytes]], Iterator[bytes]], raw: Iterator[bytes]) -> Iterator[bytes]:
    """What compressed blocks hold, as long as that is no more than a file may expand to."""
    taken = given = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for block in raw:
            taken += len(block)
            yield block

    for text in unpack(counted()):
        given += len(text)
        check_expansion(given, taken)
        yield text


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _sliced(raw: Iterable[bytes], size: int) -> Iterator[bytes]:
    for block in raw:
        yield from (block[at : at + size] for at in range(0, len(block), size))


def _unzipped(raw: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(31)
    for part in _sliced(raw, GZIP_SLICE):
        while part:
            if member.eof:
                member = zlib.decompressobj(31)
            try:
                text = member.decompress(part, BLOCK)
            except zlib.error as error:
                raise RowFault("unreadable", f"broken gzip data ({error}); copy the file again") from error
            part = member.unused_data.lstrip(b"\0") if member.eof else member.unconsumed_tail
            if text:
                yield text
    if rest := member.flush():
        yield rest
    if not member.eof:
        raise RowFault("truncated", "gzip data ends too early; rows up to here were read, copy the file again")


def _unpacked(raw: Iterable[bytes]) -> Iterator[bytes]:
    import zstandard

    frame = zstandard.ZstdDecompressor().decompressobj()
    for part in _sliced(raw, ZSTD_SLICE):
        while part:
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
            try:
                text = frame.decompress(part)
            except zstandard.ZstdError as error:
                raise RowFault("unreadable", f"broken Zstandard data ({error}); copy the file again") from error
            part = frame.unused_data if frame.eof else b""
            if text:
                yield text
    if not frame.eof:
        raise RowFault("truncated", "Zstandard data ends too early; rows up to here were read, copy the file again")
