"""An answer in another language as it would stand in English, where the question tells how it is meant."""

from __future__ import annotations

import re

from contextpairs.data.answers.cldr_words import ENGLISH_MONTHS
from contextpairs.data.answers.clock_words import time_of
from contextpairs.data.answers.gazetteer import things
from contextpairs.data.answers.lexicon import Lexicon
from contextpairs.data.answers.moments import MONTHS, dates
from contextpairs.data.answers.question_hints import QuestionHints
from contextpairs.data.answers.tokens import HAN_NUMBER, han_value
from contextpairs.data.answers.translation import in_english
from contextpairs.data.answers.vocabulary import TAGS, exclusive
from contextpairs.data.answers.word_forms import single
from contextpairs.data.answers.words import stem

DAY_AND_MONTH = re.compile(r"(\d{1,2})\. ?(\d{1,2})\.?")
POINT_YEAR = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")
HAN_PLACE = re.compile(rf"{HAN_NUMBER.pattern}(?=[年月日号號])")
PERCENT_FIRST = re.compile(r"^% ?(\d[\d.,]*)$")
PRICE_DASH = re.compile(r"(?<=\d),-(?=\W|$)")
ORDINAL_DAY = re.compile(r"(?<=^[123])(?:er|°|o|-го|-е)(?= )")
"""What a day's number ends in."""
ENDING = " .!?"


def said_abroad(text: str, asked: QuestionHints, words: Lexicon) -> str | None:
    """An answer in English, None where it may say several things.

    Args:
        text: in plain characters.
        asked: what its question says.
        words: of its language.
    """
    text = _rewritten(text, asked)
    if told := _counted(text, asked, words) or _time(text, asked, words) or _date(text, asked, words):
        return told
    english = in_english(text, words, asked.things)
    if english and asked.listed and "color" not in TAGS.get(stem(english), {}) and things(text):
        return text  # "Essen" is a city where one is asked for, and food elsewhere
    return english and _as_polarity(english, asked)


def _time(text: str, asked: QuestionHints, words: Lexicon) -> str | None:
    may_be_told = asked.timed or asked.maybe_timed or asked.dated
    return time_of(text, words, asked.timed) if may_be_told else None


def _date(text: str, asked: QuestionHints, words: Lexicon) -> str | None:
    """A date as English has it, None for another text; day and month alone only where a date is asked for."""
    if asked.dated and words.day_first and (dated := DAY_AND_MONTH.fullmatch(text)) and 0 < int(dated[2]) <= 12:
        return f"{int(dated[1])} {ENGLISH_MONTHS[int(dated[2]) - 1]}"
    text = (asked.dated and _without_preposition(text, words)) or text
    digits = text if words.spaced else HAN_PLACE.sub(_in_digits, text)
    if dates(digits) and not (words.day_first and POINT_YEAR.fullmatch(text)):
        return digits
    english = in_english(text, words) if asked.dated else None
    return english if english and (dates(english) or english.casefold() in MONTHS) else None


def _rewritten(text: str, asked: QuestionHints) -> str:
    """A text with its signs where English has them: "%25", "12,- €", and where a date is asked for "1er mai"."""
    text = PRICE_DASH.sub("", PERCENT_FIRST.sub(r"\1%", text))
    return ORDINAL_DAY.sub("", text) if asked.dated else text


def _in_digits(found: re.Match[str]) -> str:
    value = han_value(found.group())
    return found.group() if value is None else str(value)


def _without_preposition(text: str, words: Lexicon) -> str:
    """A text without the small word that it begins with ("im Dezember"); "" where it begins with none."""
    first, _, rest = text.partition(" ")
    return rest if words.folded(first) in words.small else ""


def _counted(text: str, asked: QuestionHints, words: Lexicon) -> str | None:
    """A number where it is asked how many: a word for none, or two of what the question names ("كتابان")."""
    if not asked.counted:
        return None
    word = words.folded(text.strip(ENDING))
    if word in words.nought:
        return "0"
    noun = single(word, words.duals)
    if noun and " " not in word and asked.names(noun):
        return "2"
    return None


def _as_polarity(english: str, asked: QuestionHints) -> str:
    """Yes or no for a state where the question asks for one ("Is the lamp on?": off)."""
    if len(asked.states) != 1:
        return english
    (state,) = asked.states
    *denied, said = english.split() or [""]
    if denied not in ([], ["not"]) or not (stem(said) == state or exclusive(stem(said), state)):
        return english
    if denied and stem(said) != state:
        return english
    return "yes" if stem(said) == state and not denied else "no"
