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

from contextpairs.data.answers.units import CURRENCY_CODES, SCALES, unit

HERE = Path(__file__).with_name("lexicons")
OTHERS = "others.toml"
ENGLISH = "en"
UNCERTAIN = ""
"""What a word says that has several senses in its language ("mi" in Portuguese: a million, or a mile)."""
UNSPACED = frozenset(["zh", "ja", "th", "lo", "km", "my"])
"""Languages that write words without spaces between them."""
PERCENT_UNIT = "concentr-percent"
SCALE_OF = {size: name for name, size in SCALES.items()}
WIDTHS = ("long", "short")
NO_UNITS = frozenset(["temperature-generic", "energy-foodcalorie", "acceleration-g-force"])
"""Units of CLDR whose words are those of another one."""
PLACEHOLDER = "{0}"
ENGLISH_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                  "november", "december")  # fmt: skip
ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
APART = re.compile(r"['’-]")


class Lexicon(NamedTuple):
    """Words of a language.

    Attributes:
        language: its code.
        comma: decimals stand after a comma.
        spaced: words stand apart.
        words: case-folded words with what they say in English, or `UNCERTAIN`.
        longest: letters of the longest of them.
        small: words of which no number counts anything.
        asks: by kind of question: what finds words that ask it.
    """

    language: str
    comma: bool
    spaced: bool
    words: MappingProxyType[str, str]
    longest: int
    small: frozenset[str]
    asks: MappingProxyType[str, re.Pattern[str]]


@cache
def lexicon(name: str) -> Lexicon:
    """The lexicon of a locale ("de", "pt_BR"); what is known of its language alone where the territory adds nothing.

    Raises:
        ValueError: CLDR has no such locale; names it.
    """
    locale = _locale(name)
    own, spaced = _own(locale.language), locale.language not in UNSPACED
    words = _words(locale, own) if locale.language != ENGLISH else {}
    return Lexicon(
        locale.language,
        _decimal_mark(locale) == ",",
        spaced,
        MappingProxyType(words),
        max(map(len, words), default=0),
        _small_words(own),
        MappingProxyType({kind: _finding(_listed(said), spaced) for kind, said in own.get("asks", {}).items()}),
    )


def _words(locale: Locale, own: dict[str, Any]) -> dict[str, str]:
    """Names of months are no units ("julio" is July, not a joule); own words say better than CLDR."""
    months = [each for use in ("stand-alone", "format") for each in locale.months[use].get("wide", {}).items()]
    named = [(said, ENGLISH_MONTHS[place - 1]) for place, said in months if not any(map(str.isdigit, said))]
    return _merged(_cldr_words(locale)) | _merged(named) | _merged(_own_words(own))


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
    for english, said in own.get("words", {}).items():
        yield from ((word, UNCERTAIN if english == "?" else english) for word in _listed(said))


def _listed(said: str) -> tuple[str, ...]:
    return tuple(word for each in said.split("|") if (word := " ".join(each.split())))


def _decimal_mark(locale: Locale) -> str:
    return str(locale.number_symbols.get("latn", {}).get("decimal", "."))


def _cldr_words(locale: Locale) -> Iterator[tuple[str, str]]:
    yield from _scale_words(locale)
    yield from _unit_words(locale)
    yield from _calendar_words(locale)
    yield from _currency_words(locale)


def _scale_words(locale: Locale) -> Iterator[tuple[str, str]]:
    """ "0 Mio." is how CLDR writes millions: the noughts stand for the digits that are left of the number."""
    for width in ("long", "short"):
        for patterns in locale.compact_decimal_formats.get(width, {}).values():
            for size, pattern in patterns.items():
                digits, word = _split_scale(pattern.pattern)
                scale = SCALE_OF.get(10 ** (len(size) - max(digits, 1)))
                if len(word) > 1 and scale:
                    yield from ((word, scale), (word.rstrip("."), scale))


def _split_scale(pattern: str) -> tuple[int, str]:
    bare = pattern.partition(";")[0].replace("'", "").replace("\u00a0", " ").replace("\u202f", " ").strip()
    word = bare.lstrip("0")
    return len(bare) - len(word), word.strip()


def _unit_words(locale: Locale) -> Iterator[tuple[str, str]]:
    for name, widths in locale._data["unit_patterns"].items():
        english = _english_units().get(name)
        for width in WIDTHS if english else ():
            for said in widths.get(width, {}).values():
                if isinstance(said, str) and said.startswith(PLACEHOLDER):
                    word = said.removeprefix(PLACEHOLDER).replace("\u00a0", " ").replace("\u202f", " ").strip()
                    if len(word) > 1 or not word.isascii():
                        yield from ((word, str(english)), (word.rstrip("."), str(english)))


@cache
def _english_units() -> dict[str, str]:
    """By CLDR's name of a unit: the English name, as far as `units` knows it."""
    found = {PERCENT_UNIT: "percent"}
    for name, widths in Locale(ENGLISH)._data["unit_patterns"].items():
        said = str(widths.get("long", {}).get("other", "")).removeprefix(PLACEHOLDER).strip()
        if name not in NO_UNITS and (unit(said) or said.startswith("degrees ")):
            found[name] = said
    return found


def _calendar_words(locale: Locale) -> Iterator[tuple[str, str]]:
    for use in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for names, english, first in ((locale.months, ENGLISH_MONTHS, 1), (locale.days, ENGLISH_DAYS, 0)):
                for place, said in names[use].get(width, {}).items():
                    if not any(map(str.isdigit, said)) and len(said.rstrip(".")) > 1:
                        yield from ((said, english[place - first]), (said.rstrip("."), english[place - first]))


def _currency_words(locale: Locale) -> Iterator[tuple[str, str]]:
    plurals = locale._data["currency_names_plural"]
    for code in CURRENCY_CODES:
        said = {locale.currencies.get(code, ""), *plurals.get(code, {}).values()} - {"", code}
        yield from ((word.replace("\u00a0", " "), code) for word in said if isinstance(word, str))


def _finding(said: Iterable[str], spaced: bool) -> re.Pattern[str]:
    """Finds any of some words, whole ones where words stand apart."""
    words = "|".join(map(re.escape, said))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)" if spaced else words, re.IGNORECASE)
