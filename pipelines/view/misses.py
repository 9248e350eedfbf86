"""Which couples a model missed, from the results of `contextpairs probe`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contextpairs.pipelines.probe.results import read_results
from contextpairs.pipelines.probe.statistics import share
from contextpairs.pipelines.probe.tables import percent
from contextpairs.pipelines.view.couples import ViewedCouple
from contextpairs.pipelines.view.summary import WORDS, ViewTable

PARTS = 4


@dataclass(frozen=True, slots=True)
class Misses:
    """What a model made of pairs.

    Attributes:
        model: its name.
        right: of each question of a pair, by pair_id: 1, 0, or 1/2 for a tie.
    """

    model: str
    right: dict[str, list[float]]

    def of(self, couple: ViewedCouple) -> tuple[int, int] | None:
        """Questions of a couple that were not answered right, and all that were asked; None where none was."""
        asked = self._asked(couple)
        return (sum(value < 1 for value in asked), len(asked)) if asked else None

    def by_measure(self, couples: Sequence[ViewedCouple], measure: str) -> ViewTable:
        """Share of right answers by quarters of a measure, with intervals over groups."""
        asked = [each for each in couples if measure in each.scores and self._asked(each)]
        asked.sort(key=lambda each: (float(each.scores[measure]), each.pair_id))
        parts = [part for part in np.array_split(np.arange(len(asked)), PARTS) if len(part)]
        rows = tuple(self._line([asked[number] for number in part], measure) for part in parts)
        return ViewTable((WORDS.get(measure, measure), "couples", "right, percent"), rows)

    def _asked(self, couple: ViewedCouple) -> list[float]:
        return [value for row in couple.rows for value in self.right.get(row["pair_id"], ())]

    def _line(self, part: Sequence[ViewedCouple], measure: str) -> tuple[str, ...]:
        values = [(value, each.rows[0]["group_id"]) for each in part for value in self._asked(each)]
        found = share(np.array([value for value, _ in values]), [group for _, group in values])
        least, most = (float(each.scores[measure]) for each in (part[0], part[-1]))
        return f"{least:.3g} to {most:.3g}", f"{len(part):,}", percent(found)


def misses(path: Path) -> Misses:
    """The results in a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no results of a probe.
    """
    results = read_results(path)
    right: dict[str, list[float]] = defaultdict(list)
    for row in results.rows.select(["pair_id", "right"]).to_pylist():
        if row["right"] is not None:
            right[row["pair_id"]].append(row["right"])
    return Misses(str(results.facts.get("model", "the model")), dict(right))
