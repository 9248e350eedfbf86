"""Boxes in pictures: four numbers that say where something is."""

from __future__ import annotations

import re
from itertools import product

Box = tuple[float, float, float, float]
FOUR = re.compile(r"[-+]?\d+(?:\.\d+)?")
AROUND = re.compile(r"[\s\[\](){},;<>|=:/]|box|bbox|\bx[12]?\b|\by[12]?\b|\bw\b|\bh\b", re.IGNORECASE)
LONGEST = 120
"""Characters up to which a text can be a box."""
SAME_FROM = 0.5
"""Intersection over union from which two boxes may be one (that of PASCAL VOC's detection task)."""


def box(text: str) -> Box | None:
    """The four numbers of a text that holds nothing else; None for other texts."""
    found = FOUR.findall(text) if len(text) <= LONGEST else []
    if len(found) != 4 or AROUND.sub("", FOUR.sub("", text)):
        return None
    first, second, third, fourth = map(float, found)
    return first, second, third, fourth


def boxes_apart(first: Box, second: Box) -> bool:
    """Whether two boxes overlap too little to be one, be they corners or x, y, width and height.

    Shares of the picture, and numbers of pixels or thousandths, are not compared with each other.
    """
    if _is_shares(first) != _is_shares(second):
        return False
    return all(_overlap(*couple) < SAME_FROM for couple in product(_readings(first), _readings(second)))


def _is_shares(found: Box) -> bool:
    return max(found) <= 1


def _readings(found: Box) -> list[Box]:
    """As left, top, right, bottom."""
    x, y, third, fourth = found
    corners = [(x, y, third, fourth)] if third > x and fourth > y else []
    return [*corners, (x, y, x + third, y + fourth)]


def _overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    shared = max(width, 0.0) * max(height, 0.0)
    union = _area(first) + _area(second) - shared
    return shared / union if union > 0 else 1.0


def _area(found: Box) -> float:
    return max(found[2] - found[0], 0.0) * max(found[3] - found[1], 0.0)
