"""Which couples are taken: as many as the caps allow, hardest first, no question or domain crowding out another.

A b-matching: every image, every answer of a question and every question has room for so many couples. The hardest
couples are taken first, while the room of all questions grows step by step, so that each has had its share before any
takes more; what this leaves unused is filled by exchanging couples (`builders.exchange`).
Where a limit binds, domains share it evenly, and within a domain its questions, by filling them like vessels of
different sizes that are joined at the bottom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from builders.exchange import exchange
from builders.greedy import Greedy, place_in_run
from builders.rows import Codes
from data.settings import Settings

STEP = 4
"""By how much the room of questions grows from step to step."""


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


class Couples(NamedTuple):
    """Couples to choose from, shape (m,) each.

    Attributes:
        first: code of the first image.
        second: code of the second image.
        first_answer: code of the first image's answer within the question.
        second_answer: code of the second image's answer.
        question: code.
        domain: code.
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


class Chosen(NamedTuple):
    """The outcome.

    Attributes:
        places: of the chosen couples, ascending.
        reasons: couples left out, by reason: `no-room` (an image, answer or question is full), `over-limit`.
    """

    places: Codes
    reasons: dict[str, int]


def choose(couples: Couples, options: MatchingOptions) -> Chosen:
    """Choose couples under the caps; the same couples give the same choice."""
    order = np.lexsort((np.arange(len(couples)), -couples.cosine))
    uses, room = resources(couples, options)
    taken = np.zeros(len(couples), bool)
    taken[order] = in_steps(uses[order], room)
    if taken.sum() < (options.limit or len(couples)):
        taken = exchange(uses, room, taken, order)
    fitting = int(taken.sum())
    places = _shared_out(couples, np.flatnonzero(taken), options)
    reasons = {"no-room": len(couples) - fitting, "over-limit": fitting - len(places)}
    return Chosen(places, {word: number for word, number in reasons.items() if number})


def in_steps(uses: npt.NDArray[np.int32], room: Codes) -> npt.NDArray[np.bool_]:
    """Take couples in their order, with little room for every question at first.

    Args:
        uses: what each couple uses, in the order of choice; shape (m, 5), the question last.
        room: of each thing.
    """
    choice = Greedy(uses, room)
    questions = np.zeros(len(room), bool)
    questions[uses[:, 4]] = True
    ceiling, most = 1, int(room[questions].max(initial=0))
    while ceiling < most:
        choice.take(np.where(questions, np.minimum(room, ceiling), room))
        ceiling *= STEP
    choice.take(room)
    return choice.taken


def resources(couples: Couples, options: MatchingOptions) -> tuple[npt.NDArray[np.int32], Codes]:
    """What each couple uses, shape (m, 5), numbered from 0 without gaps, and the room of each."""
    images = np.unique(np.stack([couples.first, couples.second], 1), return_inverse=True)[1].reshape(-1, 2)
    spread = max(int(couples.first_answer.max(initial=0)), int(couples.second_answer.max(initial=0))) + 1
    named = np.stack([couples.first_answer, couples.second_answer], 1) + (couples.question * spread)[:, None]
    answers = np.unique(named, return_inverse=True)[1].reshape(-1, 2)
    questions = np.unique(couples.question, return_inverse=True)[1][:, None]
    parts = (images, options.per_image), (answers, options.per_answer), (questions, options.per_question)
    columns, rooms, start = [], [], 0
    for codes, room in parts:
        number = int(codes.max(initial=-1)) + 1
        columns.append(codes + start)
        rooms.append(np.full(number, room, np.int64))
        start += number
    return np.hstack(columns).astype(np.int32), np.concatenate(rooms)


def _shared_out(couples: Couples, places: Codes, options: MatchingOptions) -> Codes:
    """As many of the places as limit and shares allow: evenly over domains, then over questions, hardest first."""
    domains, domain = np.unique(couples.domain[places], return_inverse=True)
    supply = np.bincount(domain, minlength=len(domains))
    quota = domain_quota(supply, options)
    if (quota == supply).all():
        return places
    kept = []
    for code in range(len(domains)):
        inside = places[domain == code]
        questions, question = np.unique(couples.question[inside], return_inverse=True)
        quotas = fill(np.bincount(question, minlength=len(questions)), int(quota[code]))
        order = np.lexsort((inside, -couples.cosine[inside], question))
        kept.append(inside[order][place_in_run(question[order]) < quotas[question[order]]])
    return np.sort(np.concatenate(kept))


def domain_quota(supply: Codes, options: MatchingOptions) -> Codes:
    """Couples of each domain: an even share of the limit as far as supplies reach, none above `domain_share`."""
    share = max(options.domain_share, 1.0 / max(1, len(supply)))
    total = min(int(supply.sum()), options.limit or int(supply.sum()))
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
