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
from contextpairs.filters.coding.shortcuts import AuditOptions, baselines, choose, knowing, learners, telltales
from contextpairs.filters.evidence.baselines import LEARNABLE

REFITS = 6
"""How often free places are filled again before couples only leave."""
HANDFUL = 10
"""Couples below which a baseline is right or wrong by chance: the limit would take most of them, or all."""
LEAST_KEPT = 0.5
"""Share that the limit leaves of a split below `LEARNABLE`; where it would leave less, it obeys chance as well."""
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
        self._ask(order)
        chosen, left = self._bounded(order, target)
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

    def _bounded(self, order: Indexes, target: int) -> tuple[Indexes, Indexes]:
        """(chosen, left) by the baselines; few are held to what their number can tell if the limit takes most."""
        wanted = min(target, len(order))
        self._few = wanted < HANDFUL
        chosen, left = self._settled(order, target)
        if not self._few and wanted < LEARNABLE and len(chosen) < LEAST_KEPT * wanted:
            self._few = True
            chosen, left = self._settled(order, target)
        return chosen, left

    def _ask(self, order: Indexes) -> None:
        """How surely learners are right about each couple; nothing where none of them knows too well."""
        harm = knowing(learners([self._couples[i] for i in order], choosing(0)), self._options.max_accuracy)[0]
        if len(harm):
            self._sureness[order] = harm

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
