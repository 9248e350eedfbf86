"""What is known of an image without a model: hashes that find it again, measures that an audit needs."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from contextpairs.data.imaging.alignment import Outline
from contextpairs.data.imaging.decoding import Decoded, decoded
from contextpairs.data.imaging.limits import Fault, ImageLimits
from contextpairs.data.imaging.sight import Sight
from contextpairs.data.sources.vqa.record import THUMBNAIL, ImageFacts

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = npt.NDArray[np.float64]
GRID = 32
"""Side of the luminance that `phash` looks at."""
LOW = 8
"""Frequencies per direction that it keeps."""
DEAD = 1e-6
"""Coefficients this near to the median, in units of the largest (the mean's), are rounding: they count as below.
So do all of a flat image."""


def inspect(content: bytes, limits: ImageLimits, outlined: bool = False) -> ImageFacts | Fault:
    """Facts of an image, with its outline if it is asked for, or why it is set aside; never raises for bad input."""
    found = decoded(content, limits)
    return found if isinstance(found, Fault) else facts_of(content, found, outlined)


def facts_of(content: bytes, shown: Decoded, outlined: bool = False) -> ImageFacts:
    """Facts of an image that is decoded already."""
    from PIL import Image

    image = shown.image
    grey = image.convert("L")
    return ImageFacts(
        image_id=hashlib.sha256(content).hexdigest(),
        format=shown.format,
        width=image.width,
        height=image.height,
        frames=shown.frames,
        size=len(content),
        pixel_hash=pixel_hash(image),
        phash=phash(grey),
        thumbnail=image.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX).tobytes(),
        brightness=brightness(grey),
        sharpness=sharpness(grey),
        contrast=contrast(image),
        outline=Outline.of(Sight(image)).stored() if outlined else b"",
    )


def pixel_hash(image: Image) -> str:
    """32 hex digits over size and RGB pixels."""
    from contextpairs.data.imaging.to_rgb import strips

    hasher = hashlib.blake2b(f"{image.width}x{image.height};".encode(), digest_size=16)
    for _, part in strips(image):
        hasher.update(part.tobytes())
    return hasher.hexdigest()


def phash(grey: Image) -> int:
    """64 bits: which of the lowest frequencies of the luminance lie above their median (Zauner 2010)."""
    from PIL import Image

    small = np.asarray(grey.resize((GRID, GRID), Image.Resampling.BOX), np.float64)
    basis = _cosines()
    low = (basis @ small @ basis.T).reshape(-1)
    dead = DEAD * np.abs(low).max()
    low[0] = 0.0
    ranked = np.sort(low)
    median = (ranked[low.size // 2 - 1] + ranked[low.size // 2]) / 2
    bits = low - median > dead
    return int.from_bytes(np.packbits(bits).tobytes(), "big", signed=True)


@cache
def _cosines() -> Floats:
    """First rows of the cosine transform, (8, 32)."""
    place = np.arange(GRID)
    return np.asarray(np.cos(np.pi / GRID * (place[None] + 0.5) * np.arange(LOW)[:, None]))


def brightness(grey: Image) -> float:
    """Mean luminance, 0 to 255."""
    total = np.asarray(grey.histogram(), np.int64) @ np.arange(256)
    return round(int(total) / (grey.width * grey.height), 4)


def contrast(image: Image) -> float:
    """Greatest standard deviation of an RGB image's channels, in levels."""
    shares = np.asarray(image.histogram(), np.float64).reshape(-1, 256) / (image.width * image.height)
    levels = np.arange(256.0)
    variances = shares @ levels**2 - (shares @ levels) ** 2
    return round(float(np.sqrt(max(variances.max(), 0.0))), 4)


def sharpness(grey: Image) -> float:
    """Variance of the Laplacian of the luminance; 0 for images without an inside."""
    from contextpairs.data.imaging.to_rgb import STRIP

    number = (grey.width - 2) * (grey.height - 2)
    if min(grey.size) < 3:
        return 0.0
    rows = max(1, STRIP // grey.width)
    total = squares = 0
    for top in range(1, grey.height - 1, rows):
        part = grey.crop((0, top - 1, grey.width, min(top + rows, grey.height - 1) + 1))
        laplacian = _laplacian(np.asarray(part, np.int16))
        total += int(laplacian.sum(dtype=np.int64))
        squares += int(np.square(laplacian, dtype=np.int32).sum(dtype=np.int64))
    return round((squares - total * total / number) / number, 4)


def _laplacian(grey: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """(height - 2, width - 2) of (height, width): the sum of four neighbours less four times the pixel."""
    inside = grey[1:-1, 1:-1]
    return np.asarray(grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inside)
