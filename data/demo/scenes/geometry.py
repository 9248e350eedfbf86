"""Scenes of plane geometry: lines that cross, circles that overlap, polygons, angles."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from contextpairs.data.demo.scenes.canvas import (
    HUES,
    SHARP,
    Color,
    Point,
    at_angle,
    distance_to_segment,
    large_sheet,
    moved_inside,
    random_ground,
)
from contextpairs.data.demo.scenes.figures import (
    APART,
    POLYGONS,
    STROKE,
    Angle,
    Circles,
    Figure,
    PointAndTriangle,
    Polygon,
    Polylines,
    Segments,
    is_crossing,
    is_inside,
)
from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.scene import SceneQuestion

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class GeometryScene:
    """A figure on a pale ground.

    Attributes:
        ground: RGB of the background.
        figure: what is drawn on it.
    """

    ground: Color
    figure: Figure
    domain: str = "geometry"

    def asked(self) -> tuple[SceneQuestion, ...]:
        """The figure's questions."""
        return tuple(self.figure.asked())

    def draw(self) -> Image:
        """64 x 64 pixels."""
        image, pen = large_sheet(self.ground)
        self.figure.draw(pen)
        return image.reduce(SHARP)


def geometry_scene(random: Random) -> GeometryScene:
    """A figure of some kind; answers are drawn first, then a figure that has them."""
    ground = random_ground(random)
    kind = random.choice((_polylines, _circles, _polygon, _point_and_triangle, _segments, _angle))
    while (figure := kind(random)) is None:
        pass
    return GeometryScene(ground, figure)


def _polylines(random: Random) -> Polylines:
    crossings = random.randrange(4)
    flips = random.sample(range(1, 4), crossings)
    upper = random.random() < 0.5
    lines: tuple[list[Point], list[Point]] = ([], [])
    for corner in range(4):
        upper ^= corner in flips
        x = 23 + 70 * corner + random.randint(-9, 9)
        half, middle = random.randint(APART, 60), random.randint(84, 172)
        lines[upper].append((x, middle + half))
        lines[not upper].append((x, middle - half))
    return Polylines(_two_hues(random), (tuple(lines[0]), tuple(lines[1])))


def _circles(random: Random) -> Circles | None:
    way = random.choices(("apart", "overlapping", "inside"), (3, 3, 4))[0]
    large = random.randint(52, 62)
    small = random.randint(24, 30) if way == "inside" else random.randint(28, 42)
    low, high = {
        "apart": (large + small + APART, large + small + 44),
        "overlapping": (large - small + APART, large + small - APART),
        "inside": (0, large - small - STROKE - 6),
    }[way]
    if low > high:
        return None
    centers = ((0, 0), at_angle((0, 0), random.randint(low, high), random.randrange(360)))
    placed = moved_inside(centers, large + 4, random)
    return Circles(_two_hues(random), (placed[0], placed[1]), (large, small)) if placed else None


def _polygon(random: Random) -> Polygon | None:
    sides = random.choice(tuple(POLYGONS))
    corners = _corners(sides, random.randint(76, 108), 0.12, random)
    placed = moved_inside(corners, 12, random)
    return Polygon(random.choice(tuple(COLORS)), placed, random.random() < 0.5) if placed else None


def _corners(sides: int, radius: int, unevenness: float, random: Random) -> list[Point]:
    step, start = 360 / sides, random.randrange(360)
    return [
        at_angle((0, 0), radius, start + step * (corner + random.uniform(-unevenness, unevenness)))
        for corner in range(sides)
    ]


def _point_and_triangle(random: Random) -> PointAndTriangle | None:
    inside = random.random() < 0.5
    placed = moved_inside(_corners(3, random.randint(88, 116), 0.2, random), 12, random)
    if placed is None:
        return None
    corners = (placed[0], placed[1], placed[2])
    for _ in range(20):
        point = (random.randint(20, 236), random.randint(20, 236))
        edges = zip(corners, (*corners[1:], corners[0]), strict=True)
        clear = min(distance_to_segment(point, *edge) for edge in edges) >= APART
        if clear and is_inside(point, corners) == inside:
            return PointAndTriangle(_two_hues(random), point, corners)
    return None


def _segments(random: Random) -> Segments:
    degrees = random.choices((0, 90, random.randint(30, 62)), (4, 4, 2))[0]
    crossing = degrees > 0 and random.random() < 0.72
    first = random.randrange(180)
    second = first + degrees * random.choice((-1, 1))
    while True:
        one = _segment(random.randint(150, 190), first, random)
        other = _segment(random.randint(84, 112), second, random)
        if is_crossing(one, other) == crossing and _clear(one, other, crossing):
            return Segments(_two_hues(random), (one, other), degrees)


def _segment(length: int, degrees: int, random: Random) -> tuple[Point, Point]:
    while True:
        placed = moved_inside(((0, 0), at_angle((0, 0), length, degrees)), 10, random)
        if placed:
            return placed[0], placed[1]


def _clear(one: tuple[Point, Point], other: tuple[Point, Point], crossing: bool) -> bool:
    """Ends are clear of the other line: well past it where they cross, well before it where they do not."""
    nearest = min(
        *(distance_to_segment(end, *other) for end in one),
        *(distance_to_segment(end, *one) for end in other),
    )
    return nearest >= (18 if crossing else APART)


def _angle(random: Random) -> Angle | None:
    degrees = random.choice((random.randint(25, 60), 90, random.randint(122, 155)))
    start = random.randrange(360)
    length = random.randint(92, 128)
    ends = (at_angle((0, 0), length, start), (0, 0), at_angle((0, 0), length, start + degrees))
    placed = moved_inside(ends, 10, random)
    return Angle(random.choice(tuple(COLORS)), (placed[0], placed[1], placed[2]), degrees) if placed else None


def _two_hues(random: Random) -> tuple[str, str]:
    one, other = random.sample(HUES, 2)
    return one, other
