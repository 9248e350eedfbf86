"""Pictures that move: whether a question can be about what their first frame does not show."""

from __future__ import annotations

from io import BytesIO

from contextpairs.data.imaging.limits import Fault
from contextpairs.data.sources.vqa.record import ImageFacts

MOVING = ("GIF", "WEBP", "PNG", "AVIF")
"""Formats of animations. Further pictures of a JPEG are previews and depths, those of a TIFF pages."""
MOST_PIXELS = 100_000_000
"""Pixels of all frames up to which frames are compared: beyond, an animation counts as moving."""
APART = 16
"""Levels by which a channel differs at least somewhere in frames that differ."""


def animated(content: bytes, facts: ImageFacts) -> Fault | None:
    """Why an animation is set aside: its frames differ; None for other pictures.

    Args:
        content: the file, which could be decoded.
        facts: what is known of it.
    """
    if facts.format not in MOVING or facts.frames < 2 or not _differ(content, facts):
        return None
    return Fault("animated", f"{facts.frames} frames that differ; if the first is meant: source.frame=first")


def _differ(content: bytes, facts: ImageFacts) -> bool:
    from PIL import Image, ImageChops

    if facts.width * facts.height * facts.frames > MOST_PIXELS:
        return True
    try:
        with Image.open(BytesIO(content), formats=(facts.format,)) as image:
            first = image.convert("RGBA")
            for number in range(1, facts.frames):
                image.seek(number)
                difference = ImageChops.difference(first, image.convert("RGBA"))
                if any(high > APART for _, high in difference.getextrema()):  # type: ignore[misc]
                    return True
    except Exception:  # Pillow raises almost anything on broken files: what follows the last whole frame shows nothing.
        return False
    return False
