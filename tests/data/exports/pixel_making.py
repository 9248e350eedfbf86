"""A picture of noise, and files of it byte by byte as Pillow does not write them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.data.imaging.making import SIGNATURE, Bytes, chunk, header

WIDTH, HEIGHT = 12, 8
RANDOM = np.random.default_rng(5)
SHOWN: Bytes = RANDOM.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
"""Noise: no turn, cut or exchange of colours looks like another."""
GREY: Bytes = np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH) * 2
ALPHA: Bytes = RANDOM.integers(0, 256, (HEIGHT, WIDTH), np.uint8)
HEAD_SIZE = 8 + 25
"""Bytes of a PNG up to its first chunk after the header."""


def head(depth: int, colour: int) -> bytes:
    return header(WIDTH, HEIGHT, depth, colour)


def key(*samples: int) -> bytes:
    return chunk(b"tRNS", struct.pack(f">{len(samples)}H", *samples))


def icc(content: bytes) -> bytes:
    """Data of an iCCP chunk."""
    return b"profile\0\0" + zlib.compress(content)


def with_chunk(content: bytes, kind: bytes, data: bytes, last: bool = False) -> bytes:
    """A PNG with one more chunk: before its pixels, or after them."""
    assert content.startswith(SIGNATURE)
    at = len(content) - 12 if last else HEAD_SIZE
    return content[:at] + chunk(kind, data) + content[at:]


def with_xmp(said: bytes) -> Any:
    from PIL import TiffImagePlugin

    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[700] = said
    tags.tagtype[700] = 1
    return tags


def strip_tiff(samples: bytes, entries: dict[int, tuple[int, int, int]], more: bytes = b"", order: str = "<") -> bytes:
    """A TIFF of one strip; values of `entries` from 10,000 on are places in `more`, which stands behind the pixels."""
    size = 2 + 12 * (len(entries) + 8) + 4
    begin = 8 + size
    known = {256: (4, 1, WIDTH), 257: (4, 1, HEIGHT), 259: (3, 1, 1), 273: (4, 1, begin), 278: (4, 1, HEIGHT),
             279: (4, 1, len(samples)), 282: (4, 1, 1), 283: (4, 1, 1)}  # fmt: skip
    place = begin + len(samples)
    listed = {tag: (kind, count, value if value < 10_000 else value - 10_000 + place)
              for tag, (kind, count, value) in {**known, **entries}.items()}  # fmt: skip
    assert len(listed) == len(entries) + 8
    body = b"".join(_entry(order, tag, *each) for tag, each in sorted(listed.items()))
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(f"{order}IH", 8, len(listed)) + body + bytes(4) + samples + more


def _entry(order: str, tag: int, kind: int, count: int, value: int) -> bytes:
    written = struct.pack(f"{order}HH", value, 0) if kind == 3 and count == 1 else struct.pack(f"{order}I", value)
    return struct.pack(f"{order}HHI", tag, kind, count) + written


def big_endian(grey: npt.NDArray[np.uint16]) -> bytes:
    return strip_tiff(grey.astype(">u2").tobytes(), {258: (3, 1, 16), 262: (3, 1, 1), 277: (3, 1, 1)}, order=">")


def multiplied(layers: Bytes) -> bytes:
    """RGBA whose colours were multiplied by their alpha, as TIFF may have it."""
    alpha = layers[..., 3:].astype(np.uint16)
    colours = (layers[..., :3].astype(np.uint16) * alpha // 255).astype(np.uint8)
    bits = struct.pack("<4H", 8, 8, 8, 8)
    entries = {258: (3, 4, 10_000), 262: (3, 1, 2), 277: (3, 1, 4), 338: (3, 1, 1)}
    return strip_tiff(np.dstack([colours, layers[..., 3]]).tobytes(), entries, bits)


def palette_and_alpha(numbers: Bytes, colours: Bytes) -> bytes:
    """Numbers of colours with an alpha beside each."""
    table = np.zeros((3, 256), np.uint16)
    table[:, :16] = colours.T.astype(np.uint16) * 257
    more = struct.pack("<2H", 8, 8) + table.astype("<u2").tobytes()
    entries = {258: (3, 2, 8 | 8 << 16), 262: (3, 1, 3), 277: (3, 1, 2), 338: (3, 1, 2), 320: (3, 768, 10_004)}
    raw = strip_tiff(np.dstack([numbers, ALPHA]).tobytes(), {**entries, 258: (3, 2, 9_999)}, more)
    # Two short numbers stand in the entry itself.
    return raw.replace(struct.pack("<HHII", 258, 3, 2, 9_999), struct.pack("<HHI2H", 258, 3, 2, 8, 8))


def small_first_frame() -> bytes:
    """A GIF whose first frame covers a part of the screen."""
    screen = b"GIF89a" + struct.pack("<HHBBB", WIDTH, HEIGHT, 0x80, 1, 0) + b"\x10\x20\x30\xf0\xe0\xd0"
    return screen + b"," + struct.pack("<HHHHB", 4, 3, 1, 1, 0) + b"\x02\x02\x4c\x01\0" + b";"


def bitmap(depth: int, body: bytes, height: int = HEIGHT, compression: int = 0, colours: bytes = b"") -> bytes:
    begin = 14 + 40 + len(colours)
    info = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, depth, compression, len(body), 0, 0, len(colours) // 4, 0)
    return b"BM" + struct.pack("<IHHI", begin + len(body), 0, 0, begin) + info + colours + body
