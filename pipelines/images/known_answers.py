"""Which answers a question has in the data, and which of them certainly differ from a given one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contextpairs.data.answers.comparing import relation
from contextpairs.pipelines.images.question_codes import QuestionCodes
from contextpairs.pipelines.images.tables import QuestionTable

MOST = 16
"""Answers of a question that an image is read against: the most frequent ones."""


class KnownAnswers:
    """Answers by question; of writings that mean the same the first one stands for all."""

    def __init__(self, questions: QuestionTable, codes: QuestionCodes) -> None:
        """Args: questions: all of them. codes: the same as codes."""
        self._questions, self._rows = questions, codes.rows
        self._frequent: dict[int, list[tuple[int, int]]] = {}
        counts: Counter[tuple[int, int]] = Counter()
        first: dict[tuple[int, int], int] = {}
        for row, (group, answer) in enumerate(zip(codes.rows.group.tolist(), codes.rows.answer.tolist(), strict=True)):
            if answer >= 0:
                counts[group, answer] += 1
                first.setdefault((group, answer), row)
        for (group, answer), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            if len(self._frequent.setdefault(group, [])) <= MOST:
                self._frequent[group].append((answer, first[group, answer]))
        self._conflicts = codes.conflicts

    def others(self, row: int) -> tuple[str, ...]:
        """Known answers to a row's question that certainly differ from its own, most frequent first."""
        group, own = int(self._rows.group[row]), int(self._rows.answer[row])
        return tuple(
            self._questions.answer[place]
            for answer, place in self._frequent.get(group, ())
            if answer != own and not self._may_be_same(group, own, answer)
        )[:MOST]

    def _may_be_same(self, group: int, one: int, other: int) -> bool:
        return (group, one, other) in self._conflicts or (group, other, one) in self._conflicts


def rivals(others: Sequence[str], answer: str, question: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some answers that certainly differ from one more."""
    return tuple(other for other in others if relation(other, answer, question, choices) == "different")
