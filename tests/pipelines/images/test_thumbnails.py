"""Small copies of images: upright, opaque, of any plain format; what cannot be shown says why."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from contextpairs.pipelines.images.thumbnails import NotShown, described, thumbnail
from tests.data.pairs.image_rows import picture


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims any size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_it_fits_and_keeps_its_proportions() -> None:
    assert thumbnail(picture(1, size=(400, 100)), 80).size == (80, 20)
    assert thumbnail(picture(1, "JPEG", size=(100, 400)), 80).size == (20, 80)
    assert thumbnail(picture(1, size=(24, 16)), 80).size == (24, 16)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_every_plain_format_is_shown(kind: str) -> None:
    red = saved(Image.new("RGB", (20, 20), "red"), kind)
    pixel = thumbnail(red, 20).getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert all(abs(found - expected) < 10 for found, expected in zip(pixel, (255, 0, 0), strict=True))
    assert described(red) == f"{kind}, 20 x 20 pixels, {len(red):,} bytes"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_white(mode: str) -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode)
    options = {"transparency": 0} if mode == "P" else {}
    assert thumbnail(saved(clear, "PNG", **options), 8).getpixel((4, 4)) == (255, 255, 255)


def test_sixteen_bits_keep_their_brightness() -> None:
    """Catches clipping, which shows everything above 255 of 65,535 as white."""
    grey = saved(Image.new("I;16", (8, 8), 128 * 256), "PNG")
    assert thumbnail(grey, 8).getpixel((4, 4)) == (128, 128, 128)


def test_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.new("RGB", (40, 20), "white")
    lying.paste("black", (0, 0, 20, 20))
    shown = thumbnail(saved(lying, "JPEG", exif=exif), 40)
    assert shown.size == (20, 40)
    assert shown.convert("L").getpixel((10, 5)) < 50 < shown.convert("L").getpixel((10, 35))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "decoded"),
        (b"no image at all", "decoded"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "decoded"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "decoded"),
        (picture(1, "JPEG", (64, 64))[:400], "decoded"),
        (claiming(20_000, 20_000), "pixels|decoded"),
        (claiming(8_000, 9_000), "8000 x 9000 pixels, more than 64,000,000"),
        (claiming(10, 10), "decoded"),
    ],
)
def test_what_cannot_be_shown_says_why(content: bytes, why: str) -> None:
    with pytest.raises(NotShown, match=why):
        thumbnail(content, 50)


def test_a_file_that_is_no_image_is_described_as_one() -> None:
    assert described(b"nonsense") == "not shown (no image that can be decoded: UnidentifiedImageError), 8 bytes"
