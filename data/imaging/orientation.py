"""How a picture was held, wherever its file says so: the places that Pillow looks at, in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contextpairs.data.imaging.tiff import exif_orientation

AS_TEXT = "Raw profile type exif"
"""Under which ImageMagick writes EXIF into a PNG: three lines of heading, then hexadecimal digits."""
XMP = ("XML:com.adobe.xmp", "xmp")
SAID = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def orientation(info: Mapping[Any, Any]) -> int:
    """1 to 8 as EXIF counts them, 0 where nothing says: EXIF goes before XMP, which editors keep beside it.

    Args:
        info: what Pillow noted of a file that it has read to its end; notes may stand behind the pixels.
    """
    exif = info.get("exif") or _from_text(info.get(AS_TEXT))
    return exif_orientation(exif) or next((turn for name in XMP if (turn := _from_xmp(info.get(name)))), 0)


def _from_text(said: Any) -> bytes:
    try:
        return bytes.fromhex("".join(said.split("\n")[3:])) if isinstance(said, str) else b""
    except ValueError:
        return b""


def _from_xmp(said: Any) -> int:
    text = said.encode("utf-8", "replace") if isinstance(said, str) else said
    found = SAID.search(text) if isinstance(text, bytes) else None
    turn = int(found.group(1)) if found else 0
    return turn if turn <= 8 else 0
