"""Where one picture lies on another: turned or mirrored, scaled and shifted, found from coarse to fine by edges."""

from __future__ import annotations

from functools import cache
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from contextpairs.data.imaging.sight import COARSE, SMALL, Floats, Sight

if TYPE_CHECKING:
    from PIL.Image import Image

Number = TypeVar("Number", bound=np.generic)
Turn = tuple[int, bool]
"""Quarter turns, and whether the picture is mirrored before them."""
Shape = tuple[int, int]
"""Height and width."""
Spectra = npt.NDArray[np.complex64]
Sizes = tuple[Spectra, list[Shape]]
"""Transforms of a map in several sizes, and the sizes."""
TURNS: tuple[Turn, ...] = tuple((quarters, mirrored) for mirrored in (False, True) for quarters in range(4))
SCALES = tuple(float(scale) for scale in np.exp(np.arange(-7, 8) * 0.04))
"""Sizes that one picture has on the other: crops of a tenth at each side make 0.8."""
STRETCH = 1.12
"""Ratio of aspects from which one of the pictures may have been stretched to the other's shape."""
CROP = 1.4
"""Ratio of aspects up to which it may have been cropped."""
STEP = 13
"""Levels of a stored outline for each of its edges' units."""
HEAD = Struct("<BBf")
"""Height, width and aspect of a stored outline."""
FIELD = 64
"""Side of the field in which coarse maps are laid over each other."""
LEAST_ALIKE = 0.42
"""Correlation of coarse maps below which pictures are no copies: copies have 0.6 and more, others seldom as much."""
TRIED = 2
"""Best places that are looked at more closely."""
STEPS = (-0.03, -0.015, 0.0, 0.015, 0.03)
"""Relative changes of scale that are tried closely."""


class Overlay(NamedTuple):
    """How the second picture, turned, lies on the first: a point at (x, y) of the first, in shares of its width and
    height, stands at `scale` times that plus `shift` of the second.

    Attributes:
        turn: what is done to the second picture.
        scale: of x and y.
        shift: of x and y.
        alike: correlation of the maps laid over each other.
    """

    turn: Turn
    scale: tuple[float, float]
    shift: tuple[float, float]
    alike: float


class Outline:
    """Edges of a picture, coarsely, and what laying them on others needs: each turn in all sizes, transformed once."""

    def __init__(self, levels: npt.NDArray[np.uint8], aspect: float) -> None:
        """Args: levels: (height, width), the longer side `COARSE`. aspect: of the picture, width over height."""
        self.levels, self.aspect = levels, aspect
        self.map = levels.astype(np.float32)
        self.whole = _transformed(self.map)
        self._sizes: dict[Turn, Sizes] = {}

    @classmethod
    def of(cls, sight: Sight) -> Outline:
        """That of a picture."""
        from PIL import Image

        high, wide = sight.small.shape
        shape = max(2, round(high * COARSE / SMALL)), max(2, round(wide * COARSE / SMALL))
        coarse = np.asarray(Image.fromarray(sight.small).resize(shape[::-1], Image.Resampling.BOX))
        return cls(np.minimum(coarse * STEP, 255).astype(np.uint8), sight.aspect)

    @classmethod
    def read(cls, stored: bytes) -> Outline:
        """What `stored` gave."""
        high, wide, aspect = HEAD.unpack_from(stored)
        return cls(np.frombuffer(stored, np.uint8, high * wide, HEAD.size).reshape(high, wide), aspect)

    def stored(self) -> bytes:
        """As few bytes as a table of many pictures has room for: 1 kB."""
        return HEAD.pack(*self.levels.shape, self.aspect) + self.levels.tobytes()

    def sizes(self, turn: Turn, shape: Shape | None = None) -> Sizes:
        """The turned map in all sizes; stretched to `shape` where one is given."""
        shown = turned(self.map, turn)
        if shape:
            return _sizes(shown, shape)
        if turn not in self._sizes:
            self._sizes[turn] = _sizes(shown, (shown.shape[0], shown.shape[1]))
        return self._sizes[turn]


class SightMaps:
    """A picture ready to be laid on others."""

    def __init__(self, picture: Image) -> None:
        """Args: picture: RGB."""
        self.sight = Sight(picture)
        self.outline = Outline.of(self.sight)


def _sizes(shown: Floats, base: Shape) -> Sizes:
    shapes = [(max(2, round(base[0] / scale)), max(2, round(base[1] / scale))) for scale in SCALES]
    return np.stack([_transformed(resized(shown, each)) for each in shapes]), shapes


def overlays(first: SightMaps, second: SightMaps) -> list[Overlay]:
    """The likeliest places of the second picture on the first, closely found, best first; none where none is likely."""
    rough = sorted(_rough(first.outline, second.outline), key=lambda place: -place.alike)[:TRIED]
    close = [_close(first.sight, second.sight, each) for each in rough if each.alike >= LEAST_ALIKE]
    return sorted(close, key=lambda place: -place.alike)


def likely(first: Outline, second: Outline) -> bool:
    """Whether a first glance leaves it open that two pictures are copies."""
    return max(place.alike for place in _rough(first, second)) >= LEAST_ALIKE


def turned(values: npt.NDArray[Number], turn: Turn) -> npt.NDArray[Number]:
    """An array of rows and columns, mirrored and turned."""
    quarters, mirrored = turn
    return np.rot90(values[:, ::-1] if mirrored else values, quarters)


def resized(values: Floats, shape: tuple[int, int]) -> Floats:
    """A map of (height, width) at another shape."""
    from PIL import Image

    if values.shape == shape:
        return values
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BILINEAR))


def _rough(first: Outline, second: Outline) -> list[Overlay]:
    """The best place for each turn, and for each way to read the shapes."""
    found = []
    own = first.map.shape[0], first.map.shape[1]
    for turn in TURNS:
        aspect = second.aspect if turn[0] % 2 == 0 else 1 / second.aspect
        ratio = max(aspect / first.aspect, first.aspect / aspect)
        for stretched in (False, True):
            if (ratio > CROP and not stretched) or (stretched and (turn[0] % 2 or ratio < STRETCH)):
                continue
            transforms, shapes = second.sizes(turn, own if stretched else None)
            best, down, right, alike = _best(first.whole, transforms)
            found.append(_overlay(turn, shapes[best], (down, right), own, alike))
    return found


def _overlay(
    turn: Turn, shape: tuple[int, int], slip: tuple[float, float], own: tuple[int, int], alike: float
) -> Overlay:
    """From a map of `shape`, that lies `slip` down and right on one of shape `own`, to shares."""
    (high, wide), (down, right) = shape, slip
    return Overlay(turn, (own[1] / wide, own[0] / high), (-right / wide, -down / high), alike)


def _best(whole: Spectra, transforms: Spectra) -> tuple[int, float, float, float]:
    """Which size fits best, how far down and right it lies, and how well it fits."""
    from scipy.fft import irfft2

    side = (whole.shape[0], 2 * (whole.shape[1] - 1))
    laid = irfft2(whole[None] * transforms.conj(), side, axes=(1, 2))
    reach = side[0] // 4
    laid = np.concatenate([laid[:, -reach:], laid[:, : reach + 1]], axis=1)
    laid = np.concatenate([laid[:, :, -reach:], laid[:, :, : reach + 1]], axis=2)
    place, down, right = np.unravel_index(int(laid.argmax()), laid.shape)
    return int(place), float(down) - reach, float(right) - reach, float(laid[place, down, right])


def _transformed(values: Floats, side: int = FIELD) -> Spectra:
    """The transform of a map at unit length, its broad brightness taken off."""
    from scipy.fft import rfft2
    from scipy.ndimage import uniform_filter

    width = max(3, round(max(values.shape) * 0.3))
    plain = values - uniform_filter(values, width, mode="nearest")
    length = float(np.sqrt((plain * plain).sum()))
    return np.asarray(rfft2(plain / max(length, 1e-6), (side, side)), np.complex64)


def _close(first: Sight, second: Sight, rough: Overlay) -> Overlay:
    """A place found anew on finer maps, at sizes around the rough one."""
    own = first.small
    theirs = turned(second.small, rough.turn)
    high, wide = own.shape
    side = _field(max(own.shape))
    whole = _transformed(own, side)
    base = high / rough.scale[1], wide / rough.scale[0]
    shapes = [(max(2, round(base[0] * (1 + step))), max(2, round(base[1] * (1 + step)))) for step in STEPS]
    transforms = np.stack([_transformed(resized(theirs, shape), side) for shape in shapes])
    best, down, right, alike = _best(whole, transforms)
    return _overlay(rough.turn, shapes[best], (down, right), (high, wide), alike)


@cache
def _field(longest: int) -> int:
    """A side that transforms are fast at, and room for slips of a quarter."""
    from scipy.fft import next_fast_len

    side = int(next_fast_len(round(1.5 * longest), real=True))
    return side + side % 2
