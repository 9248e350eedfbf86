"""A greedy choice that grows step by step: little room for every question at first, so that each has its share.

It changes number and hardness of the couples by hardly a hundredth; but of the questions of 6,000 rendered scenes, one
in eight has no couple at all where the hardest ones of all questions are taken first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.greedy_rounds import Greedy, place_in_run
from contextpairs.builders.images.retrieval.question_rows import Codes

GROWTH = 4
"""By how much the room of questions grows from step to step, and what is looked at of a question that is not full."""
DEPTH = 8
"""Couples of a question that are looked at first, for each that it may have."""


class QuestionTurns:
    """What `Greedy` takes while the room of all questions grows.

    A question that its hardest couples fill needs no others: so few couples are looked at, and more only of those
    questions that are not full. What is taken is the same.

    Attributes:
        taken: the choice so far, shape (m,).
        most: room of the question that has most.
    """

    def __init__(self, uses: npt.NDArray[np.int32], room: Codes) -> None:
        """Args: uses: what each couple uses, in the order of choice, shape (m, 5), the question last. room: of each."""
        self.taken = np.zeros(len(uses), bool)
        self._uses, self._room = uses, room
        self._used = np.zeros(len(room), np.int64)
        self._question = uses[:, 4]
        self._size = np.bincount(self._question, minlength=len(room))
        self.most = int(room[self._size > 0].max(initial=0))
        order = np.argsort(self._question, kind="stable")
        self._rank = np.empty(len(uses), np.int64)
        self._rank[order] = place_in_run(self._question[order])

    def ceilings(self) -> Iterator[int]:
        """Room of questions, step by step."""
        ceiling = 1
        while ceiling < self.most:
            yield ceiling
            ceiling *= GROWTH
        yield self.most

    def grow(self, ceiling: int) -> None:
        """Take what there is room for where no question may have more than `ceiling`; what was taken stays."""
        room = self._capped(ceiling) - self._used
        depth = np.full(len(room), DEPTH * ceiling if ceiling < self.most else len(self._uses))
        while True:
            near = np.flatnonzero(~self.taken & (self._rank < depth[self._question]))
            choice = Greedy(self._uses[near], room)
            choice.take(room)
            now = near[choice.taken]
            got = np.bincount(self._question[now], minlength=len(room))
            short = (got < room) & (depth < self._size)
            if not short.any():
                break
            depth[short] *= GROWTH
        self.taken[now] = True
        np.add.at(self._used, self._uses[now].reshape(-1), 1)

    def of_question(self) -> Codes:
        """Couples taken of each question; 0 for things that are none. Shape (things,)."""
        return np.where(self._size > 0, self._used, 0)

    def supply(self, ceiling: int) -> Codes:
        """Couples that each question has after a step, or may have where only the ceiling kept it from more."""
        full = (self._used >= ceiling) & (self._room > ceiling)
        return np.where(full & (self._size > 0), np.minimum(self._room, self._size), self.of_question())

    def fitting(self) -> int:
        """Couples that are taken, or have room at their images, answers and question."""
        return int((self.taken | (self._used < self._room)[self._uses].all(axis=1)).sum())

    def _capped(self, ceiling: int) -> Codes:
        return np.where(self._size > 0, np.minimum(self._room, ceiling), self._room)
