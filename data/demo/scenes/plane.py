"""Points and angles of drawings, in integer drawing units of a quarter pixel."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, radians, sin
from random import Random

SIDE = 64
"""Width and height of a picture, in pixels."""
SHARP = 4
"""Drawing units in a pixel: shapes are drawn this much larger and averaged down, so that their edges are smooth."""
UNITS = SIDE * SHARP

Point = tuple[int, int]


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
