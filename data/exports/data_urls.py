"""Images inside JSON: data URLs, bytes as they came."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.imaging.plain import sendable
from contextpairs.data.imaging.send import data_url, png_of
from contextpairs.data.pairs.prompting import content_parts


def bytes_of(url: str) -> bytes:
    """The file in a data URL."""
    return base64.b64decode(url.partition(",")[2], validate=True)


def common(content: bytes) -> bytes:
    """The file where endpoints take its format, else its first frame as PNG. Raises ValueError for a broken image."""
    return sendable(content, partial(png_of, limits=ImageLimits()))


def parts_with_images(text: str, images: Sequence[bytes]) -> list[dict[str, Any]]:
    """A text with placeholders as OpenAI's content parts, each image in its place."""
    left = iter(images)
    return [_part(part, left) for part in content_parts(text)]


def _part(part: Mapping[str, str], images: Any) -> dict[str, Any]:
    if part["type"] == "text":
        return dict(part)
    return {"type": "image_url", "image_url": {"url": data_url(next(images))}}
