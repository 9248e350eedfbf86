"""Rows of one question whose pictures look most alike although their answers certainly differ.

Questions of few rows are searched in bulk: vectors are gathered and results are cleaned for many questions at once,
so that a question costs one call of FAISS. one_question.py searches the rest, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.builders.images.retrieval.approximate import approximate_search
from contextpairs.builders.images.retrieval.exact_cosines import REPELLED
from contextpairs.builders.images.retrieval.kept_neighbours import (
    NONE,
    EarlierSearch,
    KeptNeighbours,
    Marks,
    nothing_kept,
)
from contextpairs.builders.images.retrieval.one_question import APART, FEW_BARRED, SPARE, QuestionSearch, nearest_first
from contextpairs.builders.images.retrieval.question_rows import Codes, Conflicts, Rows, leads
from contextpairs.builders.images.retrieval.refresh import PartlySearched
from contextpairs.builders.images.retrieval.small_questions import SmallQuestions
from contextpairs.data.store.settings import Settings

Matrix = npt.NDArray[np.float32]
Indexes = npt.NDArray[np.int32]
Bar = tuple[int, int]
Barred = dict[int, list[Bar]]
"""By question: answers that are not certainly different."""
ANEW = 0.2
"""Share of a question's rows from which searching all of them costs less than searching those alone."""
BULK_VALUES = 1 << 20
"""Numbers gathered at a time: what stays in the processor's cache costs least."""
BULK_ROWS = 512
"""Rows of a question up to which it is searched in bulk."""


class RetrievalOptions(Settings):
    """How neighbours are searched."""

    neighbours: int = Field(default=10, ge=1, le=1000)
    """Nearest rows of another answer that are looked at for each row."""
    exact_up_to: int = Field(default=50_000, ge=1)
    """Rows of a question above which an approximate index (IVF) is searched; its recall is measured."""
    probes: int = Field(default=32, ge=1)
    """Cells of the approximate index that each row looks into; more cost time and raise recall."""
    recall_sample: int = Field(default=500, ge=1)
    """Rows of each such question that are also searched exactly, to measure recall."""
    seed: int = 0
    """Of the approximate index."""


class Recall(NamedTuple):
    """How much of the exact answer an approximate search found.

    Attributes:
        group: the question.
        rows: rows of the question.
        sampled: rows that were also searched exactly.
        recall: share of their exact neighbours that were found.
    """

    group: int
    rows: int
    sampled: int
    recall: float


class Neighbours(NamedTuple):
    """What was found for each row, nearest first; equal cosines in the order of rows.

    Attributes:
        index: row numbers, shape (n, k), -1 where there is none.
        cosine: inner products, shape (n, k), NaN where there is none.
        recalls: of the questions that were searched approximately.
    """

    index: Indexes  # type: ignore[assignment]
    cosine: Matrix
    recalls: list[Recall]


class RowCouples(NamedTuple):
    """Couples of rows, first < second, sorted, each once.

    Attributes:
        first: row numbers, shape (m,).
        second: row numbers, shape (m,).
        cosine: shape (m,).
        rank: place of one among the other's neighbours, from 0; the better of the two, shape (m,).
    """

    first: Codes
    second: Codes
    cosine: Matrix
    rank: Indexes


def search(
    vectors: Matrix, rows: Rows, conflicts: Conflicts, options: RetrievalOptions, kept: KeptNeighbours | None = None
) -> Neighbours:
    """Nearest rows of the same question with a certainly different answer.

    Args:
        vectors: unit vectors of images, shape (images, d).
        rows: what `contrastable` left, or a part of it in whole questions.
        conflicts: (question, answer, answer): answers that may mean the same.
        options: numbers of neighbours and when to approximate.
        kept: what an earlier search found that still holds. It saves time and changes nothing.

    Returns:
        Neighbours by row, for all rows. Memory is bounded: a question of n rows takes n vectors and n lists.
    """
    barred = _by_group(conflicts)
    order = np.lexsort((np.arange(len(rows)), rows.answer, rows.group))
    bulk, single = _divide(rows.take(order), barred)
    kept = kept or nothing_kept(len(rows), options.neighbours)
    found = Neighbours(kept.nearest.copy(), kept.cosine.copy(), [])
    owed = kept.owed[order]
    for bounds in _blocks([each for each in bulk if owed[slice(*each)].any()], vectors.shape[1]):
        _search_bulk(vectors, rows, barred, order, bounds, found)
    for start, end in single:
        if end - start > options.exact_up_to or owed[start:end].mean() > ANEW:
            _search_single(vectors, rows, barred, order[start:end], options, found)
        elif owed[start:end].any():
            part = PartlySearched(*_parts(vectors, rows, barred, order[start:end]))
            _put(found, *part.search(kept))
    return found


def remembered(
    mark: Marks, rows: Rows, conflicts: Conflicts, options: RetrievalOptions, found: Neighbours
) -> EarlierSearch:
    """A search as the next one can use it. Rows that were searched approximately are not known.

    Args:
        mark: identity of each row, by `contextpairs.builders.images.retrieval.kept_neighbours.marks`.
        rows: the rows that were searched.
        conflicts: as given to the search.
        options: as given to the search.
        found: its outcome.
    """
    sizes = np.bincount(rows.group)
    mark = np.where(sizes[rows.group] > options.exact_up_to, np.uint64(0), mark)
    barred = np.array(sorted(conflicts), np.int64).reshape(-1, 3)
    return EarlierSearch(mark, rows.group, rows.answer, barred, found.index, found.cosine)


def couples_of(neighbours: Neighbours) -> RowCouples:
    """The couples of all rows with their neighbours."""
    rows, k = neighbours.index.shape
    row, place = np.nonzero(neighbours.index >= 0)
    other = neighbours.index[row, place]
    # One number holds couple, rank and side: sorting it is four times as fast as sorting by several keys.
    code = np.minimum(row, other)
    for factor, term in ((max(1, rows), np.maximum(row, other)), (k, place), (2, row > other)):
        code *= factor
        code += term
    del row, place, other, term
    code.sort()
    couple = code // (2 * k)
    best = code[leads(couple)]
    couple, place = best // (2 * k), best // 2 % k
    first, second = couple // max(1, rows), couple % max(1, rows)
    cosine = neighbours.cosine[np.where(best % 2, second, first), place]
    return RowCouples(first, second, cosine, place.astype(np.int32))


def _by_group(conflicts: Conflicts) -> Barred:
    grouped: Barred = {}
    for group, one, other in sorted(conflicts):
        grouped.setdefault(group, []).append((one, other))
    return grouped


def _divide(rows: Rows, barred: Barred) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where questions begin and end in sorted rows: those that can be searched in bulk, and the others."""
    if not len(rows):
        return [], []
    starts = np.flatnonzero(leads(rows.group))
    ends = np.r_[starts[1:], len(rows)].astype(np.int64)
    answers = np.flatnonzero(leads(rows.group, rows.answer))
    first = np.searchsorted(answers, starts)
    sizes = np.diff(np.r_[answers, len(rows)])
    kinds = np.diff(np.r_[first, len(answers)])
    largest = np.maximum.reduceat(sizes, first)
    open_ones = np.array([int(group) not in barred for group in rows.group[starts]], bool)
    fits = (ends - starts <= BULK_ROWS) & ((kinds <= APART) | (largest <= FEW_BARRED) & open_ones) & (kinds > 1)
    pairs = np.stack([starts, ends], axis=1)
    return ([(int(a), int(b)) for a, b in pairs[fits]], [(int(a), int(b)) for a, b in pairs[~fits & (kinds > 1)]])


def _blocks(bounds: list[tuple[int, int]], dimension: int) -> Iterator[list[tuple[int, int]]]:
    """Questions, as many at a time as keep the gathered vectors bounded."""
    block: list[tuple[int, int]] = []
    size = 0
    for start, end in bounds:
        if block and (size + end - start) * dimension > BULK_VALUES:
            yield block
            block, size = [], 0
        block.append((start, end))
        size += end - start
    if block:
        yield block


def _search_bulk(
    vectors: Matrix, rows: Rows, barred: Barred, order: Codes, bounds: list[tuple[int, int]], found: Neighbours
) -> None:
    members = np.concatenate([order[start:end] for start, end in bounds])
    found.index[members] = NONE
    found.cosine[members] = np.nan
    sizes = np.array([end - start for start, end in bounds])
    bulk = SmallQuestions(vectors[rows.image[members]], rows.group[members], rows.answer[members], sizes)
    for place, group in enumerate(rows.group[members[bulk.starts]].tolist()):
        for one, other in barred.get(group, ()):
            bulk.repel(place, one, other)
    cosine, index, untied = bulk.search(found.index.shape[1])
    _put(found, members[untied], *nearest_first(cosine[untied], members[index[untied]]))
    for place in np.unique(bulk.question_of(~untied)).tolist():
        start, end = bounds[place]
        only = np.flatnonzero(~untied[bulk.starts[place] : bulk.starts[place] + sizes[place]])
        _search_exactly(QuestionSearch(*_parts(vectors, rows, barred, order[start:end])), found, only)


def _search_single(
    vectors: Matrix, rows: Rows, barred: Barred, members: Codes, options: RetrievalOptions, found: Neighbours
) -> None:
    """One question; `members` are its rows, sorted by answer."""
    found.index[members] = NONE
    found.cosine[members] = np.nan
    question = QuestionSearch(*_parts(vectors, rows, barred, members))
    if len(members) <= options.exact_up_to:
        _search_exactly(question, found)
        return
    for places, cosine, index in approximate_search(question, options.neighbours + SPARE, options.probes, options.seed):
        _put(found, members[places], *question.sorted(places, cosine, index))
    found.recalls.append(_recall(int(rows.group[members[0]]), question, options, found))


def _parts(vectors: Matrix, rows: Rows, barred: Barred, members: Codes) -> tuple[Matrix, Codes, Codes, list[Bar]]:
    """What a question is made of."""
    group = int(rows.group[members[0]])
    return vectors[rows.image[members]], rows.answer[members], members, barred.get(group, [])


def _search_exactly(question: QuestionSearch, found: Neighbours, only: Codes | None = None) -> None:
    for places, cosine, index in question.exact(found.index.shape[1], only):
        _put(found, question.members[places], cosine, index)


def _put(found: Neighbours, queries: Codes, cosine: Matrix, index: Codes) -> None:
    """Write sorted neighbours down; repelled and missing ones become none."""
    width = min(cosine.shape[1], found.index.shape[1])
    cosine, index = cosine[:, :width], index[:, :width]
    valid = cosine > REPELLED / 2
    found.index[queries, :width] = np.where(valid, index, NONE)
    found.cosine[queries, :width] = np.where(valid, cosine, np.nan)


def _recall(group: int, question: QuestionSearch, options: RetrievalOptions, found: Neighbours) -> Recall:
    size = len(question.members)
    sample = np.unique(np.linspace(0, size - 1, min(size, options.recall_sample)).astype(np.int64))
    expected = hits = 0
    for places, cosine, index in question.exact(options.neighbours, sample):
        valid = cosine[:, : options.neighbours] > REPELLED / 2
        got = found.index[question.members[places]]
        hits += int(((index[:, : options.neighbours, None] == got[:, None, :]).any(2) & valid).sum())
        expected += int(valid.sum())
    return Recall(group, size, len(sample), hits / expected if expected else 1.0)
