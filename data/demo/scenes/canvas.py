"""What drawings share: the ground, the colors, the letters; points and angles in drawing units of a quarter pixel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import cos, hypot, radians, sin
from random import Random
from typing import TYPE_CHECKING

from contextpairs.data.demo.scenes.objects import COLORS

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import ImageFont

Color = tuple[int, int, int]
Point = tuple[int, int]

SIDE = 64
"""Width and height of a picture, in pixels."""
SHARP = 4
"""Drawing units in a pixel: shapes are drawn this much larger and averaged down, so that their edges are smooth."""
UNITS = SIDE * SHARP
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


def at_angle(center: Point, radius: float, degrees: float) -> Point:
    """The point at a distance from `center`, clockwise from the right, to the next unit."""
    turn = radians(degrees)
    return round(center[0] + radius * cos(turn)), round(center[1] + radius * sin(turn))


def distance(one: Point, other: Point) -> float:
    """Length of the straight way, in units."""
    return hypot(one[0] - other[0], one[1] - other[1])


def distance_to_segment(point: Point, start: Point, end: Point) -> float:
    """Shortest way from a point to a segment, in units."""
    along = (end[0] - start[0], end[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return hypot(point[0] - start[0] - share * along[0], point[1] - start[1] - share * along[1])


def side_of(point: Point, start: Point, end: Point) -> int:
    """Sign tells on which side of a line the point lies; 0 is on it."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def moved_inside(points: Sequence[Point], reach: int, random: Random) -> tuple[Point, ...] | None:
    """The points moved together to some place of the picture that leaves `reach` units around each; None: no room."""
    shift = []
    for axis in (0, 1):
        low = reach - min(point[axis] for point in points)
        high = UNITS - reach - max(point[axis] for point in points)
        if low > high:
            return None
        shift.append(random.randint(low, high))
    return tuple((x + shift[0], y + shift[1]) for x, y in points)
