"""What an earlier search found, and which of it still holds for rows of which some are new.

Among rows that both searches saw, neighbours are the same as long as answers that were one still are, barred ones still
are, and the rows stand in the same order. Then only what is new has to be searched (see refresh.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.question_rows import Codes, Conflicts, Rows

Matrix = npt.NDArray[np.float32]
Marks = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
NONE = -1
BLOCK = 1 << 12


class EarlierSearch(NamedTuple):
    """A search that was made, by row.

    Attributes:
        mark: identity of each row, shape (n,): equal ones ask one question of one image with one vector.
        group: code of the question, shape (n,).
        answer: code of the answer within its question, shape (n,).
        barred: (question, answer, answer) that were not compared, shape (c, 3).
        nearest: neighbours as row numbers, -1 where there is none, shape (n, k).
        cosine: theirs, shape (n, k).
    """

    mark: Marks
    group: Codes
    answer: Codes
    barred: Codes
    nearest: npt.NDArray[np.int32]
    cosine: Matrix


class KeptNeighbours(NamedTuple):
    """What holds of it, by row of the new search.

    Attributes:
        nearest: neighbours among the rows that both searches saw, shape (n, k).
        cosine: theirs.
        new: rows that no list saw, shape (n,).
        owed: rows without a list of their own: the new ones, and those that lost a neighbour, shape (n,).
    """

    nearest: npt.NDArray[np.int32]
    cosine: Matrix
    new: Bools
    owed: Bools


def nothing_kept(rows: int, neighbours: int) -> KeptNeighbours:
    """Where there was no earlier search."""
    all_of_them = np.ones(rows, bool)
    index = np.full((rows, neighbours), NONE, np.int32)
    return KeptNeighbours(index, np.full(index.shape, np.nan, np.float32), all_of_them, all_of_them)


def marks(vectors: Matrix, images: Marks, questions: Marks, rows: Rows) -> Marks:
    """Identity of each row.

    Args:
        vectors: of images, shape (images, d).
        images: identity of each image.
        questions: identity of each question, by its code.
        rows: the rows.
    """
    shown = _mixed(images ^ _checksum(vectors))
    return _mixed(shown[rows.image] ^ _mixed(questions)[rows.group])


def still_kept(earlier: EarlierSearch, mark: Marks, rows: Rows, conflicts: Conflicts) -> KeptNeighbours:
    """Lists that are still true among the rows that they saw; all rows of a question go if one thing in it changed."""
    before = _places(earlier.mark, mark)
    bad = _unlike(earlier, before, rows, conflicts)
    before[bad[rows.group]] = NONE
    after = np.full(len(earlier.mark), NONE, np.int32)
    there = np.flatnonzero(before >= 0)
    after[before[there]] = there
    index = np.full((len(rows), earlier.nearest.shape[1]), NONE, np.int32)
    cosine = np.full(index.shape, np.nan, np.float32)
    stored = earlier.nearest[before[there]]
    index[there] = np.where(stored >= 0, after[stored], NONE)
    cosine[there] = earlier.cosine[before[there]]
    owed = before < 0
    owed[there] = ((stored >= 0) & (index[there] < 0)).any(axis=1)
    index[owed], cosine[owed] = NONE, np.nan
    return KeptNeighbours(index, cosine, before < 0, owed)


def _places(known: Marks, mark: Marks) -> Codes:
    """Where each mark stands among the known ones, -1 where it does not, or stands twice."""
    if not len(known):
        return np.full(len(mark), NONE, np.int64)
    order = np.argsort(known, kind="stable")
    ordered = known[order]
    at = np.minimum(np.searchsorted(ordered, mark), len(known) - 1)
    found = np.where(ordered[at] == mark, order[at], NONE)
    twice = np.bincount(found[found >= 0], minlength=len(known)) > 1
    found[(found >= 0) & twice[found]] = NONE
    return found.astype(np.int64)


def _unlike(earlier: EarlierSearch, before: Codes, rows: Rows, conflicts: Conflicts) -> Bools:
    """Questions, by code, whose answers, bars or order are others than they were."""
    bad = np.zeros(int(rows.group.max(initial=-1)) + 1, bool)
    there = np.flatnonzero(before >= 0)
    both, was = rows.take(there), before[there]
    width = max(int(each.max(initial=0)) for each in (rows.answer, earlier.answer)) + 1
    now, then = both.group * width + both.answer, earlier.group[was] * width + earlier.answer[was]
    bad[both.group[_leads_elsewhere(now, then) | _leads_elsewhere(then, now)]] = True
    order = np.argsort(both.group, kind="stable")
    turned = (np.diff(was[order]) < 0) & (np.diff(both.group[order]) == 0)
    bad[both.group[order[1:]][turned]] = True
    old = earlier.barred[:, :1] * width + earlier.barred[:, 1:]
    new = np.array(sorted(conflicts), np.int64).reshape(-1, 3)
    changed = _changed(_translated(old, then, now), _translated(new[:, :1] * width + new[:, 1:], now, now))
    bad[changed // width] = True
    return bad


def _leads_elsewhere(one: Codes, other: Codes) -> Bools:
    """Where equal values of one go with different values of the other, shape (n,); one such place each at least."""
    values, place = np.unique(one, return_inverse=True)
    partner = np.zeros(len(values), np.int64)
    partner[place] = other
    return np.asarray(partner[place] != other)


def _translated(pairs: Codes, known: Codes, said: Codes) -> Codes:
    """Pairs of answers in the codes `said`, of those whose two answers both stand among the `known` codes."""
    values, first = np.unique(known, return_index=True)
    at = np.minimum(np.searchsorted(values, pairs), max(0, len(values) - 1))
    if not len(values):
        return np.zeros((0, 2), np.int64)
    return np.sort(said[first[at[(values[at] == pairs).all(axis=1)]]], axis=1)


def _changed(one: Codes, other: Codes) -> Codes:
    """First codes of pairs that stand in one of two lists."""
    both = np.concatenate([np.unique(one, axis=0), np.unique(other, axis=0)])
    pairs, times = np.unique(both, axis=0, return_counts=True)
    return np.asarray(pairs[times == 1, 0])


def _checksum(vectors: Matrix) -> Marks:
    """A number for each vector that another vector, even in its last bit, hardly has."""
    weights = _mixed(np.arange(1, vectors.shape[1] + 1, dtype=np.uint64)) | np.uint64(1)
    bits = np.ascontiguousarray(vectors).view(np.uint32)
    total = np.zeros(len(vectors), np.uint64)
    for start in range(0, len(vectors), BLOCK):
        part = bits[start : start + BLOCK].astype(np.uint64)
        total[start : start + BLOCK] = part @ weights
    return total


def _mixed(values: Marks) -> Marks:
    """Every bit of each number spread over all bits (splitmix64 of Steele, Lea and Flood 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
