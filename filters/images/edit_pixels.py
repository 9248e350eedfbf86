"""What an edit did to the pixels: how much changed, in how many places, and whether the rest stayed.

An editor redraws the whole image. So differences come in two kinds, told apart by their height: changes, above a level,
and the editor's own error, below it. Changes are judged by area and by the number of places, since an edit may well
touch two far ends of the image ("move the circle to the top"); the error is judged by its mean and its spread.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.data.store.settings import Settings

Pixels = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

LUMINANCE = (0.299, 0.587, 0.114)
REDUCED = 256
"""Longer side, in pixels, from which images are averaged down before they are laid over each other."""
SLIGHT = 1.0
"""Mean squared difference of a channel that counts as none: there is nothing to be explained."""
NAMES = (
    "greatest", "contrast", "changed", "places", "scattered", "spread", "box", "shift", "noise", "displaced",
    "displacement",
)  # fmt: skip
"""What `pixel_measures` returns."""


class PixelOptions(Settings):
    """How pixels are measured. Unlike a threshold, none of it can be moved without measuring again."""

    level: int = Field(default=40, ge=0, le=254)
    """A pixel counts as changed if one of its channels differs by more than this, of 255."""
    smoothing: float = Field(default=0.0125, ge=0, le=0.25)
    """Side of the square over which differences are averaged first, as a share of the shorter side: none at 64 pixels,
    7 pixels at 512."""
    grid: int = Field(default=16, ge=1, le=256)
    """Cells along each side of the grid on which places are told apart: changed cells that touch are one place."""
    cell: float = Field(default=0.125, gt=0, le=1)
    """Share of changed pixels from which a cell counts as changed."""
    place: float = Field(default=0.1, ge=0, le=1)
    """Share of all changed pixels that a place holds at least; what lies elsewhere is scattered."""
    reach: float = Field(default=0.15, ge=0, le=0.4)
    """How far the whole image may have slipped, as a share of its shorter side; further is not looked for."""


def pixel_measures(original: Pixels, edited: Pixels, options: PixelOptions) -> dict[str, float]:
    """Measures of an edit, under the names in `NAMES`.

    - greatest: greatest difference of a channel, 0 to 255;
    - contrast: standard deviation of the edited image's luminance, in levels;
    - changed: share of the pixels that changed;
    - places: connected groups of changed cells that hold a fair share of the change;
    - scattered: share of the changed pixels outside of them, 0 where nothing changed;
    - spread: share of the cells that changed;
    - box: share of the image inside the box from the 2.5 % to the 97.5 % quantile of the change, 0 for none;
    - shift: greatest median difference of a channel over the pixels that did not change, in levels;
    - noise: mean absolute difference over them once these medians are taken off, in levels;
    - displaced: share of the squared difference that a slip of the whole image explains;
    - displacement: that slip, as a share of the shorter side.

    Args:
        original: (height, width, 3) uint8.
        edited: of the same shape.
        options: how to measure.

    Raises:
        ValueError: the shapes differ, or are not those of RGB images.
    """
    if original.shape != edited.shape or original.ndim != 3 or original.shape[2] != 3:
        raise ValueError(f"shapes {original.shape} and {edited.shape}; expected two equal (height, width, 3)")
    difference = edited.astype(np.int16) - original
    changed = _changed(difference, options)
    return {
        "greatest": float(np.abs(difference).max(initial=0)),
        "contrast": float(_luminance(edited).std()),
        "changed": float(changed.mean()),
        **_locality(changed, options),
        **_error(difference[~changed] if not changed.all() else difference.reshape(-1, 3)),
        **_displacement(original, edited, options.reach),
    }


def changed_pixels(original: Pixels, edited: Pixels, options: PixelOptions) -> Bools:
    """Which pixels count as changed, (height, width), of two (height, width, 3) uint8."""
    return _changed(edited.astype(np.int16) - original, options)


def _changed(difference: npt.NDArray[np.int16], options: PixelOptions) -> Bools:
    return np.asarray(np.abs(_smoothed(difference, options.smoothing)).max(axis=2) > options.level)


def _smoothed(difference: npt.NDArray[np.int16], share: float) -> npt.NDArray[np.float32]:
    """Means over a square: at the edges of things an editor errs to both sides, a change goes one way."""
    from scipy.ndimage import uniform_filter

    side = round(share * min(difference.shape[:2])) // 2 * 2 + 1
    return np.asarray(uniform_filter(difference.astype(np.float32), (side, side, 1), mode="nearest"))


def _luminance(image: Pixels) -> Floats:
    return np.asarray(image @ np.array(LUMINANCE), np.float64)


def _locality(changed: Bools, options: PixelOptions) -> dict[str, float]:
    """Where the changed pixels lie."""
    rows, columns = np.nonzero(changed)
    if not len(rows):
        return dict.fromkeys(("places", "scattered", "spread", "box"), 0.0)
    pixels, full = _cells(changed, options.grid)
    is_changed = pixels >= options.cell * full
    shares = _shares(pixels / len(rows), is_changed)
    places = shares[shares >= options.place]
    return {
        "places": float(len(places)),
        "scattered": max(0.0, 1 - float(places.sum())),
        "spread": float(is_changed.mean()),
        "box": _extent(rows) * _extent(columns) / changed.size,
    }


def _cells(changed: Bools, grid: int) -> tuple[Counts, Counts]:
    """Changed pixels and all pixels of each cell, (cells high, cells wide)."""
    starts = [np.arange(cells) * side // cells for side, cells in ((side, min(grid, side)) for side in changed.shape)]
    lengths = [np.diff(start, append=side) for start, side in zip(starts, changed.shape, strict=True)]
    rows = np.add.reduceat(changed.astype(np.int64), starts[0], axis=0)
    return np.add.reduceat(rows, starts[1], axis=1), np.outer(*lengths)


def _shares(share: Floats, is_changed: Bools) -> Floats:
    """Summed shares of the groups of changed cells."""
    from scipy.ndimage import label

    groups = label(is_changed, np.ones((3, 3)))[0]
    return np.asarray(np.bincount(groups.reshape(-1), weights=share.reshape(-1))[1:])


def _extent(places: Counts) -> int:
    low, high = np.quantile(places, (0.025, 0.975), method="nearest")
    return int(high - low) + 1


def _error(difference: npt.NDArray[np.int16]) -> dict[str, float]:
    """What the editor did to pixels that it was to leave: (n, 3) differences of them."""
    medians = np.median(difference, axis=0)
    return {"shift": float(np.abs(medians).max()), "noise": float(np.abs(difference - medians).mean())}


def _displacement(original: Pixels, edited: Pixels, reach: float) -> dict[str, float]:
    """The slip that leaves the least difference, found exactly among all within reach."""
    one, other = _reduced(original), _reduced(edited)
    short = min(one.shape[:2])
    far = round(reach * short)
    left = _differences(one, other, far)
    before = left[far, far]
    best = np.unravel_index(int(left.argmin()), left.shape)
    explained = float(1 - left[best] / before) if before > SLIGHT else 0.0
    slip = max(abs(int(place) - far) for place in best) if explained > 0 else 0
    return {"displaced": max(0.0, explained), "displacement": slip / short}


def _reduced(image: Pixels) -> Floats:
    """Averaged down by a whole factor, which a slip of the image survives."""
    high, wide = image.shape[:2]
    factor = max(1, min(-(-max(high, wide) // REDUCED), high, wide))
    cut = image[: high // factor * factor, : wide // factor * factor]
    return np.asarray(cut.reshape(high // factor, factor, wide // factor, factor, 3).mean(axis=(1, 3)))


def _differences(original: Floats, edited: Floats, far: int) -> Floats:
    """Mean squared differences at slips of up to `far` pixels, over what then overlaps.

    Shape (2 far + 1, 2 far + 1); without a slip in the middle. Sums of a² + b² - 2ab, as correlations.
    """
    mean = original.mean(axis=(0, 1))
    one, other = original - mean, edited - mean
    everywhere = np.ones(one.shape[:2])
    shared = _correlated(everywhere, everywhere, far)
    sums = _correlated((one**2).sum(axis=2), everywhere, far) + _correlated(everywhere, (other**2).sum(axis=2), far)
    for channel in range(3):
        sums -= 2 * _correlated(one[..., channel], other[..., channel], far)
    return np.asarray(np.maximum(sums, 0) / (3 * shared))


def _correlated(one: Floats, other: Floats, far: int) -> Floats:
    """Sums of products over the overlap, for slips of up to `far` pixels."""
    from scipy.signal import correlate

    whole = correlate(one, other, "full", "fft")
    row, column = (side - 1 for side in one.shape)
    return np.asarray(whole[row - far : row + far + 1, column - far : column + far + 1])
