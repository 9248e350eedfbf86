"""Words of a language in the words that answers are read by: units, scales, months, numbers, colors, yes and no.

What CLDR has (the package Babel) is taken from there; the rest stands in `lexicons`, a file a language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError

from contextpairs.data.answers.cldr_words import ENGLISH_MONTHS, cldr_words
from contextpairs.data.answers.units import SCALES, unit
from contextpairs.data.answers.vocabulary import TAGS, concept
from contextpairs.data.answers.word_forms import duals, plurals, unaccented, with_endings
from contextpairs.data.answers.words import without_accents

HERE = Path(__file__).with_name("lexicons")
OTHERS = "others.toml"
ENGLISH = "en"
UNCERTAIN = ""
"""What a word says that has several senses in its language ("mi" in Portuguese: a million, or a mile)."""
UNSPACED = frozenset(["zh", "ja", "th", "lo", "km", "my"])
"""Languages that write words without spaces between them."""
APART = re.compile(r"['’-]")
DAY_FIRST = ("d.", "dd.")
"""How CLDR's pattern of a short date begins where the day comes first, with dots."""


class Lexicon(NamedTuple):
    """Words of a language.

    Attributes:
        language: its code.
        comma: decimals stand after a comma.
        spaced: words stand apart.
        words: case-folded words with what they say in English, or `UNCERTAIN`; folded, as `folds` does.
        longest: letters of the longest of them.
        small: words of which no number counts anything.
        alone: what some words say that are the whole answer ("aus": off).
        nought: words that are 0 where it is asked how many.
        clock: words that times of day are told with, beside `words`.
        folds: letters that are written one for the other.
        joins: words for "and" that are written together with the next word.
        articles: those that are.
        duals: endings of two of a thing.
        compound: numbers are written together ("dreihundertfünfzig").
        tenths: the word for a tenth part after a number ("三成": 30 %), if the language has one.
        counters: words between a number and what it counts.
        day_first: dates are written with dots, the day first.
        asks: by kind of question: what finds words that ask it.
    """

    language: str
    comma: bool
    spaced: bool
    words: MappingProxyType[str, str]
    longest: int
    small: frozenset[str]
    alone: MappingProxyType[str, str]
    nought: frozenset[str]
    clock: MappingProxyType[str, str]
    folds: dict[int, str]
    joins: tuple[str, ...]
    articles: tuple[str, ...]
    duals: tuple[str, ...]
    compound: bool
    tenths: str
    counters: frozenset[str]
    day_first: bool
    asks: MappingProxyType[str, re.Pattern[str]]

    def folded(self, text: str) -> str:
        """A text in the writing that the words have."""
        return text.casefold().translate(self.folds)

    def asking(self, text: str) -> str:
        """A question in the writing in which `asks` finds words, without accents."""
        return without_accents(self.folded(text))

    def with_clock(self) -> Lexicon:
        """With the words that times of day are told with among its words."""
        words = self.words | self.clock
        return self._replace(words=MappingProxyType(words), longest=max(map(len, words), default=0))

    def with_alone(self) -> Lexicon:
        """With the words that are whole answers among its words."""
        return self._replace(words=MappingProxyType(self.words | self.alone))


@cache
def lexicon(name: str) -> Lexicon:
    """The lexicon of a locale ("de", "pt_BR"); what is known of its language alone where the territory adds nothing.

    Raises:
        ValueError: CLDR has no such locale; names it.
    """
    locale = _locale(name)
    own, spaced = _own(locale.language), locale.language not in UNSPACED
    folds = str.maketrans({pair[0]: pair[1] for pair in own.get("folds", "").split()})
    words = _words(locale, own, folds) if locale.language != ENGLISH else {}
    return Lexicon(
        language=locale.language,
        comma=_decimal_mark(locale) == ",",
        spaced=spaced,
        words=MappingProxyType(words),
        longest=max(map(len, words), default=0),
        small=_small_words(own),
        alone=MappingProxyType(_folded(_said(own.get("alone", {})), folds)),
        nought=frozenset(word.casefold().translate(folds) for word in _listed(own.get("nought", ""))),
        clock=MappingProxyType(_folded(_said(own.get("clock", {})), folds)),
        folds=folds,
        joins=_listed(own.get("joins", "")),
        articles=_listed(own.get("articles", "")),
        duals=_listed(own.get("duals", "")),
        compound=own.get("compound", False),
        tenths=own.get("tenths", ""),
        counters=frozenset(_listed(own.get("counters", ""))),
        day_first=locale.date_formats["short"].pattern.startswith(DAY_FIRST),
        asks=MappingProxyType(
            {kind: _finding(_listed(said), spaced, folds) for kind, said in own.get("asks", {}).items()}
        ),
    )


def _words(locale: Locale, own: dict[str, Any], folds: dict[int, str]) -> dict[str, str]:
    """Names of months are no units ("julio" is July, not a joule); own words say better than CLDR, listed ones better
    than forms of them."""
    months = [each for use in ("stand-alone", "format") for each in locale.months[use].get("wide", {}).items()]
    named = [(said, ENGLISH_MONTHS[place - 1]) for place, said in months if not any(map(str.isdigit, said))]
    listed = _merged(cldr_words(locale)) | _merged(named) | _merged(_own_words(own))
    forms = [
        *plurals(listed, _listed(own.get("plurals", ""))),
        *with_endings(listed, _listed(own.get("endings", ""))),
        *duals(listed, _listed(own.get("duals", ""))),
    ]
    whole = _merged(forms) | listed
    return _folded((_merged(unaccented(whole)) | whole).items(), folds)


def _folded(words: Iterable[tuple[str, str]], folds: dict[int, str]) -> dict[str, str]:
    return _merged((said.casefold().translate(folds), english) for said, english in words)


def _merged(words: Iterable[tuple[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for said, english in words:
        before = merged.setdefault(said.casefold(), english)
        if before and not _one_meaning(before, english):
            merged[said.casefold()] = UNCERTAIN
    return merged


def _one_meaning(first: str, second: str) -> bool:
    return first == second or _meaning(first) == _meaning(second)


def _meaning(english: str) -> object:
    return unit(english) or str(SCALES.get(english, english))


def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{name!r} is no locale of CLDR; expected one such as 'de', 'pt_BR' or 'zh'") from error


@cache
def tells(language: str) -> frozenset[str]:
    """Words that tell a language, the words that it asks with among them."""
    own = _own(language)
    asking = (word for said in own.get("asks", {}).values() for each in _listed(said) for word in each.split())
    said = (*_small_words(own), *_listed(own.get("vocabulary", "")), *asking)
    return frozenset(part for word in said for part in APART.split(word) if part)


@cache
def told_languages() -> tuple[str, ...]:
    """Languages that are told by their words, sorted."""
    return tuple(sorted({path.stem for path in HERE.glob("*.toml") if path.name != OTHERS} | _others().keys()))


@cache
def answering(language: str) -> frozenset[str]:
    """Words that are answers in a language, as `lexicons` has them."""
    return frozenset(word for word, _ in _own_words(_own(language)))


def _small_words(own: dict[str, Any]) -> frozenset[str]:
    return frozenset(own.get("tells", "").replace("|", " ").split())


@cache
def _others() -> dict[str, str]:
    return tomllib.loads((HERE / OTHERS).read_text(encoding="utf-8"))


@cache
def _own(language: str) -> dict[str, Any]:
    path = HERE / f"{language}.toml"
    if path.is_file():
        return tomllib.loads(path.read_text(encoding="utf-8"))
    return {"tells": _others().get(language, "")}


def _own_words(own: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((word, str(value)) for value, word in enumerate(_listed(own.get("counting", ""))))
    yield from _said(own.get("words", {}))


def _said(table: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Words of a table with what they say; shades of colors are colors of their own ("dark blue")."""
    for english, said in table.items():
        meant = concept(english.replace(" ", ""))
        value = UNCERTAIN if english == "?" else meant if meant in TAGS else english
        yield from ((word, value) for word in _listed(said))


def _listed(said: str) -> tuple[str, ...]:
    return tuple(word for each in said.split("|") if (word := " ".join(each.split())))


def _decimal_mark(locale: Locale) -> str:
    return str(locale.number_symbols.get("latn", {}).get("decimal", "."))


def _finding(said: Iterable[str], spaced: bool, folds: dict[int, str]) -> re.Pattern[str]:
    """Finds any of some words, whole ones where words stand apart, in a text as `Lexicon.asking` gives it."""
    words = "|".join(re.escape(without_accents(word.casefold().translate(folds))) for word in said)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)" if spaced else words)
