"""An answer in another language in the English words, and with the marks, that answers are read by."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from contextpairs.data.answers.lexicon import UNCERTAIN, Lexicon
from contextpairs.data.answers.parts import with_parts
from contextpairs.data.answers.tokens import AND, HAN_NUMBER, Token, han_value, summed, tokens, written
from contextpairs.data.answers.units import SCALES
from contextpairs.data.answers.vocabulary import TAGS
from contextpairs.data.answers.words import stem

DIGITS = rf"(?<!\d)\d+(?:\.\d+)?|{HAN_NUMBER.pattern}"
PARTS = re.compile(rf"(?P<under>{DIGITS})\s*分[之の]\s*(?P<over>{DIGITS})")
"""A share as Chinese and Japanese say it, the lower number first."""
HALF = "半"
HUNDRED = frozenset(["百", "一百", "100"])
POINTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
ARTICLE, NOT = "a", "not"
POLAR, PAUSES = ("yes", "no"), ",;:!"
ENDING = " .!?"
CALENDAR = frozenset({"month", "weekday"})


def in_english(text: str, words: Lexicon, held: frozenset[str] = frozenset()) -> str | None:
    """An answer as it would stand in English: numbers in digits and with a decimal point, known words in English.

    A text without numbers is translated as a whole or not at all. A dot or comma that may be either mark stays one.

    Args:
        text: in plain characters.
        words: of the language.
        held: things that the question names, in English, and counters, as they come.

    Returns:
        None where a word of it may say several things in its language, or is one that counts nothing.
    """
    alone = _whole(words.folded(text.strip(ENDING)), words)
    if alone is not None:
        return alone or None
    if words.day_first and (dated := POINTED.fullmatch(text)):
        return f"{dated[3]}-{dated[2]}-{dated[1]}"
    found = with_parts(summed(list(tokens(_with_shares(text, words), words))), words, held)
    said = [token for token in found if token.known or token.numeral or not token.text.isspace()]
    if _begins_with_polarity(said):
        return f"{said[0].text}, {text[len(said[0].came) :].lstrip(PAUSES + ' ')}"
    if any(token.numeral for token in said):
        return _with_numbers(found, said, words, held)
    if not _all_known(said, words.spaced):
        return text
    return None if _is_uncertain(said) else _joined(found)


def _whole(text: str, words: Lexicon) -> str | None:
    """What a text says that is a whole answer, or the denial of one; None for another text."""
    first, _, rest = text.partition(" ")
    if text in words.alone:
        return words.alone[text]
    return f"{NOT} {words.alone[rest]}" if words.words.get(first) == NOT and rest in words.alone else None


def _with_shares(text: str, words: Lexicon) -> str:
    """A text with shares as English has them: 三分之一 as 1/3, 三成 as 30%."""
    text = text if words.spaced else PARTS.sub(_share, text)
    return _tenths(words.tenths).sub(_share_of_tenths, text) if words.tenths else text


def _share(found: re.Match[str]) -> str:
    over, under = (_digits(found[name]) for name in ("over", "under"))
    return f"{over}%" if found["under"] in HUNDRED else f"{over}/{under}"


@cache
def _tenths(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<tenths>{DIGITS})\s*{word}(?:(?P<half>{HALF})|(?P<rest>{DIGITS})分?)?")


def _share_of_tenths(found: re.Match[str]) -> str:
    tenths, rest = (_digits(found[name] or "0") for name in ("tenths", "rest"))
    if not (tenths + rest).replace(".", "").isascii():
        return found.group()
    return f"{written(10 * Fraction(tenths) + (5 if found['half'] else Fraction(rest)))}%"


def _begins_with_polarity(said: list[Token]) -> bool:
    return len(said) > 2 and said[0].known and said[0].text in POLAR and said[1].text in PAUSES


def _is_uncertain(said: list[Token]) -> bool:
    return any(token.known and token.text == UNCERTAIN for token in said)


def _with_numbers(found: list[Token], said: list[Token], words: Lexicon, held: frozenset[str]) -> str | None:
    """A text with numbers; what is counted stays as it came, for the question has it in its own words."""
    if _is_uncertain(said):
        return None
    if _is_one_thing(said):
        return _joined([token._replace(text=ARTICLE) if token.numeral else token for token in found])
    if words.spaced and any(not token.known and token.text.casefold() in words.small for token in said):
        return None
    return _joined([_as_counted(token, held) for token in found])


def _is_one_thing(said: list[Token]) -> bool:
    """Whether a text is a word for one, which is an article as well, and known things ("un chien")."""
    one, *things = said
    return one.known and one.text == "1" and bool(things) and all(map(_is_counted, things))


def _as_counted(token: Token, held: frozenset[str]) -> Token:
    return token._replace(text=token.came) if _is_counted(token) and stem(token.text) not in held else token


def _is_counted(token: Token) -> bool:
    """Whether a word names or describes things, which are counted in the words of their question."""
    classes = TAGS.get(stem(token.text), {}).keys() if token.came else ()
    return bool(classes) and CALENDAR.isdisjoint(classes)


def _all_known(said: list[Token], spaced: bool) -> bool:
    """Whether all words are known; without spaces between, one alone, for several may be parts of another ("木星")."""
    known = [token for token in said if token.known]
    joined = any(token.text in (AND, "or") for token in known)
    alone = all(token.known or not any(map(str.isalnum, token.text)) for token in said)
    return alone and bool(known) and (spaced or joined or len(known) == 1)


def scales_of(text: str, words: Lexicon) -> frozenset[int]:
    """The scales that a text names ("in Mio. Euro": a million)."""
    return frozenset(SCALES[token.text] for token in tokens(text, words) if token.known and token.text in SCALES)


def known_words(text: str, words: Lexicon) -> list[str]:
    """The words of a text that the language's lexicon has, in English."""
    return [token.text for token in tokens(text, words) if token.known]


def _joined(found: list[Token]) -> str:
    """Known words stand apart from what is beside them."""
    return " ".join("".join(f" {token.text} " if token.known else token.text for token in found).split())


def _digits(number: str) -> str:
    value = han_value(number) if HAN_NUMBER.fullmatch(number) else None
    return number if value is None else str(value)
