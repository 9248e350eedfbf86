"""Words that CLDR (the package Babel) has of a language: scales, units, months, weekdays and currencies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from babel import Locale

from contextpairs.data.answers.units import CURRENCY_CODES, SCALES, unit

PERCENT_UNIT = "concentr-percent"
SCALE_OF = {size: name for name, size in SCALES.items()}
WIDTHS = ("long", "short")
NO_UNITS = frozenset(["temperature-generic", "energy-foodcalorie", "acceleration-g-force"])
"""Units of CLDR whose words are those of another one."""
PLACEHOLDER = "{0}"
ENGLISH_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                  "november", "december")  # fmt: skip
ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def cldr_words(locale: Locale) -> Iterator[tuple[str, str]]:
    """Words of a locale with what they say in English; a word may come more than once."""
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
    for name, widths in Locale("en")._data["unit_patterns"].items():
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
