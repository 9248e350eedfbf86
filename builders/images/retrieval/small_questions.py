"""Many questions of few rows at once: one call of FAISS a question, everything else for all of them together.

Answers are kept apart by extra dimensions as in one_question.py, or, where a question has more answers than there are
such dimensions, by fetching as many neighbours more as an answer has rows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.exact_cosines import REPELLED, settled
from contextpairs.builders.images.retrieval.one_question import APART, SPARE, knn, open_ties, without
from contextpairs.builders.images.retrieval.question_rows import Codes, leads

Matrix = npt.NDArray[np.float32]


class SmallQuestions:
    """Rows of whole questions, sorted by question and answer.

    Attributes:
        starts: where each question begins, shape (questions,).
    """

    def __init__(self, vectors: Matrix, group: Codes, answer: Codes, sizes: Codes) -> None:
        """Args: vectors: shape (n, d). group, answer: codes, shape (n,). sizes: rows of each question."""
        self.starts = np.cumsum(sizes) - sizes
        self._answer = answer
        self._sizes = sizes
        self._kind = np.cumsum(leads(group, answer)) - 1
        self._kinds = self._kind[self.starts + sizes - 1] - self._kind[self.starts] + 1
        self._dimension = vectors.shape[1]
        self._base, self._queries = self._apart(vectors)

    def repel(self, place: int, one: int, other: int) -> None:
        """Bar two answers of a question from each other; the question has at most `APART` answers."""
        rows = slice(self.starts[place], self.starts[place] + self._sizes[place])
        answer, kind = self._answer[rows], self._kind[rows] - self._kind[self.starts[place]]
        for asking, barred in ((one, other), (other, one)):
            column = kind[answer == barred]
            if len(column):
                self._queries[rows][answer == asking, self._dimension + column[0]] = REPELLED

    def search(self, k: int) -> tuple[Matrix, Codes, npt.NDArray[np.bool_]]:
        """Cosines and places of neighbours, shape (n, k + SPARE), barred ones repelled; and who has no open tie."""
        width = k + SPARE
        fetches = width + np.where(self._kinds > APART, self._largest(), 0)
        cosine = np.full((len(self._base), int(fetches.max())), REPELLED, np.float32)
        index = np.zeros(cosine.shape, np.int64)
        for start, size, fetch in zip(self.starts.tolist(), self._sizes.tolist(), fetches.tolist(), strict=True):
            end, found = start + size, min(size, fetch)
            near, place = knn(self._queries[start:end], self._base[start:end], found)
            cosine[start:end, :found] = near
            index[start:end, :found] = place + start
        barred = (self._kind[index] == self._kind[:, None]) | (cosine < REPELLED / 2)
        excess = np.flatnonzero((self._kinds > APART)[self.question_of()])
        cosine[excess], index[excess] = without(cosine[excess], index[excess], barred[excess])
        cosine, index = cosine[:, :width], index[:, :width]
        cosine = settled(cosine, self._base[:, : self._dimension], np.arange(len(cosine)), index)
        return cosine, index, ~open_ties(cosine, k, width)

    def question_of(self, which: npt.NDArray[np.bool_] | None = None) -> Codes:
        """Places of the questions of some rows."""
        number = np.repeat(np.arange(len(self._sizes)), self._sizes)
        return number if which is None else number[which]

    def _largest(self) -> Codes:
        """Rows of each question's most frequent answer."""
        first = self._kind[self.starts]
        largest: Codes = np.maximum.reduceat(np.bincount(self._kind), first)
        return largest

    def _apart(self, vectors: Matrix) -> tuple[Matrix, Matrix]:
        columns = APART if (self._kinds <= APART).any() else 0
        base = np.zeros((len(vectors), self._dimension + columns), np.float32)
        base[:, : self._dimension] = vectors
        queries = base.copy()
        question = self.question_of()
        rows = np.flatnonzero((self._kinds <= APART)[question])
        column = self._dimension + self._kind[rows] - self._kind[self.starts[question[rows]]]
        base[rows, column] = 1.0
        queries[rows, column] = REPELLED
        return base, queries
