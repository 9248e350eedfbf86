"""The search among the rows of one question, for the nearest rows of another answer.

Rows of a question are sorted by answer, so that an answer's rows lie side by side. Two numbers say which search is
cheapest for a row: how many rows hold the same answer, or one that may mean the same (barred rows).

- few barred: search all rows of the question for that many neighbours more, drop the barred ones afterwards;
- an answer with many rows: search what lies before and after its barred answers, which costs less than searching all;
- in between: some answers at once, kept apart by extra dimensions in which rows of barred answers repel each other.

So the restriction never costs recall and no search is made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.exact_cosines import REPELLED, STEP, settled
from contextpairs.builders.images.retrieval.question_rows import Codes

Matrix = npt.NDArray[np.float32]
FEW_BARRED = 16
"""Barred rows up to which neighbours are searched in excess."""
APART = 16
"""Extra dimensions that keep answers apart."""
MANY_ROWS = 256
"""Rows of an answer from which it may be searched on its own."""
WORTHWHILE = 150_000_000
"""Multiplications per block from which OpenBLAS, below FAISS, takes its fast way; half as fast before."""
BLOCK_ROWS = 1024
"""FAISS's block of the rows searched."""
BATCH_VALUES = 1 << 24
SPARE = 3
"""Neighbours fetched beyond those that are wanted, so that few rows need a second search."""
TIES_LIMIT = 2048
"""Neighbours up to which ties are followed; of more equal ones FAISS's first count."""

Part = tuple[Codes, Matrix, Codes]
"""Places of rows within their question, cosines, row numbers of the neighbours."""


Find = Callable[[int, Codes], tuple[Matrix, Codes]]
"""Cosines and places of at least so many neighbours of the rows at some places; barred ones are repelled."""


class QuestionSearch:
    """The rows of one question, sorted by answer, ready to be searched."""

    def __init__(self, vectors: Matrix, answer: Codes, members: Codes, barred: list[tuple[int, int]]) -> None:
        """Args: vectors: shape (n, d). answer: codes. members: row numbers. barred: answers that may mean the same."""
        self.members = members
        self.dimension = vectors.shape[1]
        self._codes, self.starts, sizes = np.unique(answer, return_index=True, return_counts=True)
        self.ends = self.starts + sizes
        self._class = np.repeat(np.arange(len(sizes)), sizes)
        self._barred = self._barred_classes(barred)
        self._bars_others = np.array([len(others) > 1 for others in self._barred])
        self._cost = np.array([sum(sizes[other] for other in others) for others in self._barred])
        self._few = self._cost <= FEW_BARRED
        enough = WORTHWHILE // (min(len(vectors), BLOCK_ROWS) * self.dimension)
        self._alone = ~self._few & (sizes >= MANY_ROWS) & ((sizes >= enough) | (3 * sizes >= len(vectors)))
        self._together = np.flatnonzero(~self._few & ~self._alone).tolist()
        self._columns = self._extra_dimensions(sizes, enough)
        self._base = np.zeros((len(vectors), self.dimension + self._columns), np.float32)
        self._base[:, : self.dimension] = vectors

    @property
    def vectors(self) -> Matrix:
        """Shape (n, d)."""
        return self._base[:, : self.dimension]

    def classes(self) -> int:
        """Number of different answers."""
        return len(self._codes)

    def barred_ranges(self, number: int) -> list[tuple[int, int]]:
        """Places of the rows that the rows of an answer are not compared with, as ranges, ascending."""
        return [(int(self.starts[other]), int(self.ends[other])) for other in self._barred[number]]

    def exact(self, k: int, only: Codes | None = None) -> Iterator[Part]:
        """The k nearest rows of another answer for every row, or for the places `only`."""
        if self.classes() < 2:
            return
        wanted = np.arange(len(self.members)) if only is None else only
        yield from self._untied(k, wanted[self._few[self._class[wanted]]], self._in_excess)
        for number in np.flatnonzero(self._alone).tolist():
            yield from self._untied(k, wanted[self._class[wanted] == number], self._around)
        for numbers in self._bins(self._together):
            yield from self._untied(k, wanted[self._are(numbers)[self._class[wanted]]], self._apart)

    def sorted(self, places: Codes, cosine: Matrix, index: Codes) -> tuple[Matrix, Codes]:
        """Nearest first, equal cosines in the order of rows; places of neighbours become row numbers.

        Args:
            places: of the rows that asked, shape (n,).
            cosine: as FAISS gives them, shape (n, k).
            index: places of the neighbours, shape (n, k).
        """
        return nearest_first(settled(cosine, self.vectors, places, index), self.members[index])

    def _extra_dimensions(self, sizes: Codes, enough: int) -> int:
        """As many, in steps of `APART`, as bring enough rows together, but few beside the vectors' own."""
        if not self._together:
            return 0
        answers = min(enough / sizes[self._together].mean(), len(sizes))
        return APART * int(np.clip(np.ceil(answers / APART), 1, max(1, self.dimension // (3 * APART))))

    def _barred_classes(self, barred: list[tuple[int, int]]) -> list[list[int]]:
        number = {int(code): place for place, code in enumerate(self._codes)}
        classes = [{place} for place in range(len(self._codes))]
        for one, other in barred:
            if one in number and other in number:
                classes[number[one]].add(number[other])
                classes[number[other]].add(number[one])
        return [sorted(others) for others in classes]

    def _are(self, numbers: list[int]) -> npt.NDArray[np.bool_]:
        """Which answers are among some, shape (answers,)."""
        among = np.zeros(len(self._codes), bool)
        among[numbers] = True
        return among

    def _bins(self, numbers: list[int]) -> Iterator[list[int]]:
        """Answers that are searched together: what they bar has room in the extra dimensions."""
        taken: list[int] = []
        columns: set[int] = set()
        for number in numbers:
            more = columns | set(self._barred[number])
            if taken and len(more) > self._columns:
                yield taken
                taken, more = [], set(self._barred[number])
            taken, columns = [*taken, number], more
        if taken:
            yield taken

    def _untied(self, k: int, places: Codes, find: Find) -> Iterator[Part]:
        """Neighbours by `find`; where the k-th may equal others that were not fetched, more are: lower rows win."""
        fetch = k + SPARE
        while len(places):
            later = []
            for block in np.array_split(places, 1 + len(places) * (fetch + FEW_BARRED) // BATCH_VALUES):
                cosine, index = self.sorted(block, *find(fetch, block))
                tied = np.zeros(len(block), bool)
                if cosine.shape[1] >= fetch and fetch < TIES_LIMIT:
                    tied = open_ties(cosine, k, fetch)
                yield block[~tied], cosine[~tied], index[~tied]
                later.append(block[tied])
            places, fetch = np.concatenate(later), 4 * fetch

    def _in_excess(self, k: int, places: Codes) -> tuple[Matrix, Codes]:
        own = self._class[places]
        queries = self._base if len(places) == len(self._base) else self._base[places]
        cosine, index = knn(queries, self._base, k + int(self._cost[own].max()))
        kinds = self._class[index]
        same = kinds == own[:, None]
        for number in np.flatnonzero(self._bars_others[own.min() : own.max() + 1]) + own.min():
            asking = own == number
            same[asking] |= self._are(self._barred[number])[kinds[asking]]
        return without(cosine, index, same)

    def _around(self, k: int, places: Codes) -> tuple[Matrix, Codes]:
        ranges = self.barred_ranges(int(self._class[places[0]]))
        edges = [0, *[edge for pair in ranges for edge in pair], len(self._base)]
        pieces = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2) if edges[at] < edges[at + 1]]
        parts = [(*knn(self._base[places], self._base[start:end], k), start) for start, end in pieces]
        if not parts:
            return np.full((len(places), 1), REPELLED), np.zeros((len(places), 1), np.int64)
        return np.hstack([cosine for cosine, _, _ in parts]), np.hstack([index + start for _, index, start in parts])

    def _apart(self, k: int, places: Codes) -> tuple[Matrix, Codes]:
        numbers = np.flatnonzero(np.bincount(self._class[places])).tolist()
        columns = sorted({other for number in numbers for other in self._barred[number]})
        if len(columns) > self._columns:
            return self._around(k, places)
        queries = self._base[places]
        for column, other in enumerate(columns, self.dimension):
            self._base[self.starts[other] : self.ends[other], column] = 1.0
            bars = [number for number in numbers if other in self._barred[number]]
            queries[self._are(bars)[self._class[places]], column] = REPELLED
        found = knn(queries, self._base, k)
        self._base[:, self.dimension :] = 0.0
        return found


def knn(queries: Matrix, base: Matrix, k: int) -> tuple[Matrix, Codes]:
    """Inner products and places of the k nearest, or of all where there are fewer; shape (n, k) each."""
    import faiss

    cosine, index = faiss.knn(queries, base, min(k, len(base)), faiss.METRIC_INNER_PRODUCT)
    return cosine, index


def open_ties(cosine: Matrix, k: int, fetched: int) -> npt.NDArray[np.bool_]:
    """Where rows that were not fetched may be as near as the k-th, since the last that was is hardly farther."""
    last = cosine[:, fetched - 1]
    return (last > REPELLED / 2) & (cosine[:, k - 1] - last < 1.5 * STEP)


def nearest_first(cosine: Matrix, index: Codes) -> tuple[Matrix, Codes]:
    """Rows of neighbours in order: cosines descending, equal ones by index."""
    loose = np.flatnonzero((np.diff(cosine, axis=1) >= 0).any(1))
    order = np.lexsort((index[loose], -cosine[loose]), axis=-1)
    cosine[loose] = np.take_along_axis(cosine[loose], order, 1)
    index[loose] = np.take_along_axis(index[loose], order, 1)
    return cosine, index


def without(cosine: Matrix, index: Codes, barred: npt.NDArray[np.bool_]) -> tuple[Matrix, Codes]:
    """Rows of neighbours with the barred ones repelled and moved behind the others."""
    cosine[barred] = REPELLED
    order = np.argsort(barred, axis=1, kind="stable")
    return np.take_along_axis(cosine, order, 1), np.take_along_axis(index, order, 1)
