r"""A model's response against the right answer: what it says in the end, and whether that is the answer.

Strict, for it pays rewards: an answer given in doubt ("A or B"), in excess ("3, 4") or not closed (`\boxed{3`) is none.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import cast

from contextpairs.data.answers.canonical import Canonical, canonical
from contextpairs.data.answers.comparing import compare
from contextpairs.data.answers.numbers import Reading
from contextpairs.data.answers.options import LETTERS, unlabelled
from contextpairs.data.answers.pair_reward import stated_letter
from contextpairs.data.answers.phrase import Phrase
from contextpairs.data.answers.units import UNSAID
from contextpairs.data.answers.words import without_accents

THINKING = re.compile(r"<(/?)(think|thinking|reasoning)>", re.IGNORECASE)
OPENED = re.compile(r"<(?:think|thinking|reasoning)>", re.IGNORECASE)
CLOSED = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
TAG = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
OPEN_TAG = re.compile(r"<answer>", re.IGNORECASE)
BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
SAID = re.compile(
    r"(?:(?:final|correct|right|best)\s+)*(?:answer|option|choice)\s*(?:is|=|:)\s*:?\s*(?P<answer>[^\n]+)|####\s*([^\n]+)",
    re.IGNORECASE,
)
STATES = re.compile(r"\s*\(?[A-Z]\)?[.!;]\s+\S")
"""A letter, and then another sentence."""
SENTENCE_END = re.compile(r"(?<=[^\s.A-Z])[.!](?:\s+(?=[A-Z\"'(])|\s*$)")
EMPHASIS = re.compile(r"\*\*|__|`")
LEAD = re.compile(
    r"^(?:so|thus|therefore|hence)?,?\s*(?:it is|it's|it was|there are|there is|they are|that is|this is)\s+",
    re.IGNORECASE,
)
REASON = re.compile(r",?\s+(?:because|since)\b.*$", re.IGNORECASE)
SHORT = 12
"""Words up to which a last line is taken for an answer."""


def final_answer(response: str) -> str | None:
    r"""What a response gives as its answer, or None where it gives none.

    In this order: the last `\boxed{}`, the last `<answer>` tag, the last "answer is ...", the last line if it is
    short. What is thought in `<think>` does not count; a mark that was opened last and not closed voids the response.
    """
    text = spoken(response)
    if text is None:
        return None
    for find in (_boxed, _tagged):
        marked, found = find(text)
        if marked:
            return found or None
    return _said(text) or _last_line(text)


def matches(response: str, answer: str, question: str = "", choices: tuple[str, ...] = (), locale: str = "") -> bool:
    """Whether a response gives the answer: the same by meaning; a unit that one of the two leaves out is no error, nor
    is an accent, nor a dot or comma that may be either mark.

    Args:
        response: a model's whole text.
        answer: the right answer; an empty one is matched by nothing.
        question: as for `relation`.
        choices: the options, so that a letter stands for its text.
        locale: as for `relation`.

    Raises:
        ValueError: CLDR has no such locale.
    """
    said = final_answer(response)
    if not said or not answer.strip():
        return False
    if choices and (letter := _stated_option(response, said, choices)):
        said = letter
    given, right = (canonical(each, question, choices, locale) for each in (_led(said), answer))
    if compare(given, right) == "same":
        return True
    return any(near(given, right) for near in (_same_but_for_unit, _same_with_detail, _same_marks, _same_but_accents))


def _stated_option(response: str, said: str, choices: tuple[str, ...]) -> str | None:
    """The letter of an option that a response states in one of several sentences; None where what it says is clear."""
    marked = _boxed(response)[0] or _tagged(response)[0]
    letters = LETTERS[: len(choices)]
    if marked or not STATES.match(said) or any(text.strip() in said for text in unlabelled(choices)):
        return None
    return stated_letter(spoken(response) or "", letters)


def spoken(response: str) -> str | None:
    """The response without its thinking; None where the thinking never ends."""
    text = CLOSED.split(_without_thinking(response))[-1]
    return None if OPENED.search(text) else text


def _without_thinking(text: str) -> str:
    """Without what stands from an opening tag to the next closing one of its name, in one pass whatever the text."""
    last_closing = {tag.group(2).lower(): tag.start() for tag in THINKING.finditer(text) if tag.group(1)}
    kept, at, name = [], 0, ""
    for tag in THINKING.finditer(text):
        closing, kind = bool(tag.group(1)), tag.group(2).lower()
        if not (closing or name) and last_closing.get(kind, -1) > tag.start():
            kept.append(text[at : tag.start()])
            name = kind
        elif closing and kind == name:
            at, name = tag.end(), ""
    return "".join([*kept, text[at:]])


def _boxed(text: str) -> tuple[bool, str]:
    """Whether there is a box, and what the last one holds."""
    starts = list(BOX.finditer(text))
    return (True, _balanced(text, starts[-1].end())) if starts else (False, "")


def _balanced(text: str, start: int) -> str:
    depth = 1
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0) if text[at - 1] != "\\" else 0
        if not depth:
            return text[start:at].strip()
    return ""


def _tagged(text: str) -> tuple[bool, str]:
    openings = [found.start() for found in OPEN_TAG.finditer(text)]
    if not openings:
        return False, ""
    found = TAG.match(text, openings[-1])
    return True, found.group(1).strip() if found else ""


def _said(text: str) -> str:
    found = list(SAID.finditer(EMPHASIS.sub("", text)))
    if not found:
        return ""
    line = (found[-1].group("answer") or found[-1].group(2)).strip()
    return REASON.sub("", SENTENCE_END.split(line)[0]).strip()


def _last_line(text: str) -> str | None:
    lines = [line.strip() for line in EMPHASIS.sub("", text).splitlines() if line.strip()]
    return lines[-1] if lines and len(lines[-1].split()) <= SHORT else None


def _led(said: str) -> str:
    return LEAD.sub("", said) or said


def _same_but_for_unit(given: Canonical, right: Canonical) -> bool:
    """Equal numbers, one of them without the unit that the other has, as written."""
    if given.kind != "number" or right.kind != "number":
        return False
    one, other = cast(tuple[Reading, ...], given.value), cast(tuple[Reading, ...], right.value)
    bare, measured = (one, other) if any(reading.dimension == UNSAID for reading in other) else (other, one)
    unsaid = [reading.exact for reading in measured if reading.dimension == UNSAID]
    return bool(unsaid) and not any(reading.dimension == UNSAID for reading in bare) and bare[0].exact == unsaid[0]


def _same_with_detail(given: Canonical, right: Canonical) -> bool:
    """Yes or no with more words around it, where the right answer is the word alone."""
    return given.kind == right.kind == "polarity" and not right.detail and given.value == right.value


def _same_marks(given: Canonical, right: Canonical) -> bool:
    """Numbers that are equal if a comma or dot is taken one way or the other: "1.000" is both one and a thousand."""
    if given.kind != "number" or right.kind != "number":
        return False
    return not _written_values(given).isdisjoint(_written_values(right))


def _written_values(one: Canonical) -> frozenset[tuple[str, Fraction]]:
    readings = cast(tuple[Reading, ...], one.value)
    marked = (reading for reading in readings if reading.step < 0 and reading.dimension == readings[0].dimension)
    return frozenset((reading.dimension, reading.exact) for reading in (readings[0], *marked))


def _same_but_accents(given: Canonical, right: Canonical) -> bool:
    """Equal words, whose letters have other accents."""
    if given.kind != "text" or right.kind != "text":
        return False
    ones, others = (cast(Phrase, each.value).words for each in (given, right))
    return tuple(map(without_accents, ones)) == tuple(map(without_accents, others))
