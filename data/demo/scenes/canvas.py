"""The ground, the colors and the letters that drawings share."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import TYPE_CHECKING

from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.plane import SIDE, UNITS

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import ImageFont

Color = tuple[int, int, int]

HUES = tuple(name for name in COLORS if name != "black")
"""Colors that stand out beside black lines and letters."""
INK: Color = (35, 35, 35)
WHITE: Color = (255, 255, 255)


def random_ground(random: Random) -> Color:
    """A pale background."""
    tint = random.randrange(228, 250)
    return tint + random.randrange(-5, 6), tint + random.randrange(-5, 6), tint + random.randrange(-5, 6)


def large_sheet(ground: Color) -> tuple[Image, ImageDraw]:
    """An empty sheet in drawing units, with a pen; `reduce(SHARP)` makes the picture of it."""
    return _sheet(UNITS, ground)


def small_sheet(ground: Color) -> tuple[Image, ImageDraw]:
    """An empty sheet in pixels, with a pen."""
    return _sheet(SIDE, ground)


def pen_of(image: Image) -> ImageDraw:
    """A pen for a picture."""
    from PIL import ImageDraw

    return ImageDraw.Draw(image)


def write(pen: ImageDraw, text: str, center: tuple[int, int], fill: Color = INK) -> None:
    """Text around a pixel: 6 pixels a letter, 8 high."""
    pen.text((center[0] - 3 * len(text), center[1] - 6), text, fill, font())


@cache
def font() -> ImageFont:
    """Pillow's own bitmap font, the same on every machine."""
    from PIL import ImageFont

    return ImageFont.load_default_imagefont()


def _sheet(side: int, ground: Color) -> tuple[Image, ImageDraw]:
    from PIL import Image

    image = Image.new("RGB", (side, side), ground)
    return image, pen_of(image)
