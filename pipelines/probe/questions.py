"""Questions and answers of a probe: every pair is asked twice, with the positive as A and as B."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from contextpairs.data.pairs.prompting import Letter, PromptOptions, Shown, other, show
from contextpairs.data.pairs.schemas import COLUMNS

ORDERS: tuple[Letter, Letter] = ("A", "B")
"""Where the positive stands, first and second time."""
Outcome: TypeAlias = Literal["letter", "tie", "no-letter", "too-long"]
CREDIT: dict[Outcome, float | None] = {"tie": 0.5, "no-letter": 0.0, "too-long": None}
"""How right an answer is that picks no letter; None takes no part."""


@dataclass(frozen=True, slots=True)
class ProbeQuestion:
    """A pair in one order.

    Attributes:
        row: the pair's columns that results keep: pair_id, mirror_id, group_id, strategy, domain.
        shown: the prompt; its `letter` is where the positive stands.
    """

    row: Mapping[str, str]
    shown: Shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answers to a question.

    Attributes:
        outcome: whether it picks a letter; a tie is two equal logits, `no-letter` a reply that states none.
        chosen: the letter it picks.
        logit_a, logit_b: logits of the letters, from an endpoint their log probabilities; None where unknown.
        letter_mass: P(A) + P(B), the probability that the next token is one of the letters.
        reply: what an endpoint's model wrote.
        served: the model that an endpoint says it ran.
        tokens: length of the prompt, where it is known.
    """

    outcome: Outcome
    chosen: Letter | None = None
    logit_a: float | None = None
    logit_b: float | None = None
    letter_mass: float | None = None
    reply: str | None = None
    served: str | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class OwedAnswer:
    """An answer that could not be had, to be asked for again; `reason` says why."""

    reason: str


Answered: TypeAlias = tuple[ProbeQuestion, Answer | OwedAnswer]


class Asker(Protocol):
    """A model that can be asked."""

    def answers(self, questions: Iterable[ProbeQuestion]) -> Iterator[Answered]:
        """Answers in the order of the questions, reading no further ahead than a bounded number of them."""
        ...


def both_orders(row: Mapping[str, Any], options: PromptOptions) -> tuple[ProbeQuestion, ProbeQuestion]:
    """The two questions of a pair row of either domain.

    Raises:
        ValueError: a column is missing, or a field is not what it should be; names the pair and the field.
    """
    if missing := [name for name in COLUMNS if name not in row]:
        raise ValueError(f"pair {row.get('pair_id', '?')}: columns {missing} are missing; is this a version of pairs?")
    kept = {name: str(row[name]) for name in ("pair_id", "mirror_id", "group_id", "strategy")}
    kept["domain"] = _domain(row)
    first, second = (ProbeQuestion(kept, show(row, options, letter)) for letter in ORDERS)
    return first, second


def _domain(row: Mapping[str, Any]) -> str:
    """The visual domain of an image pair; "coding" where provenance names none and contexts are turns."""
    provenance = json.loads(row["provenance"])
    return str(provenance.get("domain") or ("images" if isinstance(row["positive"], Mapping) else "coding"))


def by_logits(logit_a: float, logit_b: float, letter_mass: float, tokens: int) -> Answer:
    """The answer of a model whose next-token logits are known: the letter of the higher one.

    Raises:
        ValueError: a logit is not finite.
    """
    if not (math.isfinite(logit_a) and math.isfinite(logit_b)):
        raise ValueError(f"the letters' logits are {logit_a} and {logit_b}, expected finite numbers; try another dtype")
    if logit_a == logit_b:
        return Answer("tie", None, logit_a, logit_b, letter_mass, tokens=tokens)
    return Answer("letter", "A" if logit_a > logit_b else "B", logit_a, logit_b, letter_mass, tokens=tokens)


def result(question: ProbeQuestion, answer: Answer) -> dict[str, Any]:
    """The result row of a question; see `results.RESULTS`."""
    letter = question.shown.letter
    logits = {"A": answer.logit_a, "B": answer.logit_b}
    positive, negative = logits[letter], logits[other(letter)]
    return {
        **question.row,
        "letter": letter,
        "outcome": answer.outcome,
        "chosen": answer.chosen,
        "right": CREDIT.get(answer.outcome, float(answer.chosen == letter)),
        "logit_a": answer.logit_a,
        "logit_b": answer.logit_b,
        "margin": None if positive is None or negative is None else positive - negative,
        "letter_mass": answer.letter_mass,
        "tokens": answer.tokens,
        "reply": answer.reply,
        "served": answer.served,
    }
