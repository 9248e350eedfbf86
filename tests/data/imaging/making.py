"""Pieces of image files, byte by byte, so that any of them can be wrong."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Bytes = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 96, 64
RED, GREEN, BLUE, WHITE = (200, 30, 40), (30, 180, 60), (40, 60, 200), (255, 255, 255)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def picture() -> Bytes:
    """(64, 96, 3): red, green and blue corners, noise in the fourth, so that no turn or cut looks like another."""
    shown = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    shown[:32, :48], shown[:32, 48:], shown[32:, :48] = RED, GREEN, BLUE
    shown[32:, 48:] = np.random.default_rng(7).integers(0, 256, (32, 48, 3))
    return shown


def saved(image: Image.Image | Bytes, form: str, **options: Any) -> bytes:
    """An image as Pillow writes it."""
    target = BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(target, form, **options)
    return target.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int, colour: int, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">2I5B", width, height, depth, colour, 0, 0, interlaced))


def rows(samples: npt.NDArray[Any]) -> bytes:
    """Unfiltered rows of a PNG, samples big-endian."""
    order = samples.dtype.newbyteorder(">")
    return b"".join(b"\0" + row.astype(order).tobytes() for row in samples)


def png(head: bytes, raw: bytes, *before: bytes, after: bytes = b"") -> bytes:
    """A PNG of a header chunk, raw rows and more chunks before and after them."""
    return SIGNATURE + head + b"".join(before) + chunk(b"IDAT", zlib.compress(raw)) + after + chunk(b"IEND", b"")


def exif(orientation: int) -> bytes:
    return b"Exif\0\0" + directory([(274, 3, 1, orientation)])


def directory(entries: Sequence[tuple[int, int, int, int]], tail: bytes = b"", link: int = 0) -> bytes:
    """A little-endian TIFF of one directory at byte 8: (tag, type, count, value or offset) each; `tail` follows it."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", link) + tail


def tiff(width: int, height: int, pixels: bytes, *more: tuple[int, int, int, int], link: int = 0) -> bytes:
    """An uncompressed 8-bit grey TIFF of one strip; `more` entries replace those of equal tag."""
    entries = {256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1)}
    entries |= {273: (4, 1, 0), 277: (3, 1, 1), 278: (4, 1, height), 279: (4, 1, len(pixels))}
    entries |= {tag: rest for tag, *rest in more}  # type: ignore[misc]
    if entries[273] == (4, 1, 0):
        entries[273] = (4, 1, 8 + 2 + 12 * len(entries) + 4)
    return directory([(tag, *rest) for tag, rest in sorted(entries.items())], pixels, link)


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def resized_jpeg(content: bytes, width: int, height: int) -> bytes:
    """A JPEG whose frame header says another size."""
    at = next(content.index(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in content)
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def gif(width: int, height: int, *blocks: bytes) -> bytes:
    """A GIF of two colours, black and white."""
    return (
        b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + b"".join(blocks) + b";"
    )


def gif_frame(width: int, height: int, data: bytes = b"\x02\x02\x4c\x01\0") -> bytes:
    """A frame of a GIF; the data shows one white pixel."""
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + data


def riff(*parts: tuple[bytes, bytes]) -> bytes:
    """A WEBP of chunks."""
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in parts
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def profile(space: bytes = b"RGB ", swapped: bool = False, gamma: float = 2.2, name: bytes = b"test") -> bytes:
    """A colour profile of one gamma: grey, or with sRGB's primaries; swapped, its red is what others call blue."""
    xyz = {b"rXYZ": (0.4361, 0.2225, 0.0139), b"gXYZ": (0.3851, 0.7169, 0.0971), b"bXYZ": (0.1431, 0.0606, 0.7141)}
    if swapped:
        xyz[b"rXYZ"], xyz[b"bXYZ"] = xyz[b"bXYZ"], xyz[b"rXYZ"]
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + b"\0\0"
    tags = {
        b"desc": b"desc" + struct.pack(">II", 0, len(name) + 1) + name + bytes(80),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    tags[b"wtpt"] = _xyz((0.9642, 1.0, 0.8249))
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {name: _xyz(value) for name, value in xyz.items()} | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(space, tags)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    light = struct.pack(">3i", 63190, 65536, 54061)
    head = struct.pack(">I4sI4s4s4s12x4s28x", at + len(body), b"none", 0x02400000, b"mntr", space, b"XYZ ", b"acsp")
    return (head + light).ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def stored_turned(shown: Bytes) -> dict[int, Bytes]:
    """A picture as it is stored under each orientation of the EXIF specification: 6: row 0 is the right side."""
    stored = {
        1: shown,
        2: shown[:, ::-1],
        3: shown[::-1, ::-1],
        4: shown[::-1],
        5: shown.swapaxes(0, 1),
        6: shown[:, ::-1].swapaxes(0, 1),
        7: shown[::-1, ::-1].swapaxes(0, 1),
        8: shown[::-1].swapaxes(0, 1),
    }
    return {turn: np.ascontiguousarray(pixels) for turn, pixels in stored.items()}
