"""The search of a question that has grown: only its new rows are compared, with all rows, in one product of matrices.

Each pair of a new row with another may enter the lists of both; what enters is what would be found from scratch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.exact_cosines import REPELLED, STEP, dots, margin, rounded
from contextpairs.builders.images.retrieval.greedy_rounds import place_in_run
from contextpairs.builders.images.retrieval.kept_neighbours import KeptNeighbours
from contextpairs.builders.images.retrieval.question_rows import Codes

Matrix = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
BLOCK_VALUES = 1 << 23
"""Cosines held at a time."""


class Entries(NamedTuple):
    """What may stand in lists, one entry each, shape (m,).

    Attributes:
        row: place of the row whose list it is.
        other: place of the neighbour.
        cosine: theirs, rounded.
    """

    row: Codes
    other: Codes
    cosine: Matrix


class PartlySearched:
    """A question whose rows, sorted by answer, were in part searched before."""

    def __init__(self, vectors: Matrix, answer: Codes, members: Codes, barred: list[tuple[int, int]]) -> None:
        """Args: as `contextpairs.builders.images.retrieval.one_question.QuestionSearch`."""
        self._vectors, self._members = vectors, members
        codes, self._class = np.unique(answer, return_inverse=True)
        self._kinds = len(codes)
        number = {code: place for place, code in enumerate(codes.tolist())}
        pairs = [(number[one], number[other]) for one, other in barred if one in number and other in number]
        self._barred = np.array([a * self._kinds + b for one in pairs for a, b in (one, one[::-1])], np.int64)

    def search(self, kept: KeptNeighbours) -> tuple[Codes, Matrix, Codes]:
        """Lists that change.

        Args:
            kept: lists of all rows of the search, by row number, that hold among the rows known before.

        Returns:
            Row numbers of the lists, shape (r,); cosines, shape (r, k), `REPELLED` where there is none; row numbers of
            the neighbours, shape (r, k).
        """
        k = kept.nearest.shape[1]
        new, owed = kept.new[self._members], kept.owed[self._members]
        least = np.where(owed, np.inf, np.nan_to_num(kept.cosine[self._members, -1], nan=-np.inf))
        found = [self._settled(part) for part in self._near(np.flatnonzero(owed), new, least, k)]
        lists = np.unique(np.concatenate([np.flatnonzero(owed), *(each.row for each in found)]))
        return self._merged([self._stored(kept, lists[~owed[lists]]), *found], lists, k)

    def _near(self, owed: Codes, new: Bools, least: npt.NDArray[np.float64], k: int) -> Iterator[Entries]:
        """Whatever may enter the list of a row that is owed one, or as a new row that of another."""
        slack = STEP + 2 * margin(self._vectors.shape[1])
        for block in np.array_split(owed, 1 + len(owed) * len(new) // BLOCK_VALUES):
            cosine = self._vectors[block] @ self._vectors.T
            self._repel(cosine, block)
            floor = np.full(len(block), -np.inf, np.float32)
            if len(new) > k:
                floor = np.partition(cosine, len(new) - k, axis=1)[:, len(new) - k]
            row, other = np.nonzero(cosine >= np.maximum(floor - slack, REPELLED / 2)[:, None])
            yield Entries(block[row], other, cosine[row, other])
            fresh = np.flatnonzero(new[block])
            row, other = np.nonzero(cosine[fresh] >= np.maximum(least - slack, REPELLED / 2)[None, :])
            yield Entries(other, block[fresh[row]], cosine[fresh[row], other])

    def _repel(self, cosine: Matrix, block: Codes) -> None:
        """Rows of an answer, and of answers that may mean the same, are not compared."""
        for place, kind in enumerate(self._class[block].tolist()):
            others = self._barred[self._barred // self._kinds == kind] % self._kinds
            for each in (kind, *others.tolist()):
                start, end = np.searchsorted(self._class, [each, each + 1])
                cosine[place, start:end] = REPELLED

    def _settled(self, near: Entries) -> Entries:
        return near._replace(cosine=rounded(dots(self._vectors, near.row, near.other)))

    def _stored(self, kept: KeptNeighbours, lists: Codes) -> Entries:
        """Entries of lists that hold."""
        place = np.empty(len(kept.nearest), np.int64)
        place[self._members] = np.arange(len(self._members))
        index = kept.nearest[self._members[lists]]
        row, at = np.nonzero(index >= 0)
        return Entries(lists[row], place[index[row, at]], kept.cosine[self._members[lists[row]], at])

    def _merged(self, parts: list[Entries], lists: Codes, k: int) -> tuple[Codes, Matrix, Codes]:
        entries = Entries(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        number = self._members[entries.other]
        order = np.lexsort((number, -entries.cosine, entries.row))
        rank = place_in_run(entries.row[order])
        order, rank = order[rank < k], rank[rank < k]
        at = np.searchsorted(lists, entries.row[order])
        cosine = np.full((len(lists), k), REPELLED, np.float32)
        index = np.zeros((len(lists), k), np.int64)
        cosine[at, rank], index[at, rank] = entries.cosine[order], number[order]
        return self._members[lists], cosine, index
