"""What Pillow does: open, check the size, decode the first frame."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError, features

from contextpairs.data.imaging.jpeg import with_noise
from contextpairs.data.imaging.limits import MOST_PIXELS, ImageLimits, Refused, check_frames, check_size
from contextpairs.data.imaging.orientation import orientation
from contextpairs.data.imaging.png import check_rows
from contextpairs.data.imaging.to_rgb import in_rgb, strips

# What Pillow warns about (broken EXIF, odd tags) is no fault, and nobody reads it for 200,000 images.
warnings.filterwarnings("ignore", module=r"PIL\.")
AVIF = bool(features.check("avif"))
SLOW = ("ppm", "ppm_plain", "bmp_rle")
"""Decoders that are written in Python."""
MOST_SLOW_PIXELS = 2_000_000
"""Pixels that those may decode: two seconds or so."""
MOST_SLOW_BYTES = 24
"""Bytes of file that those may read for a pixel: numbers as text take 12, and some are padded."""
TILE_WIDTH, TILE_HEIGHT = 322, 323
FLAT = 2
"""How far samples of one colour may lie apart."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes an image upright, by orientation."""


def first_frame(content: bytes, form: str, limits: ImageLimits) -> tuple[Image.Image, int]:
    """The first frame in RGB, upright, and the number of frames that the decoder tells.

    Raises:
        Refused: a limit is exceeded, or the image is not whole.
        Exception: whatever else Pillow raises for broken files.
    """
    image = _opened(content, form, limits)
    frames = int(getattr(image, "n_frames", 1)) if form not in ("GIF", "TIFF") else 1
    check_frames(frames, limits)
    image.load()
    if form == "PNG":
        _check_last_row(content, image)
    if form == "JPEG":
        _check_last_block(content, image)
    turn = TURNS.get(orientation(image.info))
    shown = in_rgb(image, content if form == "PNG" else b"")
    # Freed first, for the turned image is a third copy of the pixels.
    del image
    return (shown if turn is None else shown.transpose(turn)), frames


def _opened(content: bytes, form: str, limits: ImageLimits) -> Image.Image:
    """An image whose header is within the limits; no pixel is decoded yet."""
    if form == "AVIF" and not AVIF:
        raise Refused("unsupported-format", "AVIF, which this build of Pillow cannot read; install one that does")
    image = _header(content, form, limits)
    if form == "PNG":
        # Its checksums; afterwards the file has to be opened anew.
        image.verify()
        image = _header(content, form, limits)
    check_size(image.size, limits)
    _check_tiles(image, limits)
    _check_slow(image, len(content))
    return image


def _header(content: bytes, form: str, limits: ImageLimits) -> Image.Image:
    try:
        return Image.open(BytesIO(content), formats=(form,))
    except UnidentifiedImageError:
        raise Refused("broken-image", f"begins as {form}, but its header cannot be read") from None
    except Image.DecompressionBombError:
        raise Refused("too-many-pixels", f"more than {MOST_PIXELS}, at most {limits.pixels} (limits.pixels)") from None


def _check_tiles(image: Any, limits: ImageLimits) -> None:
    """Refuse a TIFF of tiles larger than an image may be."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(TILE_WIDTH, 0) * tags.get(TILE_HEIGHT, 0) > limits.pixels:
        raise Refused("too-many-pixels", f"a tile larger than {limits.pixels} pixels (limits.pixels)")


def _check_slow(image: Any, size: int) -> None:
    """Refuse what a slow decoder would take minutes for."""
    if not image.tile or image.tile[0][0] not in SLOW:
        return
    pixels = image.width * image.height
    if pixels > MOST_SLOW_PIXELS:
        said = f"{image.width} x {image.height} pixels of a form that is decoded slowly"
        raise Refused("too-many-pixels", f"{said}, at most {MOST_SLOW_PIXELS} in all; save it as PNG")
    if size > MOST_SLOW_BYTES * pixels + 2**16:
        raise Refused("broken-image", f"{size} bytes for {pixels} pixels of a form that is decoded slowly")


def _check_last_row(content: bytes, image: Image.Image) -> None:
    """Refuse a PNG with rows missing. Pillow leaves those zero, so only a last row of zeros asks for a second look."""
    last = image.crop((0, image.height - 1, image.width, image.height))
    if image.info.get("interlace") or last.getbbox() is None:
        check_rows(content)


def _check_last_block(content: bytes, image: Image.Image) -> None:
    """Refuse a JPEG with pixels missing. libjpeg repeats the last one, so a last block of one colour asks for a second
    look; so does a progressive file, where what is missing is detail."""
    last = image.crop((max(0, image.width - 8), image.height - 1, image.width, image.height))
    if image.info.get("progressive") or all(high - low <= FLAT for low, high in _ranges(last)):
        again = Image.open(BytesIO(with_noise(content)), formats=("JPEG",))
        if any(
            one.tobytes() != other.tobytes() for (_, one), (_, other) in zip(strips(image), strips(again), strict=True)
        ):
            raise Refused("broken-image", "the pixels of a JPEG end before its last one; the picture is not whole")


def _ranges(image: Image.Image) -> list[tuple[int, int]]:
    """Lowest and highest sample of each band."""
    return [band.getextrema() for band in image.split()]  # type: ignore[misc]
