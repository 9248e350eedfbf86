"""Whether two answers mean the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, cast

from contextpairs.data.answers.boxes import Box, boxes_apart
from contextpairs.data.answers.canonical import SHORT_YEARS, Canonical, Kind, canonical
from contextpairs.data.answers.gazetteer import holds, things
from contextpairs.data.answers.moments import Clock, Date, apart, clash
from contextpairs.data.answers.numbers import Reading, near
from contextpairs.data.answers.phrase import (
    LATIN,
    Phrase,
    alike,
    distinct,
    is_known,
    listed,
    separate,
    synonyms,
    unlike_names,
)
from contextpairs.data.answers.question_hints import QuestionHints, one_noun
from contextpairs.data.answers.units import AS_PERCENT, COUNTED, UNKNOWN, UNSAID, is_measure
from contextpairs.data.answers.vocabulary import TAGS

Relation = Literal["same", "different", "unclear"]
COUNTS = re.compile(f"^(?:{re.escape(COUNTED)}|{re.escape(UNKNOWN)})")
ROUGHLY = 0.05
"""Share by which numbers differ that may be one where it is asked about how many there are."""
GRADE = re.compile(r"[^\W\d_][-+#*♯♭]*")
"""A letter with the signs that make another grade, or note, of it."""
CASED = frozenset(["LATIN", "CYRILLIC", "GREEK", "ARMENIAN"])
CLOSED = frozenset({"color", "weekday", "month", "across", "upright", "size"})
"""Classes of words that are read as English whatever the language, unless it has the word itself."""
STAND_INS = frozenset({UNSAID, AS_PERCENT})


def compare(first: Canonical, second: Canonical) -> Relation:
    """The relation of two answers to one question; symmetric, and `same` for one answer with itself.

    `different` only where both certainly exclude each other; whatever may be one meaning, or both may be true of one
    picture, is `unclear`.
    """
    if first.key == second.key:
        return "same"
    if first.kind == "vague" or second.kind == "vague":
        return "unclear"
    if first.kind == second.kind:
        return "different" if DIFFERENT[first.kind](first, second) else "unclear"
    return "different" if opposed(first, second) or _apart_from_list(first, second) else "unclear"


def opposed(first: Canonical, second: Canonical) -> bool:
    """Whether each is an option of the other's question that was not chosen there, and holds not all of its words."""
    contained = first.bag <= second.bag or second.bag <= first.bag
    return first.key in second.options and second.key in first.options and not contained


def _numbers(first: Canonical, second: Canonical) -> bool:
    """No reading of one is near a reading of the other; units left out count where only one of them has a unit."""
    ones, others = cast(tuple[Reading, ...], first.value), cast(tuple[Reading, ...], second.value)
    if first.asked.rough and _roughly_one(ones[0], others[0]):
        return False
    if len(ones) == len(others) == 1:
        return not near(ones[0], others[0])
    if left_open(first, second):
        return False
    if _leaves_unsaid(ones) and _leaves_unsaid(others):
        ones, others = _said(ones), _said(others)
    return not any(near(one, other) for one in ones for other in others if _comparable(one.dimension, other.dimension))


def left_open(first: Canonical, second: Canonical) -> bool:
    """Whether what two numbers count leaves open whether they are one, however far apart they are."""
    ones, others = (cast(tuple[Reading, ...], each.value)[0].dimension for each in (first, second))
    return not _commensurable(ones, others) or _leaves_measure_open(first, second)


def _leaves_measure_open(first: Canonical, second: Canonical) -> bool:
    """Whether one answer has a unit of measure, the other none, and the question names none of its dimension."""
    ones, others = (cast(tuple[Reading, ...], each.value)[0].dimension for each in (first, second))
    measured = {each for each in (ones, others) if is_measure(each)}
    return bool(measured) and "" in (ones, others) and not measured <= first.asked.measures


def _roughly_one(first: Reading, second: Reading) -> bool:
    return abs(first.value - second.value) <= ROUGHLY * max(abs(first.value), abs(second.value))


def _commensurable(first: str, second: str) -> bool:
    """Whether numbers of two dimensions can be told apart: of one, or where one of them is left out of a known one."""
    unknown = first.startswith(UNKNOWN) or second.startswith(UNKNOWN)
    return _one_dimension(first, second) or (not unknown and (not first or not second))


def _one_dimension(first: str, second: str) -> bool:
    """Whether two dimensions are one, or things that are counted in two forms of one word."""
    if first == second:
        return True
    ones, others = (re.sub(COUNTS, "", each).split() for each in (first, second))
    counted = re.match(COUNTS, first) and re.match(COUNTS, second) and len(ones) == len(others)
    return bool(counted) and all(one_noun(one, other) for one, other in zip(ones, others, strict=True))


def _leaves_unsaid(readings: tuple[Reading, ...]) -> bool:
    return any(one.dimension == UNSAID for one in readings)


def _comparable(first: str, second: str) -> bool:
    """Whether readings of two dimensions can be one value; what stands for a bare number meets bare numbers alone."""
    if not first and not second:
        return True
    if _one_dimension(first, second):
        return first not in STAND_INS
    return (not first and second in STAND_INS) or (not second and first in STAND_INS)


def _said(readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    return tuple(one for one in readings if one.dimension != UNSAID)


def _polarities(first: Canonical, second: Canonical) -> bool:
    return first.value != second.value


def _clocks(first: Canonical, second: Canonical) -> bool:
    return clash(cast(Clock, first.value), cast(Clock, second.value))


def _dates(first: Canonical, second: Canonical) -> bool:
    ones, others = cast(tuple[Date, ...], first.value), cast(tuple[Date, ...], second.value)
    return all(apart(one, other) for one in ones for other in others)


def _ranges(first: Canonical, second: Canonical) -> bool:
    """Disjoint as ranges and no permutation of each other as scores."""
    (low, high), (bottom, top) = (cast(tuple[Reading, ...], one.value) for one in (first, second))
    if low.dimension != bottom.dimension:
        return False
    (a, b), (c, d) = sorted((low.value, high.value)), sorted((bottom.value, top.value))
    if first.asked.percent or first.asked.scales or (first.asked.year and min(b, d) < SHORT_YEARS.stop):
        return False
    return b < c or d < a


def _places(first: Canonical, second: Canonical) -> bool:
    return first.value != second.value


def _tuples(first: Canonical, second: Canonical) -> bool:
    ones, others = cast(tuple[Canonical, ...], first.value), cast(tuple[Canonical, ...], second.value)
    same_length = len(ones) == len(others)
    return same_length and any(compare(one, other) == "different" for one, other in zip(ones, others, strict=True))


def _lists(first: Canonical, second: Canonical) -> bool:
    if opposed(first, second):
        return True
    if first.asked.ordered and _tuples(first, second):
        return True
    ones, others = cast(tuple[Canonical, ...], first.value), cast(tuple[Canonical, ...], second.value)
    if _all_numbers(ones) and _all_numbers(others) and len(ones) == len(others):
        return _numbers_unmatched(ones, others) or _numbers_unmatched(others, ones)
    return all(compare(one, other) == "different" for one in ones for other in others)


def _all_numbers(items: tuple[Canonical, ...]) -> bool:
    return all(item.kind == "number" for item in items)


def _numbers_unmatched(ones: tuple[Canonical, ...], others: tuple[Canonical, ...]) -> bool:
    """Whether some number is none of the others."""
    return any(all(compare(one, other) == "different" for other in others) for one in ones)


def _apart_from_list(first: Canonical, second: Canonical) -> bool:
    if "list" not in (first.kind, second.kind):
        return False
    single, several = (first, second) if second.kind == "list" else (second, first)
    if single.kind == "number" and _sums(several, single):
        return False
    if single.kind == "text" and "".join(sorted(cast(Phrase, single.value).joined)) == _initials(several):
        return False
    return all(compare(single, item) == "different" for item in cast(tuple[Canonical, ...], several.value))


def _sums(several: Canonical, single: Canonical) -> bool:
    """Whether a number is the total of a list."""
    items = cast(tuple[Canonical, ...], several.value)
    if not _all_numbers(items):
        return False
    total = sum(cast(tuple[Reading, ...], item.value)[0].exact for item in items)
    return total == cast(tuple[Reading, ...], single.value)[0].exact


def _initials(several: Canonical) -> str:
    """First letters of a list that may be one name ("Procter & Gamble")."""
    items = [item.value for item in cast(tuple[Canonical, ...], several.value) if item.kind == "text"]
    return "".join(sorted(cast(Phrase, item).initials for item in items))


def _texts(first: Canonical, second: Canonical) -> bool:
    one, other = cast(Phrase, first.value), cast(Phrase, second.value)
    asked = first.asked
    if asked.letter and GRADE.fullmatch(one.joined) and GRADE.fullmatch(other.joined):
        return True
    if alike(one, other):
        return False
    if opposed(first, second):
        return not synonyms(one, other)
    if asked.either and one.joined in asked.either and other.joined in asked.either:
        return True
    if (one.known and other.known) or asked.listing or not (asked.written or _both_names(one, other, asked)):
        return separate(one, other, asked.listing) and not (_abroad(first, second) and _everyday(one, other))
    if not asked.person and holds(things(one.text), things(other.text)):
        return False
    return unlike_names(one, other, asked.coded, asked.listed or _abroad_names(first, second))


def _abroad_names(first: Canonical, second: Canonical) -> bool:
    """Whether two names are of two languages, or in a script without capitals, where any word may be one."""
    phrases = (cast(Phrase, one.value) for one in (first, second))
    caseless = first.asked.coded and not all(phrase.scripts <= CASED for phrase in phrases)
    return first.languages != second.languages or caseless


def _both_names(first: Phrase, second: Phrase, asked: QuestionHints) -> bool:
    """Whether two texts are names: of figures, of persons that are asked for, or of known things of a kind."""
    if asked.named and first.points and second.points:
        return True
    if not (first.name and second.name) or not (asked.person or asked.named):
        return False
    return asked.person or listed(first, second)


def _abroad(first: Canonical, second: Canonical) -> bool:
    return first.foreign or second.foreign


def _everyday(first: Phrase, second: Phrase) -> bool:
    """Whether phrases hold words that are no answers of a closed kind: another language may mean others by them."""
    return any(not CLOSED.issuperset(TAGS.get(word, ())) for word in (*first.stems, *second.stems))


def named(one: Canonical) -> bool:
    """Whether an answer is a name that is told from other such names by its letters alone (see `unlike_names`)."""
    if one.kind != "text" or one.asked.listing or one.asked.letter or one.asked.either:
        return False
    phrase = cast(Phrase, one.value)
    if one.asked.listed and not is_known(phrase):
        return False
    return (
        distinct(phrase)
        and phrase.scripts == LATIN
        and not phrase.titled
        and (one.asked.written or (one.asked.person and phrase.name))
    )


def _seasons(first: Canonical, second: Canonical) -> bool:
    return first.value != second.value


def _boxes(first: Canonical, second: Canonical) -> bool:
    return boxes_apart(cast(Box, first.value), cast(Box, second.value))


DIFFERENT: dict[Kind, Callable[[Canonical, Canonical], bool]] = {
    "number": _numbers,
    "polarity": _polarities,
    "clock": _clocks,
    "date": _dates,
    "season": _seasons,
    "box": _boxes,
    "range": _ranges,
    "ordinal": _places,
    "tuple": _tuples,
    "list": _lists,
    "text": _texts,
}


def relation(first: str, second: str, question: str = "", choices: tuple[str, ...] = (), locale: str = "") -> Relation:
    """Whether two answers to a question mean the same, certainly differ, or may be one.

    Args:
        first: an answer.
        second: another answer to the same question.
        question: sharpens the reading: is a list ordered, is a name asked for, is a letter an answer.
        choices: the options that both answers were chosen from, if any.
        locale: of question and answers, one or several with spaces between; by default, what the question tells.

    Raises:
        ValueError: CLDR has no such locale.
    """
    return compare(canonical(first, question, choices, locale), canonical(second, question, choices, locale))


def answer_key(answer: str, question: str = "", choices: tuple[str, ...] = (), locale: str = "") -> str:
    """A text that answers share which say the same in another writing ("6,830", "6 830"); equal keys are `same`."""
    return canonical(answer, question, choices, locale).key
