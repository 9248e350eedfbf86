"""Where a JPEG ends, what its header costs, and how to see that pixels are missing."""

from __future__ import annotations

import re

from contextpairs.data.imaging.limits import Refused

MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""What begins a segment: neither a stuffed byte of pixel data nor a restart between intervals of it."""
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, APP1 = 0xD8, 0xD9, 0xDA, 0xE1
MOST_SCANS = 100
"""Each costs a pass over all pixels, and a few bytes of file. Encoders write about ten."""
MOST_SEGMENTS = 4096
"""Each becomes an object when the header is read."""
MOST_EXIF = 2**20
"""Bytes of EXIF; its values are unpacked when the header is read."""
MOST_JUNK = 2**16
"""Bytes between the segments of a header: they are skipped one by one."""
NOISE = bytes(number * 89 % 251 for number in range(64))
NOISES = b"".join(NOISE + bytes((0xFF, 0xD0 + number)) for number in range(8))
"""Pixel data of no picture, for whichever restart interval is open."""


def end_of_jpeg(content: bytes) -> int | None:
    """Where the end-of-image marker of the first picture is; None without one.

    Raises:
        Refused: reading the header or the scans would cost too much.
    """
    at = 2
    scans = segments = exif = 0
    while (found := MARKER.search(content, at)) is not None:
        kind = content[found.end() - 1]
        if kind == END_OF_IMAGE:
            return found.start()
        if not scans and found.end() - at > MOST_JUNK:
            raise Refused("broken-image", f"{found.end() - at} bytes that belong to no segment at byte {at}")
        at = found.end()
        if kind in (0x01, START_OF_IMAGE):
            continue
        size = int.from_bytes(content[at : at + 2], "big")
        scans += kind == START_OF_SCAN
        exif += size if kind == APP1 and content.startswith(b"Exif", at + 2) else 0
        segments += 1
        _check_costs(scans, segments, exif)
        at += size
    return None


def _check_costs(scans: int, segments: int, exif: int) -> None:
    if scans > MOST_SCANS:
        raise Refused("broken-image", f"more than {MOST_SCANS} scans: a pass over all pixels each; save the file anew")
    if segments > MOST_SEGMENTS:
        raise Refused("too-much-metadata", f"more than {MOST_SEGMENTS} segments; save the file without metadata")
    if exif > MOST_EXIF:
        raise Refused("too-much-metadata", f"more than {MOST_EXIF} bytes of EXIF; save the file without metadata")


def with_noise(content: bytes) -> bytes:
    """The file with noise before its end-of-image marker.

    A whole picture needs nothing that comes after its last pixel, so it decodes to the same. Of one that stops early
    decoders make up the rest, silently; with noise they make up another rest.
    """
    end = end_of_jpeg(content)
    return content if end is None else content[:end] + NOISES + content[end:]
