"""Whether a PNG is whole: its chunks, and as many bytes of pixels as its header says. Pillow verifies checksums."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from contextpairs.data.imaging.limits import Refused

MOST_CHUNKS = 2**14
"""Chunks other than pixel data: each becomes an object when the header is read."""
MOST_PARTS = 2**17
"""Chunks in all: empty ones cost time and show nothing."""
PIECE = 2**18
"""Bytes that are decompressed at once where pixels are only counted."""
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type."""
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Interlacing: first column and row of each pass, then the steps between its columns and rows."""


def chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Type and data of each chunk up to IEND; checksums are left to Pillow.

    Raises:
        Refused: the file ends before IEND, or in a damaged one.
    """
    view = memoryview(content)
    at, kind = 8, b""
    while kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", content, at) if at + 8 <= len(content) else (len(content), kind)
        end = at + 8 + size
        if end + 4 > len(content):
            raise Refused("broken-image", f"cut off: a PNG of {len(content)} bytes whose chunk at byte {at} ends later")
        yield kind, view[at + 8 : end]
        at = end + 4
    # The one checksum that `verify` does not look at.
    if zlib.crc32(view[end - size - 4 : end]) != struct.unpack_from(">I", content, end)[0]:
        raise Refused("broken-image", f"checksum of chunk {kind!r} before byte {at} does not fit its content")


def check_chunks(content: bytes) -> None:
    """Refuse a PNG of missing chunks, or of too many."""
    others = 0
    for number, (kind, _) in enumerate(chunks(content), 1):
        others += kind not in (b"IDAT", b"fdAT")
        if others > MOST_CHUNKS:
            raise Refused("too-much-metadata", f"more than {MOST_CHUNKS} chunks beside the pixels of a PNG")
        if number > MOST_PARTS:
            raise Refused("broken-image", f"more than {MOST_PARTS} chunks in a PNG; save the file anew")


def is_whole_png(content: bytes) -> bool:
    """Whether the bytes are a PNG file to the last one: nothing damaged, nothing missing, nothing behind it."""
    from PIL import Image

    try:
        Image.open(BytesIO(content), formats=("PNG",)).verify()
        return 8 + sum(12 + len(data) for _, data in chunks(content)) == len(content)
    except Exception:  # Pillow raises almost anything on broken files.
        return False


def check_rows(content: bytes) -> None:
    """Refuse a PNG whose pixel data ends before its last row: its decoder would leave the rest black."""
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">2I5B", content, 16)
    expected = _raw_bytes(width, height, depth * SAMPLES[colour], bool(interlaced))
    found = _inflated(content, expected)
    if found < expected:
        raise Refused("broken-image", f"{found} bytes of pixels, {expected} expected; the picture is not whole")


def _raw_bytes(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Bytes of all rows, each with its filter type, before compression."""
    total = 0
    for left, top, across, down in PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        total += rows * (1 + -(-columns * bits // 8)) if columns > 0 and rows > 0 else 0
    return total


def _inflated(content: bytes, enough: int) -> int:
    """Bytes of decompressed pixel data, counted up to `enough` or a little more."""
    stream = zlib.decompressobj()
    found = 0
    for kind, data in chunks(content):
        rest: bytes | memoryview = data if kind == b"IDAT" else b""
        while rest and found < enough and not stream.eof:
            found += len(stream.decompress(rest, PIECE))
            rest = stream.unconsumed_tail
    return found
