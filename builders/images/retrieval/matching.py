"""Which couples are taken: as many as the caps allow, hardest first, no question or domain crowding out another.

A b-matching: every image, every answer of a question and every question has room for so many couples. The hardest
couples are taken first, while the room of all questions grows step by step, so that each has had its share before any
takes more; what this leaves unused is filled by exchanging couples (`contextpairs.builders.images.retrieval.refill`).
Where a limit binds, domains share it evenly, and within a domain its questions, by filling them like vessels of
different sizes that are joined at the bottom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.builders.images.retrieval.greedy_rounds import place_in_run
from contextpairs.builders.images.retrieval.question_rows import Codes
from contextpairs.builders.images.retrieval.question_turns import QuestionTurns
from contextpairs.builders.images.retrieval.refill import refill
from contextpairs.data.store.settings import Settings

SPARSE = 4
"""Values between which there are so many gaps that sorting them costs less than counting."""


class MatchingOptions(Settings):
    """How many couples are taken. A couple becomes two pairs, mirrors of each other."""

    per_image: int = Field(default=2, ge=1)
    """Couples an image stands in at most."""
    per_answer: int = Field(default=250, ge=1)
    """Couples an answer of a question stands in at most."""
    per_question: int = Field(default=500, ge=1)
    """Couples of a question at most."""
    domain_share: float = Field(default=1.0, gt=0.0, le=1.0)
    """Share of all couples that one domain gives at most; never below an even share."""
    limit: int | None = Field(default=None, ge=1)
    """Couples in all at most."""


class ImageCouples(NamedTuple):
    """Couples to choose from, shape (m,) each.

    Attributes:
        first: code of the first image.
        second: code of the second image.
        first_answer: code of the first image's answer within the question.
        second_answer: code of the second image's answer.
        question: code.
        domain: code; that of the question.
        cosine: how hard a couple is.
    """

    first: Codes
    second: Codes
    first_answer: Codes
    second_answer: Codes
    question: Codes
    domain: Codes
    cosine: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.first)


class Matched(NamedTuple):
    """The outcome.

    Attributes:
        places: of the chosen couples, ascending.
        reasons: couples left out, by reason: `no-room` (an image, answer or question is full), `over-limit`.
    """

    places: Codes
    reasons: dict[str, int]


def choose(couples: ImageCouples, options: MatchingOptions) -> Matched:
    """Choose couples under the caps; the same couples give the same choice."""
    order = np.argsort(-couples.cosine, kind="stable")
    uses, room = resources(couples, options)
    domain = np.zeros(len(room), np.int64)
    domain[uses[:, 4]] = couples.domain
    turns = QuestionTurns(uses[order], room)
    for ceiling in turns.ceilings():
        turns.grow(ceiling)
        quota = _quotas(turns.supply(ceiling), domain, options)
        if ceiling < turns.most and _suffices(quota, turns, ceiling, options):
            return _matched(order[_first(turns.taken, uses[order, 4], quota)], len(couples), turns.fitting())
    taken = np.zeros(len(couples), bool)
    taken[order] = turns.taken
    if options.limit is None or taken.sum() < options.limit:
        taken = refill(uses, room, taken, order)
    quota = _quotas(np.bincount(uses[taken, 4], minlength=len(room)), domain, options)
    return _matched(order[_first(taken[order], uses[order, 4], quota)], len(couples), int(taken.sum()))


def _suffices(quota: Codes, turns: QuestionTurns, ceiling: int, options: MatchingOptions) -> bool:
    """Whether more couples of any question would change nothing."""
    reached = options.limit is not None and int(turns.supply(ceiling).sum()) >= options.limit
    return reached and bool((quota <= turns.of_question()).all())


def _matched(places: Codes, couples: int, fitting: int) -> Matched:
    reasons = {"no-room": couples - fitting, "over-limit": fitting - len(places)}
    return Matched(np.sort(places), {word: number for word, number in reasons.items() if number})


def resources(couples: ImageCouples, options: MatchingOptions) -> tuple[npt.NDArray[np.int32], Codes]:
    """What each couple uses, shape (m, 5), numbered from 0 without gaps, and the room of each."""
    images = _numbered(np.stack([couples.first, couples.second], 1))
    spread = max(int(couples.first_answer.max(initial=0)), int(couples.second_answer.max(initial=0))) + 1
    named = np.stack([couples.first_answer, couples.second_answer], 1) + (couples.question * spread)[:, None]
    answers = _numbered(named)
    questions = _numbered(couples.question[:, None])
    parts = (images, options.per_image), (answers, options.per_answer), (questions, options.per_question)
    columns, rooms, start = [], [], 0
    for codes, room in parts:
        number = int(codes.max(initial=-1)) + 1
        columns.append(codes + start)
        rooms.append(np.full(number, room, np.int64))
        start += number
    return np.hstack(columns).astype(np.int32), np.concatenate(rooms)


def _numbered(values: Codes) -> Codes:
    """Codes from 0 without gaps, in the order of the values."""
    top = int(values.max(initial=-1)) + 1
    if top > SPARSE * values.size:
        return np.unique(values, return_inverse=True)[1].reshape(values.shape)
    there = np.zeros(top, np.int64)
    there[values] = 1
    return (np.cumsum(there) - 1)[values]


def _quotas(supply: Codes, domain: Codes, options: MatchingOptions) -> Codes:
    """Couples of each question, within limit and shares: evenly over domains, then over their questions."""
    domains, code = np.unique(domain[supply > 0], return_inverse=True)
    of_domain = domain_quota(np.bincount(code, supply[supply > 0], len(domains)).astype(np.int64), options)
    quota = np.zeros(len(supply), np.int64)
    for name, most in zip(domains.tolist(), of_domain.tolist(), strict=True):
        inside = np.flatnonzero((supply > 0) & (domain == name))
        quota[inside] = fill(supply[inside], most)
    return quota


def _first(taken: npt.NDArray[np.bool_], question: npt.NDArray[np.int32], quota: Codes) -> Codes:
    """Places of the first taken couples of each question, as many as its quota; all are in the order of choice."""
    places = np.flatnonzero(taken)
    places = places[np.argsort(question[places], kind="stable")]
    return places[place_in_run(question[places]) < quota[question[places]]]


def domain_quota(supply: Codes, options: MatchingOptions) -> Codes:
    """Couples of each domain: an even share of the limit as far as supplies reach, none above `domain_share`."""
    share = max(options.domain_share, 1.0 / max(1, len(supply)))
    total = int(supply.sum()) if options.limit is None else min(int(supply.sum()), options.limit)
    while True:
        quota = fill(np.minimum(supply, int(np.ceil(share * total))), total)
        if int(quota.sum()) == total:
            return quota
        total = int(quota.sum())


def fill(supply: Codes, total: int) -> Codes:
    """Share `total` out: all get the same, those with less all they have, what is odd goes to those with most.

    Args:
        supply: what each has, shape (n,).
        total: what is shared out; at most the sum of supplies is.
    """
    quota = np.zeros(len(supply), np.int64)
    left, waiting = min(total, int(supply.sum())), len(supply)
    for place in np.argsort(supply, kind="stable").tolist():
        quota[place] = min(int(supply[place]), left // waiting)
        left, waiting = left - int(quota[place]), waiting - 1
    return quota
