"""Directories of TIFF files, which EXIF consists of as well."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from contextpairs.data.imaging.limits import Refused

ORIENTATION = 274
SIZES = {1: 1, 3: 2, 4: 4}
"""Bytes of a whole number by its type; orientation is of the second."""
POINTERS = (330, 34665, 34853, 40965)
"""Entries that point to more directories: sub-images, EXIF, position, interoperability."""
PLAIN = (1, 2, 6, 7)
"""Types that stay bytes when they are read; values of the others become an object each."""
MOST_VALUES = 2**18
"""Values of an entry, such as the strips of an image."""
MOST_ENTRIES = 2**12
"""Entries of a directory."""


class TiffLayout(NamedTuple):
    """How numbers are written: `struct` codes of an offset, of an entry, of the number of entries."""

    offset: struct.Struct
    entry: struct.Struct
    entries: struct.Struct


class Entry(NamedTuple):
    """An entry of a directory; `value` holds the value or its offset."""

    tag: int
    type: int
    number: int
    value: bytes


def tiff_pages(content: bytes, most: int) -> int:
    """Pages of a TIFF, counted up to `most`; a loop of links counts as `most`.

    Raises:
        Refused: the first page has more entries or values than any image needs.
    """
    layout, at = _begin(content)
    _check_costs(content, layout, at, set())
    pages = 0
    seen: set[int] = set()
    while at and at + layout.entries.size <= len(content) and pages < most:
        if at in seen:
            return most
        seen.add(at)
        pages += 1
        at = _next(content, layout, at)
    return max(1, pages)


def exif_orientation(exif: bytes) -> int:
    """The EXIF orientation, 1 to 8; 0 where it is absent or cannot be read."""
    block = exif.removeprefix(b"Exif\0\0")
    try:
        layout, at = _begin(block)
        found = next((entry for entry in _entries(block, layout, at) if entry.tag == ORIENTATION), None)
    except (struct.error, Refused):
        return 0
    size = SIZES.get(found.type, 0) if found else 0
    turn = int.from_bytes(found.value[:size], "big" if block.startswith(b"MM") else "little") if found else 0
    return turn if 1 <= turn <= 8 else 0


def _begin(content: bytes) -> tuple[TiffLayout, int]:
    """How the numbers of a file are written, and where its first directory is."""
    order = ">" if content.startswith(b"MM") else "<"
    big = struct.unpack_from(f"{order}H", content, 2)[0] == 43
    codes = ("Q", "HHQ8s", "Q") if big else ("I", "HHI4s", "H")
    layout = TiffLayout(*(struct.Struct(order + code) for code in codes))
    return layout, layout.offset.unpack_from(content, 8 if big else 4)[0]


def _entries(content: bytes, layout: TiffLayout, at: int) -> Iterator[Entry]:
    """Entries of the directory at a byte; of one that is cut off, those that are there."""
    if at + layout.entries.size > len(content):
        return
    number = layout.entries.unpack_from(content, at)[0]
    if number > MOST_ENTRIES:
        raise Refused("too-much-metadata", f"{number} entries in a directory, at most {MOST_ENTRIES}")
    first = at + layout.entries.size
    for place in range(first, first + number * layout.entry.size, layout.entry.size):
        if place + layout.entry.size > len(content):
            return
        yield Entry(*layout.entry.unpack_from(content, place))


def _next(content: bytes, layout: TiffLayout, at: int) -> int:
    """Where the directory after this one is; 0 after the last."""
    number = layout.entries.unpack_from(content, at)[0]
    link = at + layout.entries.size + number * layout.entry.size
    return int(layout.offset.unpack_from(content, link)[0]) if link + layout.offset.size <= len(content) else 0


def _check_costs(content: bytes, layout: TiffLayout, at: int, seen: set[int]) -> None:
    """Refuse entries of too many values, here and in the directories that this one points to."""
    if at in seen:
        return
    seen.add(at)
    for entry in _entries(content, layout, at):
        if entry.number > MOST_VALUES and entry.type not in PLAIN:
            raise Refused("too-much-metadata", f"{entry.number} values of tag {entry.tag}, at most {MOST_VALUES}")
        if entry.tag in POINTERS and entry.number == 1:
            _check_costs(content, layout, layout.offset.unpack(entry.value)[0], seen)
