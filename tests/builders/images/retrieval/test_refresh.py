"""A search that builds on an earlier one finds what a search from scratch finds, whatever changed in between."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from contextpairs.builders.images.retrieval import search as retrieval
from contextpairs.builders.images.retrieval.exact_cosines import STEP, dots, rounded, settled
from contextpairs.builders.images.retrieval.kept_neighbours import EarlierSearch, marks, still_kept
from contextpairs.builders.images.retrieval.neighbour_cache import load_known, save_known
from contextpairs.builders.images.retrieval.question_rows import Rows
from contextpairs.builders.images.retrieval.search import Neighbours, RetrievalOptions, remembered, search

Vectors = npt.NDArray[np.float32]
Marks = npt.NDArray[np.uint64]
OPTIONS = RetrievalOptions(neighbours=4)
IMAGES = 400
CONFLICTS = {(0, 0, 1), (1, 2, 3), (1, 0, 5), (2, 0, 1)}


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small questions grow as large ones do."""
    monkeypatch.setattr(retrieval, "BULK_ROWS", 8)


def unit(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, 24)).astype(np.float32)
    vectors[40:70] = vectors[40]
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


VECTORS = unit(IMAGES)
IMAGE_MARKS = np.random.default_rng(1).integers(1, 2**62, IMAGES).astype(np.uint64)
QUESTION_MARKS = np.random.default_rng(2).integers(1, 2**62, 5).astype(np.uint64)


def all_rows(seed: int = 3) -> Rows:
    """Questions with two, twelve, three and thirty answers, and one of a few rows; an image is asked each once."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(5), [200, 150, 90, 120, 6])
    image = np.concatenate([np.sort(random.choice(IMAGES, size, replace=False)) for size in (200, 150, 90, 120, 6)])
    answer = (random.random(len(group)) ** 2 * np.array([2, 12, 3, 30, 2])[group]).astype(np.int64)
    order = np.argsort(image, kind="stable")
    return Rows(image[order], group[order], answer[order], group[order] * 0)


def mark_of(rows: Rows, vectors: Vectors = VECTORS) -> Marks:
    return marks(vectors, IMAGE_MARKS, QUESTION_MARKS, rows)


def searched(rows: Rows, conflicts: set[tuple[int, int, int]] = CONFLICTS) -> EarlierSearch:
    found = search(VECTORS, rows, conflicts, OPTIONS)
    return remembered(mark_of(rows), rows, conflicts, OPTIONS, found)


def assert_same(
    known: EarlierSearch, rows: Rows, conflicts: set[tuple[int, int, int]] = CONFLICTS, vectors: Vectors = VECTORS
) -> int:
    """Returns how many rows were not owed a search."""
    held = still_kept(known, mark_of(rows, vectors), rows, conflicts)
    again: Neighbours = search(vectors, rows, conflicts, OPTIONS, held)
    scratch = search(vectors, rows, conflicts, OPTIONS)
    np.testing.assert_array_equal(again.index, scratch.index)
    np.testing.assert_array_equal(again.cosine, scratch.cosine)
    return int((~held.owed).sum())


@pytest.mark.parametrize("seed", range(6))
def test_new_rows_among_known_ones(seed: int) -> None:
    rows = all_rows(seed)
    before = rows.take(np.flatnonzero(np.random.default_rng(seed).random(len(rows)) < 0.93))
    assert assert_same(searched(before), rows) == len(before)


def test_rows_that_are_gone_leave_lists_to_be_searched() -> None:
    rows = all_rows()
    stays = np.flatnonzero(np.random.default_rng(5).random(len(rows)) < 0.97)
    assert 0.7 * len(stays) < assert_same(searched(rows), rows.take(stays)) < len(stays)


def test_nothing_new_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = all_rows()
    known = searched(rows)
    assert assert_same(known, rows) == len(rows)
    for name in ("_search_bulk", "_search_single", "PartlySearched"):
        monkeypatch.delattr(retrieval, name)
    search(VECTORS, rows, CONFLICTS, OPTIONS, still_kept(known, mark_of(rows), rows, CONFLICTS))


def test_other_codes_for_the_same_questions_and_answers_change_nothing() -> None:
    """Codes follow the order of appearance, so a new source renumbers them."""
    rows = all_rows()
    known = searched(rows.take(np.arange(20, len(rows))))
    turned = Rows(rows.image, 4 - rows.group, 40 - rows.answer, rows.domain)
    conflicts = {(4 - group, 40 - one, 40 - other) for group, one, other in CONFLICTS}
    held = still_kept(known, marks(VECTORS, IMAGE_MARKS, QUESTION_MARKS[::-1], turned), turned, conflicts)
    assert int((~held.owed).sum()) == len(rows) - 20
    again, scratch = search(VECTORS, turned, conflicts, OPTIONS, held), search(VECTORS, turned, conflicts, OPTIONS)
    np.testing.assert_array_equal(again.index, scratch.index)


def test_a_question_whose_answers_or_bars_changed_is_searched_anew() -> None:
    rows = all_rows()
    known = searched(rows)
    fewer = CONFLICTS - {(1, 2, 3)}
    assert assert_same(known, rows, fewer) == len(rows) - 150
    assert assert_same(known, rows, CONFLICTS | {(3, 0, 1)}) == len(rows) - 120
    joined = np.where((rows.group == 2) & (rows.answer == 2), 1, rows.answer)
    assert assert_same(known, Rows(rows.image, rows.group, joined, rows.domain)) == len(rows) - 90
    parted = np.where((rows.group == 0) & (rows.image % 2 == 0), 7, rows.answer)
    assert assert_same(known, Rows(rows.image, rows.group, parted, rows.domain)) == len(rows) - 200


def test_another_order_of_rows_is_searched_anew() -> None:
    rows = all_rows()
    assert assert_same(searched(rows), rows.take(np.arange(len(rows))[::-1])) == 0


def test_another_vector_of_an_image_is_another_row() -> None:
    rows = all_rows()
    vectors = VECTORS.copy()
    vectors[10] = np.nextafter(vectors[10], np.float32(2))
    held = still_kept(searched(rows), mark_of(rows, vectors), rows, CONFLICTS)
    assert set(rows.image[held.new].tolist()) == {10}
    assert_same(searched(rows), rows, vectors=vectors)


def test_what_was_searched_approximately_is_not_known() -> None:
    rows = all_rows()
    options = OPTIONS.model_copy(update={"exact_up_to": 130, "probes": 2, "recall_sample": 20})
    found = search(VECTORS, rows, CONFLICTS, options)
    assert {recall.group for recall in found.recalls} == {0, 1}
    known = remembered(mark_of(rows), rows, CONFLICTS, options, found)
    held = still_kept(known, mark_of(rows), rows, CONFLICTS)
    assert set(rows.group[held.new].tolist()) == {0, 1}
    again = search(VECTORS, rows, CONFLICTS, options, held)
    np.testing.assert_array_equal(again.index, found.index)
    assert again.recalls == found.recalls
    assert_same(known, rows)


def test_a_search_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    known = searched(all_rows())
    assert load_known(str(tmp_path), "key", "1") is None
    save_known(str(tmp_path), "key", "1", known)
    for one, other in zip(load_known(str(tmp_path), "key", "1") or (), known, strict=True):
        np.testing.assert_array_equal(one, other)
    assert load_known(str(tmp_path), "key", "2") is None
    file = tmp_path / "key.npz"
    for length in (0, 10, len(file.read_bytes()) // 2, len(file.read_bytes()) - 1):
        (tmp_path / "cut.npz").write_bytes(file.read_bytes()[:length])
        assert load_known(str(tmp_path), "cut", "1") is None
    save_known("memory://neighbours", "key", "1", known)
    assert load_known("memory://neighbours", "key", "1") is not None


def test_a_cosine_depends_on_its_two_vectors_alone() -> None:
    """Errors of single precision, of any sign, never reach what is compared."""
    vectors = unit(300, 7)
    rows, others = np.arange(300), np.random.default_rng(0).integers(0, 300, (300, 20))
    exact = np.stack([dots(vectors, rows, other) for other in others.T], axis=1)
    for error in (-1e-7, 0.0, 1e-7, 4e-7):
        noisy = (exact + error).astype(np.float32)
        np.testing.assert_array_equal(settled(noisy, vectors, rows, others), rounded(exact))


def test_rounding_keeps_the_order() -> None:
    cosine = np.sort(np.random.default_rng(0).uniform(-1, 1, 5000))
    cosine[-2000:] = np.linspace(0.9985, 1.0, 2000)
    found = rounded(cosine)
    assert (np.diff(found) >= 0).all()
    assert np.abs(found - cosine).max() <= 0.51 * STEP
    assert np.abs(found - cosine)[cosine > 0.9991].max() < 1e-6


def test_a_search_of_no_rows_is_none_to_build_on(tmp_path: Path) -> None:
    """As a build leaves it whose mapping read no question: the next one must search, not fail."""
    nothing = all_rows().take(np.zeros(0, np.int64))
    empty = EarlierSearch(
        np.zeros(0, np.uint64), nothing.group, nothing.answer, np.zeros((0, 3), np.int64),
        np.zeros((0, 4), np.int32), np.zeros((0, 4), np.float32),
    )  # fmt: skip
    assert assert_same(empty, all_rows()) == 0
    save_known(str(tmp_path), "a", "1", empty)
    assert load_known(str(tmp_path), "a", "1") is None


@pytest.mark.parametrize("field", EarlierSearch._fields)
def test_columns_that_do_not_fit_together_are_as_good_as_none(field: str, tmp_path: Path) -> None:
    known = searched(all_rows())
    save_known(str(tmp_path), "a", "1", known)
    assert load_known(str(tmp_path), "a", "1") is not None
    for broken in (getattr(known, field)[:-1].ravel(), getattr(known, field).astype(str)):
        save_known(str(tmp_path), "a", "1", known._replace(**{field: broken}))
        assert load_known(str(tmp_path), "a", "1") is None
