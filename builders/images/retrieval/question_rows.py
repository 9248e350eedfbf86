"""Rows of questions by codes, and which of them can stand in a contrast at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
Conflicts = Set[tuple[int, int, int]]
"""(question, answer, answer): answers that are not certainly different; the order of the two says nothing."""
UNCLEAR = -1
INCOMPARABLE = "no-comparable-answer"
REASONS = ("", "contradictory", "duplicate-picture", INCOMPARABLE, "only-answer", "unclear-answer")
"""Why rows go; none where they stay."""


class Rows(NamedTuple):
    """One entry a row, shape (n,) each.

    Attributes:
        image: index of the image's vector.
        group: code of the question.
        answer: code of the answer within its question: equal codes mean equal answers; -1 where it is unclear.
        domain: code of the domain.
    """

    image: Codes
    group: Codes
    answer: Codes
    domain: Codes

    def __len__(self) -> int:
        return len(self.image)

    def take(self, which: npt.NDArray[np.generic]) -> Rows:
        """The rows at some places."""
        return Rows(*(column[which] for column in self))


def contrastable(rows: Rows, picture: Codes, conflicts: Conflicts = frozenset()) -> tuple[Codes, dict[str, Codes]]:
    """Which rows can be compared, and why the others cannot.

    Args:
        rows: all rows.
        picture: code of each image's pixels, shape (images,): equal codes, equal pictures.
        conflicts: answers that are not certainly different.

    Returns:
        Places of the rows that stay, ascending; and by reason the places of those that go: `unclear-answer`;
        `contradictory` (one picture, one question, several answers: label noise, none of them is believed);
        `duplicate-picture` (asked and answered before: the first row stands for all); `only-answer` (no row of the
        question has another answer); `no-comparable-answer` (none that certainly differs).
    """
    reason = np.zeros(len(rows), np.int8)
    reason[rows.answer < 0] = REASONS.index("unclear-answer")
    shown = picture[rows.image]
    order = np.lexsort((rows.answer, shown, rows.group))
    order = order[reason[order] == 0]
    first = leads(rows.group[order], shown[order])
    number = np.cumsum(first) - 1
    answers = np.bincount(number[leads(rows.group[order], shown[order], rows.answer[order])])
    reason[order[~first]] = REASONS.index("duplicate-picture")
    reason[order[answers[number] > 1]] = REASONS.index("contradictory")
    left = np.flatnonzero(reason == 0)
    width = int(rows.answer.max(initial=0)) + 1
    kinds = np.unique(rows.group[left] * width + rows.answer[left]) // width
    reason[left[np.bincount(kinds)[rows.group[left]] < 2]] = REASONS.index("only-answer")
    reason[_incomparable(rows, np.flatnonzero(reason == 0), conflicts)] = REASONS.index(INCOMPARABLE)
    gone = {word: np.flatnonzero(reason == at) for at, word in enumerate(REASONS) if (reason == at).any() and at}
    return np.flatnonzero(reason == 0), gone


def _incomparable(rows: Rows, left: Codes, conflicts: Conflicts) -> Codes:
    """Rows whose answer may be every other answer to their question that is left."""
    present = dict.fromkeys(zip(rows.group[left].tolist(), rows.answer[left].tolist(), strict=True))
    answers = Counter(group for group, _ in present)
    clashes = Counter[tuple[int, int]]()
    for group, one, other in {(group, *sorted(pair)) for group, *pair in conflicts}:
        if (group, one) in present and (group, other) in present:
            clashes.update([(group, one), (group, other)])
    alone = {place for place, count in clashes.items() if count == answers[place[0]] - 1}
    told = (place in alone for place in zip(rows.group[left].tolist(), rows.answer[left].tolist(), strict=True))
    return np.asarray(left[np.fromiter(told, bool, len(left))])


def contradictory(topic: Codes, meaning: Codes, picture: Codes) -> npt.NDArray[np.bool_]:
    """Rows whose picture has answers of several meanings to one question, whatever data set or domain they come from.

    Args:
        topic: code of each row's question, shape (n,).
        meaning: code of its answer's meaning, equal ones being equal in all questions.
        picture: code of its image's pixels.
    """
    bad = np.zeros(len(topic), bool)
    key = topic * (int(picture.max(initial=0)) + 1) + picture
    order = np.argsort(key, kind="stable")
    first = leads(key[order])
    run = np.cumsum(first) - 1
    said = meaning[order]
    bad[order] = (np.bincount(run, weights=said != said[first][run]) > 0)[run] if len(run) else False
    return bad


def count(gone: dict[str, Codes]) -> Counter[str]:
    """Rows by reason."""
    return Counter({reason: len(places) for reason, places in gone.items()})


def leads(*columns: Codes) -> npt.NDArray[np.bool_]:
    """Where a sorted run of equal values begins."""
    if not len(columns[0]):
        return np.zeros(0, bool)
    changes = np.zeros(len(columns[0]) - 1, bool)
    for column in columns:
        changes |= np.diff(column) != 0
    return np.concatenate([[True], changes])
