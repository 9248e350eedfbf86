"""Which pictures are compared: those asked the same, nearest by vector or by a thumbnail that no turn changes."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from contextpairs.builders.images.retrieval import copy_candidates
from contextpairs.builders.images.retrieval.copy_candidates import (
    contradictions,
    photo_candidates,
    rendered_candidates,
    unturned,
)
from contextpairs.builders.images.retrieval.question_rows import Rows
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.imaging.looks import Looks
from contextpairs.data.sources.vqa.record import ImageFacts
from tests.data.imaging.photo_like import COPIES, Picture, photo


def facts(picture: Picture) -> ImageFacts:
    file = BytesIO()
    picture.save(file, "PNG")
    found = inspect(file.getvalue(), ImageLimits())
    assert isinstance(found, ImageFacts)
    return found


def rows_of(answers: list[int], questions: list[int] | None = None) -> Rows:
    number = np.arange(len(answers))
    return Rows(number, np.array(questions or [0] * len(answers)), np.array(answers), number * 0)


@pytest.mark.parametrize("kind", ["mirrored", "turned", "grey", "recompressed", "scaled"])
def test_turned_and_grey_copies_are_found_where_the_encoder_sees_nothing(kind: str) -> None:
    """Forty scenes, each with its copy under another answer, and vectors that tell nothing."""
    originals = [photo(seed) for seed in range(40)]
    seen = Looks.of([facts(each) for each in (*originals, *map(COPIES[kind], originals))])
    vectors = np.eye(80, 96, dtype=np.float32)
    found = photo_candidates(vectors, rows_of(list(range(80))), seen, 0)
    couples = set(map(tuple, found.tolist()))
    assert sum((place, place + 40) in couples for place in range(40)) >= 36


def test_a_turn_changes_no_unturned_thumbnail() -> None:
    thumbnail = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)
    turns = [np.rot90(each, quarters) for each in (thumbnail, thumbnail[:, ::-1]) for quarters in range(4)]
    assert unturned(np.zeros((0, 768), np.uint8)).shape == (0, 128)
    vectors = unturned(np.stack(turns).reshape(8, -1))
    np.testing.assert_allclose(vectors, np.repeat(vectors[:1], 8, 0), atol=1e-5)


def test_the_nearest_by_vector_are_compared_and_none_of_another_question_or_the_same_answer() -> None:
    seen = Looks.of([facts(photo(seed)) for seed in range(4)])
    vectors = np.eye(4, dtype=np.float32)
    assert photo_candidates(vectors, rows_of([0, 1, 1, 0], [0, 0, 1, 1]), seen, 0).tolist() == [[0, 1], [2, 3]]
    assert len(photo_candidates(vectors, rows_of([5, 5, 5, 5]), seen, 0)) == 0
    assert len(photo_candidates(vectors, rows_of([]), seen, 0)) == 0


@pytest.mark.parametrize("exact_up_to", [50_000, 1])
def test_rendered_pictures_are_compared_where_hash_and_thumbnail_are_near(
    exact_up_to: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy_candidates, "EXACT_UP_TO", exact_up_to)
    pictures = [photo(0), COPIES["recompressed"](photo(0)), photo(1), photo(0).rotate(180)]
    seen = Looks.of([facts(each) for each in pictures])

    def found(answers: list[int], images: list[int]) -> list[list[int]]:
        return [[*each] for each in rendered_candidates(rows_of(answers), seen, np.array(images, int), 0)]

    assert found([0, 1, 2, 3], [0, 1, 2, 3]) == [[0, 1]]
    assert found([0, 0, 0, 0], [0, 1, 2, 3]) == []
    assert found([0, 1, 2, 3], [0, 2, 3]) == []
    assert found([], []) == []


def test_of_many_rendered_pictures_the_one_saved_anew_is_among_the_nearest() -> None:
    chance = np.random.default_rng(0)
    thumbnails = np.repeat(chance.integers(0, 255, (3000, 768), np.uint8), 2, axis=0)
    thumbnails[1::2] = np.clip(thumbnails[1::2].astype(int) + chance.integers(-9, 10, (3000, 768)), 0, 255)
    seen = Looks(np.arange(6000), np.repeat(np.arange(3000, dtype=np.uint64), 2), thumbnails)
    couples = rendered_candidates(rows_of(list(range(6000))), seen, np.arange(6000), 0)
    assert len(couples) >= 2970
    assert (couples[:, 0] // 2 == couples[:, 1] // 2).all()


def test_rows_contradict_each_other_by_question() -> None:
    """Equal pixels share what is true of one."""
    rows = Rows(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0]), np.array([5, 6, 5, 7, 8]), np.zeros(5, int))
    pictures = np.array([0, 1, 1])
    assert contradictions(rows, pictures, np.array([[0, 1]])).tolist() == [[0, 0, 4], [0, 1, 3]]
    assert contradictions(rows, pictures, np.zeros((0, 2), int)).tolist() == []
