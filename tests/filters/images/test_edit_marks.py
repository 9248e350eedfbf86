"""The classifier of patch statistics finds what marks edits, and nothing where nothing does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module

import numpy as np
import numpy.typing as npt
import pytest
from threadpoolctl import threadpool_limits

from contextpairs.filters.evidence.baselines import LEARNABLE
from contextpairs.filters.images.edit_marks import EDITED_OR_NOT, MarkedCouple, edited_or_not, statistics

NUMBER = 80
Pixels = npt.NDArray[np.uint8]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As the audit runs it: on a busy machine the threads of these small trees wait for each other."""
    import_module("sklearn.ensemble")
    with threadpool_limits(1):
        yield


def scenes(number: int, seed: int, side: int = 64) -> list[Pixels]:
    """Flat grounds with a flat square each."""
    random, pictures = np.random.default_rng(seed), []
    for _ in range(number):
        picture = np.full((side, side, 3), random.integers(200, 250), np.uint8)
        top, left = random.integers(0, side - 8, 2)
        picture[top : top + 8, left : left + 8] = random.integers(0, 200, 3)
        pictures.append(picture)
    return pictures


def changed(picture: Pixels) -> Pixels:
    """An edit that leaves no mark."""
    return picture[::-1].copy()


def speck(picture: Pixels) -> Pixels:
    marked = picture.copy()
    marked[-1, 0] -= 40
    return marked


def tint(picture: Pixels) -> Pixels:
    return picture - np.array([3, 0, 0], np.uint8)


def noise(picture: Pixels) -> Pixels:
    marked: Pixels = picture + np.random.default_rng(0).integers(0, 3, picture.shape, np.uint8)
    return marked


def couples(originals: list[Pixels], edits: list[Pixels]) -> list[MarkedCouple]:
    return [MarkedCouple(*each, f"group {at}") for at, each in enumerate(zip(originals, edits, strict=True))]


@pytest.mark.parametrize("mark", [speck, tint, noise])
def test_a_mark_on_every_edit_is_found(mark: object) -> None:
    edits = [mark(changed(picture)) for picture in scenes(NUMBER, 1)]  # type: ignore[operator]
    (found,) = edited_or_not(couples(scenes(NUMBER, 1), edits))
    assert found.name == EDITED_OR_NOT
    assert found.rows == 2 * NUMBER
    assert found.accuracy > 0.9
    assert found.low < found.accuracy <= found.high + 1e-9


def test_the_same_mark_on_both_sides_tells_nothing() -> None:
    both = couples(*([noise(picture) for picture in scenes(200, seed)] for seed in (1, 2)))
    (found,) = edited_or_not(both)
    assert found.low <= 0.5 <= found.high
    same = scenes(NUMBER, 1)
    assert edited_or_not(couples(same, same))[0].accuracy == 0.5


def test_every_run_says_the_same_in_little_time() -> None:
    given = couples(scenes(300, 1), scenes(300, 2))
    begin = time.process_time()
    first = edited_or_not(given)
    assert time.process_time() - begin < 10
    assert edited_or_not(given) == first


def test_too_few_couples_are_not_asked() -> None:
    assert edited_or_not(couples(scenes(LEARNABLE - 1, 1), scenes(LEARNABLE - 1, 2))) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (15, 17), (64, 64), (301, 40)])
def test_a_picture_of_any_size_has_finite_statistics(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    found = statistics([picture, 255 - picture])
    assert found.shape[0] == 2
    assert np.isfinite(found).all()
    assert found.shape[1] == statistics([np.zeros((64, 64, 3), np.uint8)]).shape[1]
