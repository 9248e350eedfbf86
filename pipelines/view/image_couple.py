"""A couple of images as the page holds it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from contextpairs.data.imaging.decoding import Decoded
from contextpairs.data.imaging.limits import Fault
from contextpairs.data.imaging.send import described, shown
from contextpairs.data.pairs.chat_text import plain
from contextpairs.pipelines.view.packing import PACKED, packed
from contextpairs.pipelines.view.visible_text import fewer_lines, short_lines, visible

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 448
"""Pixels of the longer side of the larger picture; smaller ones are not enlarged."""
QUALITIES = ((SIDE, 80), (SIDE, 60), (SIDE, 40), (SIDE, 20), (320, 20), (200, 20))
"""Sides and qualities of WebP, tried one after the other until a couple fits."""
LOSSLESS = 64 * 64
"""Pixels up to which a picture is kept exactly: every one of them counts."""
MARKED, MARKED_ALPHA = (230, 0, 160), 190
"""Colour of pixels that changed, and how much it covers."""
TEXT_LINES = 60


def image_couple(first: Mapping[str, Any], second: Mapping[str, Any], measured: Mapping[str, Any]) -> str:
    """A couple, packed: the first row's option A on the left, both answers, where the pixels of an edit changed.

    Args:
        first: the mirror that is labelled A: its positive stands on the left.
        second: its mirror.
        measured: how pixels were measured, as the build's configuration says in `editing.verify.pixels`.

    Raises:
        RuntimeError: Pillow is not installed.
    """
    found = [shown(first[name]["bytes"]) for name in ("positive", "negative")]
    content = {
        "query": _text(first["query"]),
        "answers": [_text(row["answer"]) for row in (first, second)],
        "whole": True,
        "facts": [
            visible(", ".join(filter(None, (described(first[name]["bytes"], image), first[name]["path"]))))
            for name, image in zip(("positive", "negative"), found, strict=True)
        ],
        "edits": _edits(first),
        "changed": _changed(found, measured) if first["strategy"] == "edit" else None,
    }
    for side, quality in QUALITIES:
        text = packed({**content, "pictures": _pictures(found, side, quality)})
        if len(text) <= PACKED:
            break
    return text


def _text(text: str) -> str:
    return visible(plain(short_lines(fewer_lines(text, TEXT_LINES))))


def _edits(row: Mapping[str, Any]) -> list[str | None]:
    """What the editor was told, for the side that it made."""
    provenance = json.loads(row["provenance"])
    told = [(provenance.get(name) or {}).get("instruction") for name in ("positive", "negative")]
    return [_text(str(each)) if each else None for each in told]


def _pictures(found: list[Decoded | Fault], side: int, quality: int) -> list[dict[str, Any] | None]:
    """WebP files at one scale, with their width and height at rest; None for what cannot be decoded."""
    longest = max((max(each.image.size) for each in found if isinstance(each, Decoded)), default=1)
    factor = min(1.0, side / longest)
    return [_picture(each.image, factor, quality) if isinstance(each, Decoded) else None for each in found]


def _picture(image: Image, factor: float, quality: int) -> dict[str, Any]:
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    small = image if size == image.size else image.resize(size)
    lossless = small.width * small.height <= LOSSLESS
    content = _file(small, quality=quality, lossless=lossless)
    return {"webp": content, "width": image.width, "height": image.height}


def _changed(found: list[Decoded | Fault], measured: Mapping[str, Any]) -> str | None:
    """The pixels that changed by the measure that edits are checked with, as a picture that is clear elsewhere."""
    import numpy as np
    from PIL import Image

    from contextpairs.filters.images.edit_pixels import PixelOptions, changed_pixels

    images = [each.image for each in found if isinstance(each, Decoded)]
    if len(images) < 2 or images[0].size != images[1].size:
        return None
    changed = changed_pixels(np.asarray(images[0]), np.asarray(images[1]), PixelOptions(**measured))
    mask = Image.fromarray(changed.astype(np.uint8) * 255)
    mask.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    mask = mask.point(lambda level: MARKED_ALPHA if level else 0)
    colour = [Image.new("L", mask.size, level) for level in MARKED]
    return _file(Image.merge("RGBA", [*colour, mask]), lossless=True)


def _file(image: Image, **options: Any) -> str:
    file = BytesIO()
    image.save(file, "WEBP", method=4, **options)
    return base64.b64encode(file.getvalue()).decode()
