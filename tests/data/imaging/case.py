"""One file of the pack, and what has to come of it."""

from __future__ import annotations

from typing import NamedTuple

from contextpairs.data.imaging.limits import ImageLimits
from tests.data.imaging.making import BLUE, GREEN, HEIGHT, RED, WIDTH

CORNERS = {(1, 1): RED, (WIDTH - 2, 1): GREEN, (1, HEIGHT - 2): BLUE}


class Case(NamedTuple):
    """One file.

    Attributes:
        name: the kind.
        content: the file.
        reason: why it is set aside, or "" if it shows something.
        format: by content.
        size: width and height, upright.
        frames: number of frames.
        pixels: colours by place; by default the picture's corners.
        tolerance: how far a sample of theirs may be off.
        exact: whether the picture is the same to the last bit, so that its hash is that of all the others.
        limits: those in force.
    """

    name: str
    content: bytes
    reason: str = ""
    format: str = ""
    size: tuple[int, int] = (WIDTH, HEIGHT)
    frames: int = 1
    pixels: dict[tuple[int, int], tuple[int, int, int]] = CORNERS
    tolerance: int = 0
    exact: bool = False
    limits: ImageLimits = ImageLimits()
