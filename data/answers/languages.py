"""Which languages a text may be in: told by its script, and by small words of the languages that share it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from contextpairs.data.answers.lexicon import ENGLISH, UNSPACED, answering, lexicon, tells
from contextpairs.data.answers.words import LETTER

Languages = tuple[str, ...]
"""Codes of the languages that a text may be in, sorted; never empty."""
SCRIPTS = {
    "LATIN": ("cs", "da", "de", "en", "es", "fi", "fr", "hu", "id", "it", "nb", "nl", "pl", "pt", "ro", "sv", "tr",
              "vi"),
    "CYRILLIC": ("bg", "ru", "sr", "uk"),
    "ARABIC": ("ar", "fa", "ur"),
    "DEVANAGARI": ("hi", "mr"),
    "CJK": ("ja", "zh"),
    "HIRAGANA": ("ja",), "KATAKANA": ("ja",), "HANGUL": ("ko",), "THAI": ("th",), "GREEK": ("el",),
    "HEBREW": ("he",), "BENGALI": ("bn",), "TAMIL": ("ta",), "TELUGU": ("te",), "GUJARATI": ("gu",),
    "KANNADA": ("kn",), "MALAYALAM": ("ml",), "GURMUKHI": ("pa",), "GEORGIAN": ("ka",), "ARMENIAN": ("hy",),
    "KHMER": ("km",), "LAO": ("lo",), "MYANMAR": ("my",), "ETHIOPIC": ("am",), "SINHALA": ("si",),
}  # fmt: skip
"""Languages that are told apart, by script: the first word of Unicode's names of its letters."""
ALONE = ("HIRAGANA", "KATAKANA")
"""Scripts of which a few letters tell the language whatever else is there."""
WORD = re.compile(f"{LETTER}+|¿")
SEPARATOR = " "
LONGEST = 2000
"""Characters of a text that are looked at."""
RARE = 20
"""One in so many texts of a file: less often, a language is not one of its languages."""


def written(languages: Iterable[str]) -> str:
    """Languages or locales as text, as `possible` reads them."""
    return SEPARATOR.join(sorted(languages))


@lru_cache(maxsize=1 << 14)
def possible(locale: str, question: str) -> Languages:
    """The locales that answers to a question may be in.

    Args:
        locale: one or several, with spaces between; "" where none is known.
        question: tells its language where no locale is known; without one it is English.

    Raises:
        ValueError: CLDR has no such locale.
    """
    if locale:
        return tuple(sorted(set(locale.split())))
    return languages_of(question) if question.strip() else (ENGLISH,)


def told(text: str) -> str | None:
    """The language of a text, if its script or its words leave one alone."""
    found = languages_of(text)
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=1 << 14)
def languages_of(text: str) -> Languages:
    """The languages that a text may be in: all of its script of which it has most words."""
    text = unicodedata.normalize("NFC", text[:LONGEST])
    script = _script(text)
    candidates = SCRIPTS.get(script or "LATIN", SCRIPTS["LATIN"])
    if len(candidates) == 1:
        return candidates
    folded = text.casefold()
    words = WORD.findall(folded)
    hits = {each: _hits(each, folded, words) for each in candidates}
    most = max(hits.values())
    if candidates == SCRIPTS["CJK"]:
        return ("zh",) if hits["zh"] else candidates
    found = tuple(each for each in candidates if hits[each] == most)
    return found if len(found) == 1 or ENGLISH in found else _by_answers(found, words)


def _by_answers(candidates: Languages, words: list[str]) -> Languages:
    """Those of some languages that have most words that are answers in them: colors, numbers, yes and no."""
    hits = {each: sum(word in answering(each) for word in words) for each in candidates}
    return tuple(each for each in candidates if hits[each] == max(hits.values()))


def _hits(language: str, folded: str, words: list[str]) -> int:
    known = tells(language)
    if language in UNSPACED:
        return sum(word in folded for word in known)
    return sum(word in known for word in words)


def _script(text: str) -> str | None:
    """The script of most letters; None where there are none, or none that is known."""
    found = Counter(_script_of(char) for char in text if char.isalpha())
    for alone in ALONE:
        if found[alone]:
            return alone
    known = [(count, name) for name, count in found.items() if name in SCRIPTS]
    return max(known)[1] if known else None


@lru_cache(maxsize=1 << 12)
def _script_of(char: str) -> str:
    return unicodedata.name(char, "?").split()[0].split("-")[0]


def scripts(text: str) -> frozenset[str]:
    """The scripts of a text's letters; kana and Han count as one."""
    found = {_script_of(char) for char in text if char.isalpha()}
    return frozenset("CJK" if name in ALONE else name for name in found)


def of_file(texts: Iterable[str]) -> str:
    """The languages of a file, as `written`: those that its questions tell, less rare ones; "" if none does."""
    found = Counter(language for text in texts if (language := told(text)))
    return written(language for language, count in found.items() if count * RARE >= found.total())


def check(locale: str) -> None:
    """Raises ValueError for a locale that CLDR does not have."""
    lexicon(locale)
