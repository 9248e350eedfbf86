"""The adversarial choice: couples leave until no baseline, and no learner, picks the positive too surely.

First the baselines hold, then the learners over all measures. Where the baselines leave open which couples go, those go
of which the learners are surest, so that few have to leave because of the learners alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np

from contextpairs.filters.coding.learners import choosing
from contextpairs.filters.coding.measures import AuditCouple
from contextpairs.filters.coding.shortcuts import AuditOptions, baselines, choose, learners, telltales
from contextpairs.filters.evidence.baselines import LEARNABLE

REFITS = 6
"""How often free places are filled again before couples only leave."""
Indexes = list[int]


class AdversarialChoice:
    """Chooses among couples by index; the learners are asked in folds that no report uses."""

    def __init__(self, couples: Sequence[AuditCouple], options: AuditOptions) -> None:
        self._couples = couples
        self._options = options
        self._sureness = np.zeros(len(couples))
        self._few = False

    def of(self, order: Indexes, target: int) -> tuple[Indexes, Indexes, Indexes]:
        """Choose at most `target` of the couples in `order`, which prefers the first.

        Returns:
            (chosen, left, told): left had to go because of a baseline, told because of a learner; of these there are
            no more than `max_dropped` allows.
        """
        self._few = min(target, len(order)) < LEARNABLE
        self._ask(order)
        chosen, left = self._settled(order, target)
        told = Indexes()
        allowed = int(self._options.max_dropped * len(chosen))
        for turn in count(1):
            leaving = self._telltales(chosen, allowed - len(told), turn)
            if not leaving:
                break
            told += leaving
            chosen, gone = self._held([i for i in chosen if i not in set(leaving)])
            left += gone
        return chosen, left, told

    def _ask(self, order: Indexes) -> None:
        """How surely the learners are right about each couple; nothing where there are too few to learn from."""
        said = learners([self._couples[i] for i in order], choosing(0))
        if said:
            self._sureness[order] = np.mean([each.sureness for each in said.values()], axis=0)

    def _telltales(self, chosen: Indexes, most: int, turn: int) -> Indexes:
        if not most:
            return []
        said = learners([self._couples[i] for i in chosen], choosing(turn))
        return [chosen[at] for at in telltales(said, self._options.max_accuracy, most)]

    def _settled(self, order: Indexes, target: int) -> tuple[Indexes, Indexes]:
        """(chosen, left) by the baselines, repeated because learned ones learn anew on what is left."""
        chosen, left = self._chosen(order, target)
        for _ in range(REFITS):
            again, gone = self._chosen(chosen, len(chosen))
            if not gone:
                return again, left
            left += gone
            out = {*again, *left}
            waiting = [i for i in order if i not in out]
            chosen, more = self._chosen([*again, *waiting], target)
            left += more
        chosen, gone = self._held(chosen)
        return chosen, left + gone

    def _held(self, chosen: Indexes) -> tuple[Indexes, Indexes]:
        """(chosen, left): couples leave until every baseline, fitted on what is left, is within its bound."""
        left = Indexes()
        while True:
            chosen, gone = self._chosen(chosen, len(chosen))
            left += gone
            if not gone:
                return chosen, left

    def _chosen(self, order: Indexes, target: int) -> tuple[Indexes, Indexes]:
        """(chosen, left) by the credits that baselines have when they are fitted on all of `order`."""
        if not order:
            return [], []
        credits = baselines([self._couples[i] for i in order])
        limit = self._options.max_accuracy
        chosen, left = choose(range(len(order)), target, credits, limit, self._sureness[order], self._few)
        return [order[i] for i in chosen], [order[i] for i in left]
