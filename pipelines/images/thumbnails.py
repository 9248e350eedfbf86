"""Small copies of images for people to look at. A file that cannot be shown says why instead of failing.

The files come from anywhere: only plain raster formats are opened, nothing above `MAX_PIXELS` is decoded, and large
JPEGs are decoded at the size needed.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
"""Those that Pillow decodes itself: none starts another program."""
MAX_PIXELS = 64_000_000
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N", "I")
PALETTE = ("P", "PA", "1")
Result = TypeVar("Result")


class NotShown(ValueError):
    """A file that cannot be shown as a picture; the message says why, in a few words."""


def thumbnail(content: bytes, side: int) -> Image:
    """An RGB copy of an image, upright, transparency over white, that fits into a square.

    Args:
        content: the encoded file.
        side: pixels of the square. A smaller image is not enlarged.

    Raises:
        NotShown: no image of `FORMATS`, above `MAX_PIXELS`, or damaged.
        RuntimeError: Pillow is not installed.
    """
    _require_pillow()
    return _guarded(lambda: _small(_opened(content), side))


def described(content: bytes) -> str:
    """Format, width and height in pixels and size in bytes of an encoded image, from its head alone.

    Raises:
        RuntimeError: Pillow is not installed.
    """
    _require_pillow()
    try:
        image = _guarded(lambda: _opened(content))
    except NotShown as error:
        return f"not shown ({error}), {len(content):,} bytes"
    return f"{image.format}, {image.width} x {image.height} pixels, {len(content):,} bytes"


def _require_pillow() -> None:
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise RuntimeError("looking at images needs Pillow: pip install -e '.[images]'") from error


def _guarded(work: Callable[[], Result]) -> Result:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return work()
    except NotShown:
        raise
    except Exception as error:  # decoders of damaged files raise anything: struct.error, SyntaxError, EOFError, ...
        raise NotShown(f"no image that can be decoded: {type(error).__name__}") from error


def _opened(content: bytes) -> Image:
    from PIL import Image

    image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise NotShown(f"{image.width} x {image.height} pixels, more than {MAX_PIXELS:,}")
    return image


def _small(image: Image, side: int) -> Image:
    from PIL import ImageOps

    image.draft("RGB", (side, side))
    small = _resizable(image)
    small.thumbnail((side, side))
    return _over_white(ImageOps.exif_transpose(small))


def _resizable(image: Image) -> Image:
    if image.mode in SIXTEEN_BITS:
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("RGBA") if image.mode in PALETTE else image


def _over_white(image: Image) -> Image:
    from PIL import Image

    if not image.has_transparency_data:
        return image.convert("RGB")
    colours = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours).convert("RGB")
