"""Which questions of images become tasks, so that no picture, no question and no habit of answering dominates."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from pydantic import Field

from contextpairs.data.store.settings import Settings


class ImageCapsOptions(Settings):
    """How often one thing may be asked about, so that no habit of answering pays. None is no cap."""

    image: int | None = Field(default=1, ge=1)
    """Tasks of one picture."""
    question: int | None = Field(default=500, ge=1)
    """Tasks of one question, whatever its writing, in a domain."""
    answer_ratio: float | None = Field(default=1.5, ge=1.0)
    """How many times as often as the next frequent answer the most frequent one may be right: among the tasks of one
    question, and then of one domain. A question that has one answer everywhere is asked once."""


class TaskQuestion(NamedTuple):
    """A question that may become a task.

    Attributes:
        row: of the question table.
        picture: identity of its pixels.
        domain: of the row.
        question: what questions share that ask the same.
        answer: what answers share that say the same.
        letter: of the right option, or "" without options.
    """

    row: int
    picture: str
    domain: str
    question: str
    answer: str
    letter: str


Key = Callable[[TaskQuestion], Hashable]


def capped(asked: Sequence[TaskQuestion], options: ImageCapsOptions) -> tuple[list[TaskQuestion], Counter[str]]:
    """Those that the caps leave, in the same order, and how many each cap took.

    Earlier ones are preferred, so the order should mean nothing. The caps apply one after the other: pictures,
    questions, answers of each question, answers of each domain, letters of each domain's options.
    """
    reasons: Counter[str] = Counter()
    kept = list(asked)
    for reason, cut in _cuts(options):
        left = cut(kept)
        reasons[reason] = len(kept) - len(left)
        kept = left
    return kept, +reasons


def _cuts(options: ImageCapsOptions) -> Iterable[tuple[str, Callable[[list[TaskQuestion]], list[TaskQuestion]]]]:
    if (image := options.image) is not None:
        yield "cap-image", lambda asked: first_of_each(asked, lambda one: one.picture, image)
    if (question := options.question) is not None:
        yield "cap-question", lambda asked: first_of_each(asked, lambda one: (one.domain, one.question), question)
    if (ratio := options.answer_ratio) is not None:
        yield "cap-answer", lambda asked: balanced(asked, lambda one: (one.domain, one.question), _answer, ratio)
        yield "cap-answer-in-domain", lambda asked: balanced(asked, lambda one: one.domain, _answer, ratio)
        yield "cap-letter", lambda asked: balanced(asked, lambda one: (one.domain, bool(one.letter)), _letter, ratio)


def _answer(asked: TaskQuestion) -> Hashable:
    return asked.answer


def _letter(asked: TaskQuestion) -> Hashable:
    """The letter of the right option; questions without options never share one."""
    return asked.letter or asked.row


def first_of_each(asked: Iterable[TaskQuestion], key: Key, cap: int) -> list[TaskQuestion]:
    """The first `cap` of each key."""
    taken: Counter[Hashable] = Counter()
    kept = []
    for one in asked:
        taken[key(one)] += 1
        if taken[key(one)] <= cap:
            kept.append(one)
    return kept


def balanced(asked: Sequence[TaskQuestion], group: Key, answer: Key, ratio: float) -> list[TaskQuestion]:
    """All but what a group's most frequent answer has beyond `ratio` times the next frequent one, or beyond one."""
    counts: dict[Hashable, Counter[Hashable]] = {}
    for one in asked:
        counts.setdefault(group(one), Counter())[answer(one)] += 1
    allowed = {name: _allowed(answers, ratio) for name, answers in counts.items()}
    taken: Counter[Hashable] = Counter()
    kept = []
    for one in asked:
        said = (group(one), answer(one))
        taken[said] += 1
        if taken[said] <= allowed[group(one)]:
            kept.append(one)
    return kept


def _allowed(answers: Counter[Hashable], ratio: float) -> int:
    second = sorted(answers.values())[-2] if len(answers) > 1 else 0
    return max(1, math.ceil(ratio * second))
