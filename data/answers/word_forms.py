"""Other writings and forms of a lexicon's words: without accents, in the plural, two of a thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contextpairs.data.answers.units import SCALES, unit
from contextpairs.data.answers.vocabulary import TAGS
from contextpairs.data.answers.words import stem, without_accents

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
BOUND, OPEN = "ة", "ت"
"""The last letter of many Arabic nouns, and the one that it becomes before an ending."""


def unaccented(words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Words as they are typed without accents, with what they say."""
    for said, english in words.items():
        for other in {without_accents(said), said.translate(UMLAUTS)} - {said}:
            yield other, english


def plurals(words: dict[str, str], endings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names of things with the endings of a plural that is formed by rule."""
    things = [(said, english) for said, english in words.items() if said.isalpha() and _is_thing(english)]
    yield from ((f"{said}{ending}", english) for ending in endings for said, english in things)


def with_endings(words: dict[str, str], endings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Words that are counted, or count, with endings that say no more."""
    counted = [(said, english) for said, english in words.items() if said.isalpha() and _is_counted(english)]
    yield from ((f"{said}{ending}", english) for ending in endings for said, english in counted)


def duals(words: dict[str, str], endings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Words that say two of what is counted ("كتابان": two books)."""
    for said, english in words.items():
        if said.isalpha() and _is_counted(english):
            root = f"{said[:-1]}{OPEN}" if said[-1] == BOUND else said
            two = str(2 * SCALES[english]) if english in SCALES else f"2 {english}"
            yield from ((f"{root}{ending}", two) for ending in endings)


def single(word: str, endings: Iterable[str]) -> str:
    """A word without the ending that says two of it; "" where it has none."""
    root = next((word.removesuffix(ending) for ending in endings if word.endswith(ending)), "")
    return f"{root[:-1]}{BOUND}" if root.endswith(OPEN) else root


def _is_thing(english: str) -> bool:
    return "thing" in TAGS.get(stem(english), {})


def _is_counted(english: str) -> bool:
    return english in SCALES or bool(unit(english)) or _is_thing(english)
