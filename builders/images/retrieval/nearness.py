"""How near two pictures are on a scale that holds for any encoder: 0 as two random ones of the set, 1 as a picture and
its own crop, shifted and recompressed.

A window by quantile takes the nearest half however far it is; a floor on this scale does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = npt.NDArray[np.float32]
LEAST = 50
"""Pictures from which there is a scale: of few, random couples are those that are judged."""
RANDOM = 1000
"""Pictures of which random couples are made, at most."""
ALTERED = 64
"""Pictures that are compared with themselves altered, at most."""
LEAST_SPREAD = 0.01
"""Cosine between both ends of the scale below which the encoder tells nothing."""
CROP = 0.1
"""Share of each side that is cropped, at one end more and at the other less."""
QUALITY = 50
"""Of the JPEG that it is recompressed as."""


class Scale(NamedTuple):
    """Where nearness is 0 and 1, as cosines.

    Attributes:
        random: median of random couples of the whole set.
        same: median of pictures and themselves, altered.
        pictures: how many were altered.
    """

    random: float
    same: float
    pictures: int

    def of(self, cosine: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
        """Nearness of couples."""
        return np.asarray((cosine - self.random) / (self.same - self.random), np.float64)

    def cosine(self, nearness: float) -> float:
        """The cosine of couples of some nearness."""
        return self.random + nearness * (self.same - self.random)


def drawn(ids: Sequence[str], seed: int, number: int) -> list[int]:
    """Places of so many pictures, drawn by seed from their ids: others come and go, these mostly stay."""
    return sorted(range(len(ids)), key=lambda place: _hash(ids[place], seed))[:number]


def scale_of(shown: Floats, own: Floats, changed: Floats) -> Scale | None:
    """The scale of a set; None where the encoder tells random pictures and copies not apart.

    Args:
        shown: unit vectors of random pictures in random order, (n, d), n at least 2.
        own: unit vectors of some pictures, (m, d).
        changed: those of the same, altered; what the encoder gives no finite vector has no say.
    """
    half = len(shown) // 2
    random = float(np.median((shown[:half] * shown[half : 2 * half]).sum(axis=1)))
    cosines = (own * changed).sum(axis=1)
    cosines = cosines[np.isfinite(cosines)]
    same = float(np.median(cosines)) if len(cosines) else random
    return Scale(round(random, 5), round(same, 5), len(cosines)) if same - random >= LEAST_SPREAD else None


def altered(picture: Image, name: str, seed: int) -> Image:
    """A picture cropped at a place drawn from its id, which shifts what is left, and recompressed.

    Args:
        picture: RGB.
        name: its id.
        seed: of the draw.
    """
    from PIL import Image

    drawn_at = _hash(name, seed)
    left, top = (round(side * CROP * (byte / 255)) for side, byte in zip(picture.size, drawn_at, strict=False))
    wide, high = (max(1, round(side * (1 - CROP))) for side in picture.size)
    file = BytesIO()
    picture.crop((left, top, left + wide, top + high)).save(file, "JPEG", quality=QUALITY)
    return Image.open(file).convert("RGB")


def _hash(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"nearness;{seed};{name}".encode()).digest()
