"""Neighbours with another answer: as exact as looking at everything, whatever the question's shape."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from contextpairs.builders.images.retrieval import one_question as question
from contextpairs.builders.images.retrieval import search as retrieval
from contextpairs.builders.images.retrieval.exact_cosines import STEP, rounded
from contextpairs.builders.images.retrieval.question_rows import Rows, contrastable, count
from contextpairs.builders.images.retrieval.search import RetrievalOptions, couples_of, search

Vectors = npt.NDArray[np.float32]


def unit(count: int, dimension: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def table(group: list[int], answer: list[int], image: list[int] | None = None) -> Rows:
    images = list(range(len(group))) if image is None else image
    return Rows(*(np.array(column, np.int64) for column in (images, group, answer, [0] * len(group))))


def looking_at_everything(
    vectors: Vectors, rows: Rows, conflicts: set[tuple[int, int, int]], k: int
) -> npt.NDArray[np.int64]:
    found = np.full((len(rows), k), -1, np.int64)
    both_ways = conflicts | {(group, other, one) for group, one, other in conflicts}
    own = vectors[rows.image].astype(np.float64)
    cosine = rounded(own @ own.T)
    for row in range(len(rows)):
        group, answer = int(rows.group[row]), int(rows.answer[row])
        others = [
            (-cosine[row, other], other)
            for other in np.flatnonzero((rows.group == group) & (rows.answer != answer)).tolist()
            if (group, answer, int(rows.answer[other])) not in both_ways
        ]
        nearest = [other for _, other in sorted(others)[:k]]
        found[row, : len(nearest)] = nearest
    return found


SIZES = [230, 130, 70, 70, 30, 12, 12, 12, 2, 1]
ANSWERS = [2, 40, 9, 3, 1, 12, 3, 2, 2, 1]


def mixed_rows(seed: int) -> Rows:
    """Questions of all kinds: yes or no, many rare answers, a few frequent ones, one answer only."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(SIZES)), SIZES)
    answer = (random.random(len(group)) ** 2 * np.array(ANSWERS)[group]).astype(np.int64)
    shuffled = random.permutation(len(group))
    return Rows(random.integers(0, 300, len(group)), group[shuffled], answer[shuffled], group * 0)


CONFLICTS = [
    set[tuple[int, int, int]](),
    {(0, 0, 1)},
    {(1, 0, 1), (1, 9, 2), (3, 0, 2), (6, 2, 1), (2, 3, 4), (2, 3, 5)},
]


@pytest.mark.parametrize(("conflicts", "small"), list(product(CONFLICTS, [True, False])))
def test_equal_to_looking_at_everything(
    conflicts: set[tuple[int, int, int]], small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every way of searching is taken: with bounds as they are, and with bounds so low that small data meets all."""
    if small:
        for module in (question, retrieval):
            monkeypatch.setattr(module, "FEW_BARRED", 3)
        monkeypatch.setattr(question, "MANY_ROWS", 40)
        monkeypatch.setattr(question, "WORTHWHILE", 1000)
        monkeypatch.setattr(retrieval, "BULK_ROWS", 8)
    vectors = unit(300, 24)
    vectors[50:90] = vectors[50]
    rows = mixed_rows(seed=len(conflicts))
    found = search(vectors, rows, conflicts, RetrievalOptions(neighbours=5))
    expected = looking_at_everything(vectors, rows, conflicts, 5)
    np.testing.assert_array_equal(found.index, expected)
    there = expected >= 0
    cosine = (vectors[rows.image][:, None] * vectors[rows.image[expected]]).sum(2)
    np.testing.assert_allclose(found.cosine[there], cosine[there], atol=0.51 * STEP)
    assert np.isnan(found.cosine[~there]).all()


@pytest.mark.parametrize("rows", [120, 1500])
def test_ties_go_to_the_first_rows(rows: int) -> None:
    """FAISS alone returns equal neighbours in no promised order, and another set of them for another block size."""
    vectors = np.repeat(unit(1, 16), rows, axis=0)
    found = search(vectors, table([0] * rows, [row % 2 for row in range(rows)]), set(), RetrievalOptions(neighbours=3))
    assert found.index[0].tolist() == [1, 3, 5]
    assert found.index[1].tolist() == found.index[rows - 1].tolist() == [0, 2, 4]


def test_another_answer_is_found_behind_many_equal_ones() -> None:
    """The nearest thousand have the same answer: a search for ten that drops them afterwards would find nothing."""
    vectors = unit(1201, 8)
    vectors[:1200] = vectors[0] + 0.01 * vectors[:1200]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = search(vectors, table([0] * 1201, [0] * 1200 + [1]), set(), RetrievalOptions())
    assert (found.index[:1200, 0] == 1200).all()
    assert (found.index[:1200, 1:] == -1).all()


def test_a_couple_is_named_once_with_its_better_rank() -> None:
    vectors = np.array([[1, 0], [0.9, 0.1], [0.8, 0.3], [0, 1]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = couples_of(search(vectors, table([0] * 4, [0, 1, 1, 1]), set(), RetrievalOptions(neighbours=2)))
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [(0, 1), (0, 2), (0, 3)]
    assert found.rank.tolist() == [0, 0, 0]
    np.testing.assert_allclose(found.cosine, vectors[0] @ vectors[1:].T, atol=0.51 * STEP)


def test_no_rows_no_candidates() -> None:
    found = search(unit(1, 4), table([], []), set(), RetrievalOptions())
    assert len(couples_of(found).first) == 0


def test_an_approximate_search_keeps_the_restriction_and_measures_its_recall() -> None:
    vectors, answers = unit(3000, 32), np.random.default_rng(0).integers(0, 3, 3000).tolist()
    rows = table([7] * 3000, answers)
    conflicts = {(7, 0, 1)}
    options = RetrievalOptions(neighbours=5, exact_up_to=1000, probes=8, recall_sample=200)
    found = search(vectors, rows, conflicts, options)
    (recall,) = found.recalls
    assert (recall.group, recall.rows, recall.sampled) == (7, 3000, 200)
    assert 0.3 < recall.recall < 1
    exact = search(vectors, rows, conflicts, RetrievalOptions(neighbours=5))
    assert exact.recalls == []
    sample = np.unique(np.linspace(0, 2999, 200).astype(int))
    by_answer = np.lexsort((np.arange(3000), rows.answer))[sample]
    hits = (found.index[by_answer][:, :, None] == exact.index[by_answer][:, None, :]).any(2)
    assert recall.recall == pytest.approx(hits.mean())
    met = set(
        zip(
            rows.answer[np.repeat(np.arange(3000), 5)].tolist(),
            rows.answer[found.index.reshape(-1)].tolist(),
            strict=True,
        )
    )
    assert met == {(0, 2), (1, 2), (2, 0), (2, 1)}
    np.testing.assert_array_equal(found.index, search(vectors, rows, conflicts, options).index)
    whole = search(vectors, rows, conflicts, options.model_copy(update={"probes": 10_000}))
    assert whole.recalls[0].recall == 1.0


def test_a_question_without_another_answer_has_no_neighbours() -> None:
    rows = table([0] * 5 + [1] * 40, [3] * 45)
    assert (search(unit(45, 8), rows, set(), RetrievalOptions()).index == -1).all()


def test_rows_that_cannot_stand_in_a_contrast() -> None:
    """Pictures: 0 twice with one answer, 1 twice with two answers, 2 and 3 once."""
    picture = np.array([0, 0, 1, 1, 2, 3])
    rows = table([0, 0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, -1, 0, 0], image=[0, 1, 2, 3, 4, 5, 4, 5])
    left, gone = contrastable(rows, picture)
    assert left.tolist() == [0, 4]
    assert {reason: places.tolist() for reason, places in gone.items()} == {
        "duplicate-picture": [1],
        "contradictory": [2, 3],
        "unclear-answer": [5],
        "only-answer": [6, 7],
    }
    assert count(gone).total() == 6


def test_an_answer_that_may_be_every_other_one_compares_with_nothing() -> None:
    """Answers 0 and 1 of the first question differ, 2 may be either; those of the second may be one."""
    rows = table([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], image=[0, 1, 2, 3, 4])
    left, gone = contrastable(rows, np.arange(5), {(0, 0, 2), (0, 2, 1), (1, 0, 1)})
    assert left.tolist() == [0, 1]
    assert {reason: places.tolist() for reason, places in gone.items()} == {"no-comparable-answer": [2, 3, 4]}


def test_what_is_contradicted_in_one_question_is_believed_in_another() -> None:
    rows = table([0, 0, 0, 1, 1], [0, 1, 0, 0, 1], image=[0, 1, 2, 0, 2])
    left, gone = contrastable(rows, np.array([5, 5, 6]))
    assert left.tolist() == [3, 4]
    assert {reason: places.tolist() for reason, places in gone.items()} == {"contradictory": [0, 1], "only-answer": [2]}


def test_the_number_of_threads_changes_nothing() -> None:
    import faiss

    rows, vectors = mixed_rows(3), unit(300, 24)
    options = RetrievalOptions(exact_up_to=200)
    before = faiss.omp_get_max_threads()
    results = []
    for threads in (1, 2):
        faiss.omp_set_num_threads(threads)
        results.append(search(vectors, rows, set(), options))
    faiss.omp_set_num_threads(before)
    np.testing.assert_array_equal(results[0].index, results[1].index)
    assert results[0].recalls == results[1].recalls


def test_bulk_and_single_searches_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, vectors = mixed_rows(4), unit(300, 24)
    whole = search(vectors, rows, CONFLICTS[2], RetrievalOptions())
    monkeypatch.setattr(retrieval, "BULK_ROWS", 0)
    np.testing.assert_array_equal(whole.index, search(vectors, rows, CONFLICTS[2], RetrievalOptions()).index)
