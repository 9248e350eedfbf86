"""From the judge's closed answers to a verdict on a pair."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from contextpairs.data.sources.files.faults import Rejection

Outcome = Literal["kept", "rejected", "owed"]
Letter = Literal["A", "B"]
ORDERS: tuple[Letter, Letter] = ("A", "B")
"""The letter that the positive is shown under, first and second time."""

WRONG = "judge-wrong"
AMBIGUOUS = "judge-ambiguous"
DISAGREES = "judge-disagrees"
SHORTCUT = "judge-shortcut"
UNPARSABLE = "judge-unparsable"
REASONS = (WRONG, AMBIGUOUS, DISAGREES, SHORTCUT, UNPARSABLE)
"""Every reason for which the judge rejects a pair."""

CLOSED = re.compile(r"VERDICT: *(A|B|BOTH|NEITHER) *\r?\n\s*CUE: *(NONE|LEAK|SURFACE)", re.IGNORECASE)
THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


class ClosedAnswer(NamedTuple):
    """One closed answer: `choice` is A, B, BOTH or NEITHER, `cue` is NONE, LEAK or SURFACE."""

    choice: str
    cue: str

    def text(self) -> str:
        """The answer as a model is to write it."""
        return f"VERDICT: {self.choice}\nCUE: {self.cue}"

    def side(self, positive: Letter) -> str:
        """The choice as positive, negative, BOTH or NEITHER, whatever the order asked."""
        if self.choice in ("BOTH", "NEITHER"):
            return self.choice
        return "positive" if self.choice == positive else "negative"


def parse_answer(text: str) -> ClosedAnswer | None:
    """Read a closed answer; None for anything else. A leading, closed <think> block is passed over."""
    match = CLOSED.fullmatch(THOUGHT.sub("", text).strip())
    return ClosedAnswer(match[1].upper(), match[2].upper()) if match else None


@dataclass(slots=True, frozen=True)
class Verdict:
    """What the judge makes of one pair.

    An owed verdict is no rejection: the work failed (endpoint down, spending limit reached) and a rerun
    does it again; its reason is one of `client.OWED_REASONS`.
    """

    pair_id: str
    outcome: Outcome
    reason: str = ""
    detail: str = ""
    answers: tuple[ClosedAnswer | None, ...] = ()
    """The answer with the positive shown as A, then as B; None where unparsable."""
    cut: int = 0
    """Characters of the two contexts that the judge was not shown."""

    def rejection(self) -> Rejection | None:
        """The rejection for the funnel, None for a pair kept or owed."""
        if self.outcome != "rejected":
            return None
        return Rejection(stage="judge", reason=self.reason, key=self.pair_id, detail=self.detail[:500])

    def record(self) -> str:
        """The verdict in one line for a pair's provenance: `kept: A/NONE B/NONE`."""
        said = " ".join("/".join(answer) if answer else "unparsable" for answer in self.answers)
        return f"{self.outcome}: {said or self.reason}"


def reason_against(answers: tuple[ClosedAnswer | None, ClosedAnswer | None]) -> str:
    """Why a pair must go, empty if nothing speaks against it.

    Args:
        answers: The answer with the positive shown as A, then as B; None where unparsable.

    Returns:
        The first of: one is unparsable, the orders disagree, both call it ambiguous, both pick the
        negative, the right choice rests on a surface cue.
    """
    first, second = answers
    if first is None or second is None:
        return UNPARSABLE
    return _reason_if_disagreeing(first, second) or _reason_of_side(first.side("A")) or _reason_of_cues(first, second)


def reason_of_one(answer: ClosedAnswer, positive: Letter) -> str:
    """Why a pair must go when one order alone could be read."""
    return _reason_of_side(answer.side(positive)) or _reason_of_cues(answer)


def _reason_if_disagreeing(first: ClosedAnswer, second: ClosedAnswer) -> str:
    return "" if first.side("A") == second.side("B") else DISAGREES


def _reason_of_side(side: str) -> str:
    return {"positive": "", "negative": WRONG}.get(side, AMBIGUOUS)


def _reason_of_cues(*answers: ClosedAnswer) -> str:
    return SHORTCUT if any(answer.cue != "NONE" for answer in answers) else ""


def judge_answers(pair_id: str, texts: tuple[str, str], *, keep_unparsable: bool = False, cut: int = 0) -> Verdict:
    """Turn the texts of both orders into a verdict.

    Args:
        pair_id: The pair asked about.
        texts: What the model wrote with the positive shown as A, then as B.
        keep_unparsable: Let an unparsable answer pass; the other order still counts.
        cut: Characters of the contexts that the judge was not shown.
    """
    answers = (parse_answer(texts[0]), parse_answer(texts[1]))
    reason = reason_against(answers)
    if reason == UNPARSABLE and keep_unparsable:
        reason = _reason_of_the_readable(answers)
    detail = _describe(texts) if reason else ""
    return Verdict(pair_id, "rejected" if reason else "kept", reason, detail, answers, cut)


def _reason_of_the_readable(answers: tuple[ClosedAnswer | None, ClosedAnswer | None]) -> str:
    read = ((answer, positive) for answer, positive in zip(answers, ORDERS, strict=True) if answer)
    return next((reason_of_one(answer, positive) for answer, positive in read), "")


def _describe(texts: tuple[str, str]) -> str:
    shown_a, shown_b = (" ".join(text.split())[:200] for text in texts)
    return f"positive as A: {shown_a!r}; positive as B: {shown_b!r}"
