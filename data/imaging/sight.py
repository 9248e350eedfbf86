"""A picture as copies are looked for in it: without flat borders, in shades and in edges, at several sizes.

Edges are the strongest of the three channels': they stay where a picture is made grey or recoloured.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = npt.NDArray[np.float32]
FULL = 512
"""Longer side in pixels at which copies are decided; a larger picture is reduced to it."""
FINE, SMALL, COARSE = 256, 128, 32
"""Longer sides at which blocks are matched, the place is refined, and it is first looked for."""
FLAT = 24
"""Levels that the pixels of a flat border may lie apart: JPEG leaves ripples beside an edge."""
LEAST = 0.4
"""Share of a side that is left where borders are cut: what has less is a small thing on a large ground."""
DUST = 0.25
"""Percent of a row's pixels that may stand out in a flat border."""
LUMINANCE = np.array((0.299, 0.587, 0.114), np.float32)


class Sight:
    """A picture ready to be compared many times; what is derived from it is derived once."""

    def __init__(self, picture: Image) -> None:
        """Args: picture: RGB."""
        from PIL import Image

        factor = FULL / max(picture.size)
        size = _size(picture.size, FULL)
        shown = picture.resize(size, Image.Resampling.BOX) if factor < 1 else picture
        box = _inside(np.asarray(shown))
        self.picture = shown.crop(box)
        """What borders surround, RGB, its longer side at most `FULL`."""
        self.bordered = (box[2] - box[0]) * (box[3] - box[1]) < 0.97 * shown.width * shown.height
        """Whether borders were cut off."""

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.picture.width / self.picture.height

    @cached_property
    def colours(self) -> Floats:
        """Means of the channels over a grid, (8, 8, 3)."""
        from PIL import Image

        return np.asarray(self.picture.resize((8, 8), Image.Resampling.BOX), np.float32)

    @cached_property
    def small(self) -> Floats:
        """Edges, the longer side `SMALL`."""
        return edges(self.at(_size(self.picture.size, SMALL)))

    def at(self, size: tuple[int, int]) -> Floats:
        """Levels at a width and height, (height, width, 3)."""
        from PIL import Image

        return np.asarray(self.picture.resize(size, Image.Resampling.BILINEAR), np.float32)


def edges(levels: Floats) -> Floats:
    """Root of the strongest channel's gradient, (height, width) of (height, width, 3): roots, so that few edges do not
    outweigh all others."""
    down = np.zeros_like(levels)
    right = np.zeros_like(levels)
    down[1:-1] = levels[2:] - levels[:-2]
    right[:, 1:-1] = levels[:, 2:] - levels[:, :-2]
    return np.asarray(np.sqrt(np.sqrt(down * down + right * right).max(axis=2)), np.float32)


def shades(levels: Floats) -> Floats:
    """Luminance, (height, width)."""
    return np.asarray(levels @ LUMINANCE, np.float32)


def _size(size: tuple[int, int], longer: int) -> tuple[int, int]:
    factor = longer / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _inside(levels: npt.NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what flat borders surround; all of it where too little would be left."""
    high, wide = levels.shape[:2]
    top, bottom = _ends(levels)
    left, right = _ends(levels[top:bottom].swapaxes(0, 1))
    if bottom - top < max(8, LEAST * high) or right - left < max(8, LEAST * wide):
        return 0, 0, wide, high
    return left, top, right, bottom


def _ends(levels: npt.NDArray[np.uint8]) -> tuple[int, int]:
    """First row that is not of the first row's colour, and the end of the last one not of the last one's."""
    count = len(levels)
    first = _run(levels)
    last = _run(levels[::-1])
    return (first, count - last) if first < count else (0, count)


def _run(levels: npt.NDArray[np.uint8]) -> int:
    """Rows at the start that are of one colour."""
    ground = np.median(levels[0], axis=0)
    for place, row in enumerate(levels):
        apart = np.abs(row - ground).max(axis=1)
        if np.percentile(apart, 100 - DUST) > FLAT:
            return place
    return len(levels)
