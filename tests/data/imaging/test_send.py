"""Images on their way out: PNG files, data URLs, small copies; what cannot be shown says why."""

from __future__ import annotations

import base64
import zlib

import pytest
from PIL import Image

from contextpairs.data.imaging.limits import Fault, ImageLimits
from contextpairs.data.imaging.plain import sendable
from contextpairs.data.imaging.send import as_png, data_url, described, png_of, shown, thumbnail
from tests.data.imaging.making import SIGNATURE, chunk, header, saved
from tests.data.pairs.image_rows import picture


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims any size."""
    return SIGNATURE + header(width, height, 8, 2) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def small(content: bytes, side: int) -> Image.Image:
    found = shown(content)
    assert not isinstance(found, Fault), found
    return thumbnail(found.image, side)


def test_equal_pixels_are_equal_files() -> None:
    """Whatever an image was opened with would otherwise go into its file."""
    image = Image.linear_gradient("L").convert("RGB")
    noted = image.copy()
    noted.info.update({"icc_profile": b"x" * 200, "dpi": (300, 300), "transparency": (1, 2, 3)})
    assert as_png(noted) == as_png(image) == saved(image, "PNG")
    assert png_of(saved(image, "BMP"), ImageLimits()) == as_png(image)
    assert len(as_png(image, level=1)) > len(as_png(image))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_everybody_takes_goes_as_it_came(kind: str) -> None:
    content = saved(Image.new("RGB", (20, 20), "red"), kind)
    assert sendable(content, lambda _: b"") is content
    head, _, body = data_url(content).partition(",")
    assert head == f"data:image/{kind.lower()};base64"
    assert base64.b64decode(body) == content


def test_what_an_endpoint_may_show_otherwise_is_converted() -> None:
    """A judge sees the picture that was checked: no photo on its side, no black where the picture is transparent."""
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = saved(Image.new("RGB", (20, 10), "red"), "JPEG", exif=exif)
    holes = saved(Image.new("RGBA", (20, 10), (0, 0, 0, 0)), "PNG")
    for content in (turned, holes):
        assert sendable(content, lambda same: png_of(same, ImageLimits())) == png_of(content, ImageLimits())
    with pytest.raises(ValueError, match="broken-image"):
        sendable(SIGNATURE, lambda same: png_of(same, ImageLimits()))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PPM"])
def test_what_not_everybody_takes_is_converted(kind: str) -> None:
    content = saved(Image.new("RGB", (20, 20), "red"), kind)
    assert sendable(content, lambda _: as_png(Image.new("RGB", (1, 1)))).startswith(SIGNATURE)
    with pytest.raises(ValueError, match="the converter gave no PNG"):
        sendable(content, lambda same: same)
    assert data_url(content).startswith(f"data:image/{kind.lower()};base64,")


def test_it_fits_and_keeps_its_proportions() -> None:
    assert small(picture(1, size=(400, 100)), 80).size == (80, 20)
    assert small(picture(1, "JPEG", size=(100, 400)), 80).size == (20, 80)
    assert small(picture(1, size=(24, 16)), 80).size == (24, 16)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_every_plain_format_is_shown(kind: str) -> None:
    red = saved(Image.new("RGB", (20, 20), "red"), kind)
    pixel = small(red, 20).getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert all(abs(found - expected) < 10 for found, expected in zip(pixel, (255, 0, 0), strict=True))
    assert described(red, shown(red)) == f"{kind}, 20 x 20 pixels, {len(red):,} bytes"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_white(mode: str) -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0)).convert(mode)
    options = {"transparency": 0} if mode == "P" else {}
    assert small(saved(clear, "PNG", **options), 8).getpixel((4, 4)) == (255, 255, 255)


def test_sixteen_bits_keep_their_brightness() -> None:
    """Catches clipping, which shows everything above 255 of 65,535 as white."""
    grey = saved(Image.new("I;16", (8, 8), 128 * 256), "PNG")
    assert small(grey, 8).getpixel((4, 4)) == (128, 128, 128)


def test_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.new("RGB", (40, 20), "white")
    lying.paste("black", (0, 0, 20, 20))
    copy = small(saved(lying, "JPEG", exif=exif), 40)
    assert copy.size == (20, 40)
    assert copy.convert("L").getpixel((10, 5)) < 50 < copy.convert("L").getpixel((10, 35))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty-file: no bytes"),
        (b"no image at all", "no-image: begins with b'no image at"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unsupported-format: markup"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no-image: begins"),
        (picture(1, "JPEG", (64, 64))[:400], "broken-image: "),
        (claiming(20_000, 20_000), "too-many-pixels: "),
        (claiming(8_000, 9_000), "too-many-pixels: 8000 x 9000 pixels, at most 64000000"),
        (claiming(10, 10), "broken-image: "),
    ],
)
def test_what_cannot_be_shown_says_why(content: bytes, why: str) -> None:
    found = shown(content)
    assert isinstance(found, Fault)
    said = described(content, found)
    assert said.startswith(f"not shown ({why}")
    assert said.endswith(f"), {len(content):,} bytes")
