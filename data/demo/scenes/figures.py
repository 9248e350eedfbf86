"""Figures of plane geometry with the questions that they answer, in drawing units."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from contextpairs.data.demo.scenes.canvas import Color, Point, distance, side_of
from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.scene import SceneQuestion

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

STROKE = 11
"""Width of lines, in units."""
APART = 24
"""Units between what does not touch; nothing is drawn nearer to a change of its answer."""
POLYGONS = {3: "triangle", 4: "quadrilateral", 5: "pentagon", 6: "hexagon"}


class Figure(Protocol):
    """What a scene of geometry shows."""

    def asked(self) -> list[SceneQuestion]:
        """Its questions."""
        ...

    def draw(self, pen: ImageDraw) -> None:
        """Its picture, in drawing units."""
        ...


@dataclass(frozen=True, slots=True)
class Polylines:
    """Two lines from left to right with corners at the same places.

    Attributes:
        colors: one a line.
        lines: corners of each; the lines are at least 2 * APART apart at every corner.
    """

    colors: tuple[str, str]
    lines: tuple[tuple[Point, ...], tuple[Point, ...]]

    def asked(self) -> list[SceneQuestion]:
        """How often they cross, and which starts and ends higher."""
        above = [one[1] < other[1] for one, other in zip(*self.lines, strict=True)]
        crossings = sum(now != then for now, then in pairwise(above))
        first, last = (self.colors[not above[end]] for end in (0, -1))
        return [
            SceneQuestion("count", "How many times do the two lines cross?", str(crossings)),
            SceneQuestion("colour", "What color is the line that is higher at the left end?", first),
            SceneQuestion("colour", "What color is the line that is higher at the right end?", last),
        ]

    def draw(self, pen: ImageDraw) -> None:
        """Two thick lines."""
        for color, line in zip(self.colors, self.lines, strict=True):
            pen.line(line, COLORS[color], STROKE, joint="curve")


@dataclass(frozen=True, slots=True)
class Circles:
    """Two rings of clearly different size: the larger first.

    Attributes:
        colors: one a circle.
        centers: in units.
        radii: of the outer edge, in units.
    """

    colors: tuple[str, str]
    centers: tuple[Point, Point]
    radii: tuple[int, int]

    def asked(self) -> list[SceneQuestion]:
        """Overlap, containment, size and place."""
        inside = distance(*self.centers) < self.radii[0] - self.radii[1]
        asked = [
            SceneQuestion("colour", "What color is the larger circle?", self.colors[0]),
            SceneQuestion("colour", "What color is the smaller circle?", self.colors[1]),
            SceneQuestion("presence", "Is one circle inside the other?", _yes(inside)),
        ]
        if not inside:
            overlap = distance(*self.centers) < sum(self.radii)
            asked.append(SceneQuestion("presence", "Do the two circles overlap?", _yes(overlap)))
            asked += self._places()
        return asked

    def draw(self, pen: ImageDraw) -> None:
        """Two thick rings."""
        for color, (x, y), radius in zip(self.colors, self.centers, self.radii, strict=True):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), None, COLORS[color], STROKE)

    def _places(self) -> list[SceneQuestion]:
        (left, top), (right, bottom) = self.centers
        asked = []
        if abs(left - right) >= APART:
            asked.append(SceneQuestion("position", "What color is the left circle?", self.colors[left > right]))
        if abs(top - bottom) >= APART:
            asked.append(SceneQuestion("position", "What color is the upper circle?", self.colors[top > bottom]))
        return asked


@dataclass(frozen=True, slots=True)
class Polygon:
    """A convex polygon, filled or not."""

    color: str
    corners: tuple[Point, ...]
    filled: bool

    def asked(self) -> list[SceneQuestion]:
        """Sides, name and color."""
        return [
            SceneQuestion("count", "How many sides does the polygon have?", str(len(self.corners))),
            SceneQuestion("shape", "What shape is the polygon?", POLYGONS[len(self.corners)]),
            SceneQuestion("colour", "What color is the polygon?", self.color),
        ]

    def draw(self, pen: ImageDraw) -> None:
        """The polygon or its edge."""
        if self.filled:
            pen.polygon(self.corners, COLORS[self.color])
        else:
            _closed(pen, self.corners, COLORS[self.color])


@dataclass(frozen=True, slots=True)
class PointAndTriangle:
    """A point clearly inside or clearly outside of a triangle."""

    colors: tuple[str, str]
    point: Point
    corners: tuple[Point, Point, Point]

    def asked(self) -> list[SceneQuestion]:
        """Where the point is, and the colors."""
        return [
            SceneQuestion("presence", "Is the point inside the triangle?", _yes(is_inside(self.point, self.corners))),
            SceneQuestion("colour", "What color is the point?", self.colors[0]),
            SceneQuestion("colour", "What color is the triangle?", self.colors[1]),
        ]

    def draw(self, pen: ImageDraw) -> None:
        """The triangle's edge and a dot."""
        _closed(pen, self.corners, COLORS[self.colors[1]])
        x, y = self.point
        pen.ellipse((x - 13, y - 13, x + 13, y + 13), COLORS[self.colors[0]])


@dataclass(frozen=True, slots=True)
class Segments:
    """A longer and a shorter straight line.

    Attributes:
        colors: one a line.
        lines: the ends of the longer, then of the shorter.
        degrees: angle between them, 0 to 90.
    """

    colors: tuple[str, str]
    lines: tuple[tuple[Point, Point], tuple[Point, Point]]
    degrees: int

    def asked(self) -> list[SceneQuestion]:
        """Direction, crossing and length."""
        return [
            SceneQuestion("presence", "Are the two lines parallel?", _yes(self.degrees == 0)),
            SceneQuestion("presence", "Are the two lines perpendicular?", _yes(self.degrees == 90)),
            SceneQuestion("presence", "Do the two lines touch?", _yes(is_crossing(*self.lines))),
            SceneQuestion("colour", "What color is the longer line?", self.colors[0]),
            SceneQuestion("colour", "What color is the shorter line?", self.colors[1]),
        ]

    def draw(self, pen: ImageDraw) -> None:
        """Two thick lines."""
        for color, line in zip(self.colors, self.lines, strict=True):
            pen.line(line, COLORS[color], STROKE)


@dataclass(frozen=True, slots=True)
class Angle:
    """Two rays from one corner.

    Attributes:
        color: of both.
        ends: end of the first ray, the corner, end of the second.
        degrees: between the rays; 90, or at least 25 away from it.
    """

    color: str
    ends: tuple[Point, Point, Point]
    degrees: int

    def asked(self) -> list[SceneQuestion]:
        """Its kind and color."""
        kind = "right" if self.degrees == 90 else "acute" if self.degrees < 90 else "obtuse"
        return [
            SceneQuestion("shape", "What kind of angle is shown?", kind),
            SceneQuestion("colour", "What color is the angle?", self.color),
        ]

    def draw(self, pen: ImageDraw) -> None:
        """The rays."""
        pen.line(self.ends, COLORS[self.color], STROKE, joint="curve")


def is_inside(point: Point, corners: tuple[Point, Point, Point]) -> bool:
    """Whether a triangle holds a point."""
    one, two, three = corners
    sides = (side_of(point, one, two), side_of(point, two, three), side_of(point, three, one))
    return all(side > 0 for side in sides) or all(side < 0 for side in sides)


def is_crossing(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two segments share a point that is no end of theirs."""
    return (
        side_of(other[0], *one) * side_of(other[1], *one) < 0 and side_of(one[0], *other) * side_of(one[1], *other) < 0
    )


def _closed(pen: ImageDraw, corners: tuple[Point, ...], fill: Color) -> None:
    pen.line((*corners, *corners[:2]), fill, STROKE, joint="curve")


def _yes(true: bool) -> str:
    return "yes" if true else "no"
