"""Whether two pictures show one scene: one is the other recompressed, scaled, cropped by up to a tenth, bordered,
mirrored, turned by quarters, made grey, recoloured or marked.

One is laid on the other, and then it is asked block by block whether fine structure agrees. What two photos of like
scenes share is broad: it is taken off first, and blocks without structure have no say. On 21 kinds of copies of
photos nearly all blocks agree, and seldom less than two thirds; on other photos at most a third.

A thing more or less in an otherwise equal picture is a copy too, for nothing here says that it was not retouched.
Where pictures are rendered, `is_resaved` tells such couples apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.data.imaging.alignment import Overlay, SightMaps, overlays, turned
from contextpairs.data.imaging.sight import FINE, Floats, Sight, edges, shades

if TYPE_CHECKING:
    from PIL.Image import Image

Kind = Literal["resaved", "recoloured", "cropped", "mirrored", "turned"]
"""How a copy came about, by what sets it most apart: turned ones may be mirrored, mirrored ones cropped, and so on."""
BLOCK = 16
"""Side of a block, where the longer side is `FINE`."""
SLIP = 2
"""Pixels by which blocks may lie off the common place."""
BROAD = 11
"""Pixels from which structure is broad."""
STRUCTURE = 2.0
"""Levels by which fine structure varies at least in a block that has a say: below lies what JPEG leaves."""
SHARE_OF_TYPICAL = 0.25
"""The same as a share of what it varies by in the picture's median block."""
AGREES = 0.6
"""Correlation from which a block agrees, in shades of either sign or in edges."""
MOST = 0.55
"""Share of the blocks with a say that agree in copies at least."""
LEAST_BLOCKS = 6
"""Blocks with a say that are needed to decide."""
OVERLAP = 0.5
"""Share of each picture that lies on the other at least: a crop of a tenth at each side leaves 0.64."""
MOVED = 0.03
"""Share of a side by which a picture is scaled or shifted at least to count as cropped."""
RECOLOURED = 12.0
"""Mean levels by which colours lie apart at least to count as recoloured."""
LONGEST = 2048
"""Longer side up to which rendered pictures are compared pixel by pixel."""
SHAPE = 1.02
"""Ratio of aspects up to which scaling may have rounded."""
CELL = 4
"""Side of the squares over which their differences are averaged: JPEG errs to both sides, a stroke goes one way."""
STROKE = 45.0
"""Mean levels in such a square from which something else was drawn, whatever the rest says."""
SLIGHT = 28.0
"""Mean levels up to which nothing else was."""
ERRORS = 20.0
"""How far the greatest difference may lie above that of usual places with structure: recompression errs everywhere."""


class Agreement(NamedTuple):
    """What blocks say.

    Attributes:
        blocks: those that have a say.
        share: of them, how many agree.
        overlap: share of either picture that lies on the other, the lesser of the two.
    """

    blocks: int
    share: float
    overlap: float


def is_copy(first: SightMaps, second: SightMaps) -> Kind | None:
    """How the second picture is a copy of the first, or None where it is none.

    Takes about 25 ms of processor time for copies, and 3 ms where the first glance tells that they are none.
    """
    for place in overlays(first, second):
        found = agreement(first.sight, second.sight, place)
        if found.blocks >= LEAST_BLOCKS and found.share >= MOST and found.overlap >= OVERLAP:
            return _kind(first.sight, second.sight, place)
    return None


def is_resaved(first: Image, second: Image) -> bool:
    """Whether two rendered pictures are equal but for recompression and scaling; a mirror is another picture.

    Args:
        first: RGB.
        second: RGB.
    """
    from PIL import Image

    crossed = first.width * second.height, second.width * first.height
    if max(crossed) > SHAPE * min(crossed):
        return False
    smaller = min(first, second, key=lambda each: each.size)
    factor = min(1.0, LONGEST / max(smaller.size))
    size = max(1, round(smaller.width * factor)), max(1, round(smaller.height * factor))
    one, other = (
        shades(np.asarray(each.resize(size, Image.Resampling.BOX), np.float32)) if each.size != size
        else shades(np.asarray(each, np.float32)) for each in (first, second)
    )  # fmt: skip
    apart = np.abs(_cells(one - other))
    return float(apart.max()) < min(STROKE, max(SLIGHT, ERRORS * _usual(apart, one)))


def agreement(first: Sight, second: Sight, place: Overlay) -> Agreement:
    """What the blocks of two pictures say, laid over each other."""
    factor = FINE / max(first.picture.size)
    size = max(BLOCK, round(first.picture.width * factor)), max(BLOCK, round(first.picture.height * factor))
    one = first.at(size)
    other, covered = _laid(second, place, size)
    correlation, say = _blocks(one, other)
    say &= _sums(covered.astype(np.float32)) > 0.99 * BLOCK * BLOCK
    agreed = float((correlation[say] >= AGREES).mean()) if say.any() else 0.0
    share = float(covered.mean())
    return Agreement(int(say.sum()), agreed, min(share, share * place.scale[0] * place.scale[1]))


def _laid(second: Sight, place: Overlay, size: tuple[int, int]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The second picture as it lies on the first, (height, width, 3), and where it does."""
    from PIL import Image

    wide, high = size
    # Scaled first and then shifted: a shift takes single pixels.
    within = max(1, round(wide / place.scale[0])), max(1, round(high / place.scale[1]))
    shown = Image.fromarray(np.ascontiguousarray(turned(np.asarray(second.picture), place.turn)))
    scaled = shown.resize(within, Image.Resampling.BILINEAR)
    right, down = place.shift[0] * within[0], place.shift[1] * within[1]
    laid = scaled.transform(size, Image.Transform.AFFINE, (1, 0, right, 0, 1, down), Image.Resampling.BILINEAR)
    across, along = right + np.arange(wide), down + np.arange(high)
    covered = ((along >= 0) & (along < within[1]))[:, None] & ((across >= 0) & (across < within[0]))
    return np.asarray(laid, np.float32), covered


def _blocks(one: Floats, other: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Correlation of each block, and which blocks have structure in one of the pictures."""
    fine, their_fine = _fine(shades(one)), _fine(shades(other))
    by_shades = _correlations(fine, their_fine, either_sign=True)
    by_edges = _correlations(edges(one), edges(other), either_sign=False)
    return np.maximum(by_shades, by_edges), _structured(fine) | _structured(their_fine)


def _structured(fine: Floats) -> npt.NDArray[np.bool_]:
    varies = np.sqrt(_spread(fine))
    return np.asarray(varies > max(STRUCTURE, SHARE_OF_TYPICAL * float(np.median(varies))))


def _correlations(own: Floats, theirs: Floats, either_sign: bool) -> Floats:
    """Of each block, the greatest over all slips."""
    number = BLOCK * BLOCK
    mean, spread = _sums(own) / number, _spread(own)
    best: Floats = np.zeros_like(mean)
    for down in range(-SLIP, SLIP + 1):
        for right in range(-SLIP, SLIP + 1):
            moved = np.roll(theirs, (down, right), (0, 1))
            together = _sums(own * moved) / number - mean * _sums(moved) / number
            found = together / np.sqrt(np.maximum(spread * _spread(moved), 1e-3))
            best = np.asarray(np.maximum(best, np.abs(found) if either_sign else found), np.float32)
    return best


def _fine(values: Floats) -> Floats:
    """Without what is broad."""
    from scipy.ndimage import uniform_filter

    return np.asarray(values - uniform_filter(values, BROAD, mode="nearest"), np.float32)


def _spread(values: Floats) -> Floats:
    """Variance within each block."""
    number = BLOCK * BLOCK
    return np.asarray(np.maximum(_sums(values * values) / number - (_sums(values) / number) ** 2, 0), np.float32)


def _sums(values: Floats) -> Floats:
    """Over blocks that lie side by side; what is left at the edge has no say. Whole rows first, which is faster."""
    rows, columns = values.shape[0] // BLOCK, values.shape[1] // BLOCK
    bands = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, -1).sum(axis=1)
    return np.asarray(bands.reshape(rows, columns, BLOCK).sum(axis=2), np.float32)


def _cells(difference: Floats) -> Floats:
    from scipy.ndimage import uniform_filter

    return np.asarray(uniform_filter(difference, CELL, mode="nearest"), np.float32)


def _usual(apart: Floats, levels: Floats) -> float:
    """The median difference where there is structure."""
    structured = np.abs(_fine(levels)) > STRUCTURE
    return float(np.median(apart[structured])) if structured.any() else 0.0


def _kind(first: Sight, second: Sight, place: Overlay) -> Kind:
    if place.turn != (0, False):
        return "mirrored" if place.turn in ((0, True), (2, True)) else "turned"
    moved = max(*(abs(scale - 1) for scale in place.scale), *(abs(shift) for shift in place.shift))
    if moved > MOVED or first.bordered != second.bordered:
        return "cropped"
    apart = float(np.abs(first.colours - second.colours).mean())
    return "recoloured" if apart > RECOLOURED else "resaved"
