"""What is a copy and what is none, for kinds of copies on many scenes."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from contextpairs.data.imaging.alignment import Outline, SightMaps, likely
from contextpairs.data.imaging.copies import is_copy, is_resaved
from tests.data.imaging.photo_like import COPIES, cropped, jpeg, photo, scaled, with_balls

SCENES = range(6)


@pytest.fixture(scope="module")
def seen() -> list[SightMaps]:
    return [SightMaps(photo(seed)) for seed in SCENES]


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_known_in_either_direction(kind: str, seen: list[SightMaps]) -> None:
    copies = [SightMaps(COPIES[kind](photo(seed))) for seed in SCENES]
    assert all(is_copy(original, copy) for original, copy in zip(seen, copies, strict=True))
    assert all(is_copy(copy, original) for original, copy in zip(seen, copies, strict=True))


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_of_another_scene_is_none(kind: str, seen: list[SightMaps]) -> None:
    copies = [SightMaps(COPIES[kind](photo(seed))) for seed in SCENES]
    others = [(original, copies[place - 1]) for place, original in enumerate(seen)]
    assert not any(is_copy(original, copy) for original, copy in others)


def test_how_a_copy_came_about_is_named(seen: list[SightMaps]) -> None:
    said = {kind: is_copy(seen[0], SightMaps(COPIES[kind](photo(0)))) for kind in COPIES}
    assert said["recompressed"] == said["scaled"] == "resaved"
    assert said["cropped"] == said["bordered"] == said["letterboxed"] == "cropped"
    assert (said["mirrored"], said["turned"], said["recoloured"]) == ("mirrored", "turned", "recoloured")


def test_scenes_alike_in_all_that_is_broad_are_none() -> None:
    """Equal horizon and colours, other texture and things: what two photos of one beach share."""
    pictures = []
    for seed in range(4):
        chance = np.random.default_rng(seed)
        shades = np.full((240, 320, 3), (150.0, 180.0, 220.0)) - np.linspace(0, 40, 240)[:, None, None]
        shades[130:] = (190, 170, 120)
        shades += np.repeat(np.repeat(chance.normal(0, 9, (80, 107, 3)), 3, 0), 3, 1)[:240, :320]
        picture = Image.fromarray(np.clip(shades, 0, 255).astype(np.uint8))
        with_balls(picture, chance, 5)
        pictures.append(SightMaps(picture))
    assert not any(is_copy(one, other) for one in pictures for other in pictures if one is not other)


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (9, 7), (40, 40)])
def test_pictures_of_any_size_and_none_at_all_are_compared(size: tuple[int, int], seen: list[SightMaps]) -> None:
    for colour in ((0, 0, 0), (255, 255, 255)):
        flat = SightMaps(Image.new("RGB", size, colour))
        assert is_copy(flat, seen[0]) is None
        assert is_copy(seen[0], flat) is None
        assert is_copy(flat, flat) is None


def test_a_comparison_takes_little() -> None:
    large = [SightMaps(photo(seed, (1024, 768))) for seed in range(2)]
    copy = SightMaps(jpeg(photo(0, (1024, 768)), 30))
    assert is_copy(large[0], copy)
    started = time.process_time()
    for _ in range(10):
        is_copy(large[0], copy)
    assert time.process_time() - started < 10 * 0.15


def page(total: str, bar: int = 60) -> Image.Image:
    """A page of lines, with a bar of some height and a total."""
    shown = Image.new("RGB", (420, 320), "white")
    pen = ImageDraw.Draw(shown)
    for line in range(12):
        pen.text((20, 12 + 16 * line), "item " * (3 + line % 4) + str(line * 37), fill="black")
    pen.rectangle((300, 290 - bar, 330, 290), fill=(40, 90, 160))
    pen.text((20, 290), f"Total: {total}", fill="black")
    return shown


@pytest.mark.parametrize("quality", [20, 50, 95])
@pytest.mark.parametrize("factor", [0.5, 0.75, 1.0, 2.0])
def test_a_rendered_page_saved_anew_is_the_same(quality: int, factor: float) -> None:
    assert is_resaved(page("412"), jpeg(scaled(page("412"), factor), quality))
    assert is_resaved(jpeg(scaled(page("412"), factor), quality), page("412"))


@pytest.mark.parametrize("other", [page("413"), page("973"), page("412", bar=64), ImageOps.mirror(page("412"))])
def test_rendered_pages_that_differ_in_a_detail_are_two(other: Image.Image) -> None:
    assert not is_resaved(page("412"), other)
    assert not is_resaved(page("412"), cropped(page("412"), 0.03, 0.03, 0.03, 0.03))


def test_pages_that_differ_in_a_detail_are_copies_where_nothing_says_that_they_are_rendered() -> None:
    assert is_copy(SightMaps(page("412")), SightMaps(page("973")))


def test_an_outline_is_stored_in_little_and_leaves_copies_open(seen: list[SightMaps]) -> None:
    stored = [each.outline.stored() for each in seen]
    assert max(map(len, stored)) <= 1030
    for kind, copied in COPIES.items():
        copy = SightMaps(copied(photo(0))).outline
        assert likely(Outline.read(stored[0]), Outline.read(copy.stored())), kind
    assert not any(likely(Outline.read(one), Outline.read(other)) for one, other in pairwise(stored))
