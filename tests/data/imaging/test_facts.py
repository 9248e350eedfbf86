"""Hashes that find an image again, and measures that mean what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageFilter
from pydantic import ValidationError

from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.imaging.facts import brightness, inspect, phash, pixel_hash, sharpness
from contextpairs.data.imaging.limits import MOST_PIXELS, ImageLimits
from contextpairs.data.sources.vqa.record import THUMBNAIL, ImageFacts
from tests.data.imaging.making import picture, saved

LIMITS = ImageLimits()
SETS = ("easy_vqa.parquet", "nlvr.parquet", "shapes.parquet", "tabmwp.parquet", "blindtest", "coco128")


def facts(image: Image.Image, form: str = "PNG", **options: Any) -> ImageFacts:
    found = inspect(saved(image, form, **options), LIMITS)
    assert isinstance(found, ImageFacts), found
    return found


def apart(one: int, other: int) -> int:
    """Bits in which two hashes differ."""
    return ((one ^ other) & (2**64 - 1)).bit_count()


@pytest.fixture(scope="module", params=["objects", "geometry", "charts", "tables", "diagrams"])
def drawn(request: pytest.FixtureRequest) -> Image.Image:
    return scene(request.param, 0, 1).draw()


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {"quality": 80}), ("WEBP", {"quality": 80}), ("JPEG", {"progressive": True})]
)
def test_a_hash_survives_encoding(form: str, options: dict[str, Any], drawn: Image.Image) -> None:
    first, second = facts(drawn), facts(drawn, form, **options)
    assert apart(first.phash, second.phash) <= 6
    assert first.pixel_hash != second.pixel_hash
    assert abs(first.brightness - second.brightness) < 2
    colours = (np.frombuffer(each.thumbnail, np.uint8).astype(int) for each in (first, second))
    assert np.abs(next(colours) - next(colours)).mean() <= 4


def test_a_hash_survives_another_size(drawn: Image.Image) -> None:
    half = drawn.resize((drawn.width // 2, drawn.height // 2), Image.Resampling.LANCZOS)
    assert apart(facts(drawn).phash, facts(half).phash) <= 6


def test_hashes_of_other_images_lie_apart(drawn: Image.Image) -> None:
    other = drawn.transpose(Image.Transpose.ROTATE_90)
    assert apart(facts(drawn).phash, facts(other).phash) >= 8
    changed = drawn.copy()
    changed.putpixel((0, 0), (1, 2, 3))
    assert facts(changed).pixel_hash != facts(drawn).pixel_hash


def test_the_thumbnail_sees_colours_that_the_hash_does_not() -> None:
    red, green = (Image.new("RGB", (64, 64), colour) for colour in ((110, 0, 0), (0, 56, 0)))
    one, other = facts(red), facts(green)
    assert one.phash == other.phash == 0
    assert one.thumbnail == bytes((110, 0, 0)) * THUMBNAIL**2
    assert other.thumbnail == bytes((0, 56, 0)) * THUMBNAIL**2


def test_facts_of_a_known_image() -> None:
    found = facts(Image.fromarray(picture()))
    assert (found.width, found.height, found.frames, found.format) == (96, 64, 1, "PNG")
    assert len(found.thumbnail) == 3 * THUMBNAIL**2
    assert -(2**63) <= found.phash < 2**63
    assert (len(found.image_id), len(found.pixel_hash)) == (64, 32)


def test_brightness_and_sharpness() -> None:
    assert brightness(Image.new("L", (5, 5), 37)) == 37
    assert sharpness(Image.new("L", (5, 5), 37)) == 0
    assert sharpness(Image.new("L", (2, 50), 37)) == 0
    noise = Image.fromarray(picture()).convert("L")
    soft = noise.filter(ImageFilter.GaussianBlur(2))
    assert sharpness(noise) > 10 * sharpness(soft) > 0
    grey = np.asarray(noise, np.float64)
    inner = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    assert sharpness(noise) == pytest.approx(inner.var(), abs=1e-3)
    assert brightness(noise) == pytest.approx(grey.mean(), abs=1e-3)


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a seam between the strips in which large images are looked at."""
    image = Image.fromarray(picture())
    modes = ("RGB", "RGBA", "L", "LA", "P", "I", "F", "CMYK")
    files = [saved(image.convert(mode), "TIFF" if mode in ("I", "F", "CMYK") else "PNG") for mode in modes]
    whole = [inspect(content, LIMITS) for content in files]
    monkeypatch.setattr("contextpairs.data.imaging.to_rgb.STRIP", 96 * 7)
    assert [inspect(content, LIMITS) for content in files] == whole


def test_a_size_counts_in_the_hash() -> None:
    assert pixel_hash(Image.new("RGB", (2, 8))) != pixel_hash(Image.new("RGB", (4, 4)))
    assert phash(Image.new("L", (1, 1))) == 0


def test_no_limit_lies_above_pillows_guard() -> None:
    ImageLimits(pixels=MOST_PIXELS)
    with pytest.raises(ValidationError, match="pixels"):
        ImageLimits(pixels=MOST_PIXELS + 1)


@pytest.mark.parametrize("name", SETS)
def test_real_images(name: str, shared: Path) -> None:
    """Every image of the real sets is shown, with facts that tell images apart."""
    path = shared / "vqa" / name
    if not path.exists():
        pytest.skip(f"real images not found at {path}")
    found = [inspect(content, LIMITS) for content in contents(path)]
    good = [each for each in found if isinstance(each, ImageFacts)]
    assert len(good) == len(found) >= 80
    assert all(0 < each.brightness <= 255 and each.sharpness > 0 for each in good)
    assert len({each.phash for each in good}) > len({each.pixel_hash for each in good}) // 4


def contents(path: Path) -> Iterator[bytes]:
    """At most 80 distinct images of a set."""
    if path.is_dir():
        yield from (file.read_bytes() for file in sorted((path / "images").iterdir())[:80])
    else:
        rows = pq.read_table(path, columns=["image"])["image"].to_pylist()
        yield from list(dict.fromkeys(row["bytes"] for row in rows))[:80]
