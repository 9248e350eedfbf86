"""Images on their way out: as PNG, in a data URL, as a small copy for people to look at."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

from contextpairs.data.imaging.decoding import Decoded, decoded, rgb
from contextpairs.data.imaging.limits import Fault, ImageLimits, Refused
from contextpairs.data.imaging.structure import format_of

if TYPE_CHECKING:
    from PIL.Image import Image

COMMON = ("PNG", "JPEG", "WEBP", "GIF")
"""Formats that every endpoint and every browser takes."""
LOOKED_AT = ImageLimits(bytes=2**30, pixels=64_000_000, frames=2**31, aspect=1e6)
"""What is opened for people to look at: whatever was published, as long as it fits into memory."""


def as_png(image: Image, level: int = 6) -> bytes:
    """The PNG file of an image: equal pixels, equal bytes, for nothing goes in that the image was opened with.

    Args:
        image: of any mode; the file is RGB.
        level: of compression, 0 to 9.
    """
    plain = image.convert("RGB")
    plain.info = {}
    return _encoded(plain, "PNG", compress_level=level)


def _encoded(image: Image, form: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_of(content: bytes, limits: ImageLimits) -> bytes:
    """The first frame of an image file as a PNG file.

    Raises:
        ValueError: the image is set aside; says why.
    """
    return as_png(rgb(content, limits))


def common_format(content: bytes) -> str | None:
    """The format by content where everybody takes it as it is; None for any other, and for what is no image."""
    try:
        form = format_of(content)
    except Refused:
        return None
    return form if form in COMMON else None


def data_url(content: bytes) -> str:
    """The file in a URL of its own, under the media type that its content has.

    Raises:
        ValueError: it is no image file.
    """
    try:
        form = format_of(content)
    except Refused as error:
        raise ValueError(f"begins with {content[:12]!r}; expected an image file") from error
    return f"data:image/{form.lower()};base64,{base64.b64encode(content).decode()}"


def shown(content: bytes) -> Decoded | Fault:
    """An image for people to look at, or why there is none; never raises for bad input.

    Raises:
        RuntimeError: Pillow is not installed.
    """
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise RuntimeError("looking at images needs Pillow: pip install -e '.[images]'") from error
    return decoded(content, LOOKED_AT)


def thumbnail(image: Image, side: int) -> Image:
    """A copy of an image that fits into a square.

    Args:
        image: RGB.
        side: pixels of the square. A smaller image is not enlarged.
    """
    small = image.copy()
    small.thumbnail((side, side))
    return small


def described(content: bytes, found: Decoded | Fault) -> str:
    """Format, width and height in pixels and size in bytes of an encoded image, or why it is not shown.

    Args:
        content: the file.
        found: what `shown` gave for it.
    """
    if isinstance(found, Fault):
        return f"not shown ({found.reason}: {found.detail}), {len(content):,} bytes"
    return f"{found.format}, {found.image.width} x {found.image.height} pixels, {len(content):,} bytes"
