"""One answer out of several: what people agree on, or what is said in other writings."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import NamedTuple

from contextpairs.data.answers.canonical import Canonical, canonical
from contextpairs.data.answers.comparing import compare
from contextpairs.data.answers.phrase import phrase_of
from contextpairs.data.answers.vocabulary import NEGATIONS
from contextpairs.data.sources.files.faults import VqaFault, shown

MOST = 10
"""Writings of one answer that are compared; more are several answers."""


class Several(NamedTuple):
    """Answers to one question.

    Attributes:
        texts: at least one.
        column: where they are.
        people: each is known to be of another person; else they are where some of them are equal.
        locale: languages of them; by default what the question tells.
    """

    texts: tuple[str, ...]
    column: str
    people: bool
    locale: str = ""


def agreed(several: Several, question: str, options: bool, chosen: str | None = None) -> str:
    """The one answer that several come to: what two thirds of the people say, else what all others are writings of.

    Args:
        several: the answers.
        question: text of the question.
        options: the answers are texts of options, of which only one may be meant.
        chosen: the answer that the row gives beside them; it has to be that one.

    Raises:
        VqaFault: annotators-disagree or several-answers: more than one may be true of the image.
    """
    texts = several.texts
    folded = [text.casefold() for text in texts]
    if several.people or len(set(folded)) < len(folded):
        return _majority(several, question, chosen)
    if chosen is not None:
        texts = (chosen, *texts)
    if len(texts) > MOST or not all(
        _alike(one, other, question, options, several.locale) for one, other in combinations(texts, 2)
    ):
        detail = f"column {several.column!r}: {shown(', '.join(texts))} may all be true"
        raise VqaFault("several-answers", f"{detail}; expected one answer, choose it or drop the row")
    return texts[0]


def _majority(several: Several, question: str, chosen: str | None) -> str:
    """What two thirds mean, as most of them write it."""
    meanings = [_meaning(text, question, several) for text in several.texts]
    key = Counter(meanings).most_common(1)[0][0] if chosen is None else _meaning(chosen, question, several)
    same = [text for text, meaning in zip(several.texts, meanings, strict=True) if meaning == key]
    if 3 * len(same) < 2 * len(meanings):
        said = shown(chosen or same[0])
        detail = f"column {several.column!r}: {len(same)} of {len(meanings)} answers are {said}"
        raise VqaFault("annotators-disagree", f"{detail}; expected two thirds of them, drop the question")
    if chosen is not None:
        return chosen
    most, _ = Counter(text.casefold() for text in same).most_common(1)[0]
    return next(text for text in same if text.casefold() == most)


def _meaning(text: str, question: str, several: Several) -> str:
    return canonical(text, question, locale=several.locale).key


def _alike(first: str, second: str, question: str, options: bool, locale: str) -> bool:
    """Whether two answers are writings of one: equal in meaning, or one within the other ("12", "12 pages")."""
    if options:
        return first == second
    one, other = (canonical(each, question, locale=locale) for each in (first, second))
    return one.key == other.key or (_within(first, second) and _compatible(one, other))


def _compatible(first: Canonical, second: Canonical) -> bool:
    return first.kind == second.kind and compare(first, second) != "different"


def _within(first: str, second: str) -> bool:
    """Whether one answer is a run of the other's words, whose others do not deny it."""
    short, long = sorted(map(phrase_of, (first, second)), key=lambda phrase: len(phrase.stems))
    size = len(short.stems)
    runs = (long.stems[at : at + size] for at in range(len(long.stems) - size + 1))
    return size > 0 and short.stems in runs and NEGATIONS.isdisjoint(long.words)
