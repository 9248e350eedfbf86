"""Short texts as phrases, and what can be said of two of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from anyascii import anyascii

from contextpairs.data.answers.gazetteer import kinds, things
from contextpairs.data.answers.languages import scripts
from contextpairs.data.answers.units import unit
from contextpairs.data.answers.vocabulary import COMPOUNDS, NEGATIONS, ROLES, SHADES, TAGS, exclusive
from contextpairs.data.answers.words import WORD, misspelt, root, stem, words_of

LINKS = frozenset(
    ["of", "in", "on", "at", "with", "to", "by", "from", "for", "over", "under", "near", "behind", "beside", "between",
     "and", "wearing", "holding", "that", "who", "which", "next", "during", "while", "into", "onto", "against",
     "across", "through", "around"]
)  # fmt: skip
"""Words that hang one thing on another, so that the last word is not what the phrase is about."""
PLACES = frozenset({"across", "upright", "depth", "north", "east"})
FILLERS = frozenset(["to", "at", "on", "in", "of", "side", "hand", "corner", "part", "end", "facing"])
MANY = frozenset({"thing", "color", "shape", "matter"})
"""Classes of which a picture shows several at once, so that an open question has several right answers."""
LONGEST = 6
"""Words up to which a phrase is compared word by word."""
SMALL = frozenset(["of", "the", "and", "for", "de", "la", "von", "van", "der", "to", "in", "at", "on", "versus", "vs"])
LATIN = frozenset(["LATIN"])
BEFORE_NAMES = frozenset(["de", "di", "da", "von", "van", "del", "al", "el", "bin", "ibn", "la", "le"])
"""Words in lower case that a name may begin with."""
TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "professor", "sir", "lord", "lady", "herr", "frau", "monsieur", "madame",
     "señor", "señora", "senhor", "senhora", "king", "queen", "president", "pope", "prince", "princess", "captain"]
)  # fmt: skip
AFFIX_FROM = 3
"""Letters from which a common beginning, or one word at another's end, may make two names one ("Steven", "Stephen")."""
FIGURES = frozenset(["triangle", "angle", "segment", "line", "ray", "side", "arc", "chord", "edge", "quadrilateral"])
POINTS = re.compile(r"[A-Z]{2,5}")
CODE = re.compile(r"[A-Z]{2,3}|[A-Z][a-z]")
CURRENCIES = frozenset("$€£¥₹")
JOINTS = re.compile(r"[&.']")
"""Signs within words, which make no other name of one."""
CONFUSED = str.maketrans("015", "ols")
"""Digits that are read as letters."""


class Phrase(NamedTuple):
    """A short text.

    Attributes:
        words: in one spelling and case, without articles.
        stems: of the words, compounds joined by "_".
        bag: the words' stems, singly.
        roots: of the stems, for forms of one word.
        joined: letters and digits alone.
        initials: first letters of the words.
        place: stems of a phrase that says nothing but a place ("on the left side": left), else empty.
        name: written as a proper name; no text is in a script without capitals.
        known: the vocabulary knows all of its words.
        points: letters of a figure that is named by its points ("angle ABC": ABC), in whatever order; else empty.
        code: two or three capitals, or the like of "Fe": it may stand for any longer name.
        currency: the currency that it names, if any.
        text: as it came.
        scripts: of its letters.
        titled: it begins with a title ("Mr Smith"), so that the rest may be part of a longer name.
    """

    words: tuple[str, ...]
    stems: tuple[str, ...]
    bag: frozenset[str]
    roots: frozenset[str]
    joined: str
    initials: str
    place: frozenset[str]
    name: bool
    known: bool
    points: tuple[str, ...]
    code: bool
    currency: str
    text: str
    scripts: frozenset[str]
    titled: bool


def phrase_of(text: str) -> Phrase:
    """A text as a phrase."""
    words = words_of(text)
    single = tuple(stem(word) for word in words)
    stems = _compounds(single)
    return Phrase(
        words, stems, frozenset(single), frozenset(map(root, single)), JOINTS.sub("", "".join(single)),
        "".join(word[0] for word in words), _place(stems), _is_name(text),
        all(word in TAGS or word in SHADES for word in stems), _points(text),
        bool(CODE.fullmatch(text.replace(".", ""))), _currency(text),
        text, scripts(text), bool(words) and words[0].rstrip(".") in TITLES,
    )  # fmt: skip


def _compounds(stems: tuple[str, ...]) -> tuple[str, ...]:
    joined: list[str] = []
    for word in stems:
        if joined and f"{joined[-1]}_{word}" in COMPOUNDS:
            joined[-1] = f"{joined[-1]}_{word}"
        else:
            joined.append(word)
    return tuple(joined)


def _place(stems: tuple[str, ...]) -> frozenset[str]:
    said = frozenset(stems) - FILLERS
    return said if said and all(not PLACES.isdisjoint(TAGS.get(word, ())) for word in said) else frozenset()


def _is_name(text: str) -> bool:
    words = WORD.findall(text)
    if words and words[0].islower() and words[0] not in BEFORE_NAMES:
        return False
    said = [word for word in words if word.casefold() not in SMALL]
    return bool(said) and all(word[0].isupper() or word[0].isdigit() for word in said)


def _points(text: str) -> tuple[str, ...]:
    """Each name's letters are sorted: AB is BA. Only of capitals: "dog" is not "god"."""
    said = [word for word in WORD.findall(text) if stem(word.casefold()) not in FIGURES and word not in SMALL]
    named = all(POINTS.fullmatch(word) for word in said)
    return tuple(sorted("".join(sorted(word)) for word in said)) if named else ()


def _currency(text: str) -> str:
    known = unit(text)
    return known[0] if known and known[0] in CURRENCIES else ""


def alike(first: Phrase, second: Phrase) -> bool:
    """Whether one phrase may be the other, longer, shorter, in another form or misspelt in its spacing."""
    if first.joined == second.joined or first.bag <= second.bag or second.bag <= first.bag:
        return True
    if first.points and first.points == second.points:
        return True
    return first.roots <= second.roots or second.roots <= first.roots


def separate(first: Phrase, second: Phrase, listing: bool) -> bool:
    """Whether the vocabulary says that two phrases exclude each other."""
    if first.place and second.place:
        return _places_apart(first.place, second.place)
    if len(first.stems) == len(second.stems) == 1:
        return _apart(first.stems[0], second.stems[0], listing)
    if max(len(first.stems), len(second.stems)) > LONGEST or not NEGATIONS.isdisjoint(first.words + second.words):
        return False
    if not LINKS.isdisjoint(first.words + second.words):
        return _one_word_apart(first.stems, second.stems, listing)
    return _noun_phrases_apart(first.stems, second.stems, listing)


def _apart(first: str, second: str, listing: bool) -> bool:
    return exclusive(first, second) and not (listing and not MANY.isdisjoint(TAGS[first].keys() & TAGS[second].keys()))


def _places_apart(first: frozenset[str], second: frozenset[str]) -> bool:
    return any(exclusive(one, other) for one in first for other in second) and not any(
        _overlap(one, other) for one in first - second for other in second - first
    )


def _overlap(first: str, second: str) -> bool:
    """Whether two stems may mean the same: they share a line of a class."""
    one, other = TAGS.get(first, {}), TAGS.get(second, {})
    return any(not one[name].isdisjoint(other[name]) for name in one.keys() & other.keys())


def _one_word_apart(first: tuple[str, ...], second: tuple[str, ...], listing: bool) -> bool:
    differing = [pair for pair in zip(first, second, strict=False) if pair[0] != pair[1]]
    return len(first) == len(second) and len(differing) == 1 and _apart(*differing[0], listing)


def _noun_phrases_apart(first: tuple[str, ...], second: tuple[str, ...], listing: bool) -> bool:
    """Heads (last words) or, under one head, the single differing modifiers exclude each other; all words are known."""
    one = [word for word in first if word not in second]
    other = [word for word in second if word not in first]
    if not one or not other or not all(word in TAGS and word not in SHADES for word in one + other):
        return False
    if first[-1] == second[-1]:
        return len(one) == len(other) == 1 and _apart(one[0], other[0], listing)
    heads_apart = first[-1] in TAGS and second[-1] in TAGS and _apart(first[-1], second[-1], listing)
    return heads_apart and not any(_overlap(left, right) for left in one for right in other)


def synonyms(first: Phrase, second: Phrase) -> bool:
    """Whether the vocabulary or the gazetteer knows two phrases as possibly one thing."""
    if any(_overlap(one, other) for one in first.stems for other in second.stems if one != other):
        return not separate(first, second, False)
    return not things(first.text).isdisjoint(things(second.text))


def similar(first: str, second: str) -> bool:
    """Whether two words look like one misspelt, shortened or compounded."""
    short, long = (first, second) if len(first) <= len(second) else (second, first)
    if len(short) >= AFFIX_FROM and (long.startswith(short[:AFFIX_FROM]) or long.endswith(short)):
        return True
    return short.translate(CONFUSED) == long.translate(CONFUSED) or misspelt(short, long)


def lookalike(first: Phrase, second: Phrase) -> bool:
    """Whether two names may be one: a misspelling, an abbreviation, an acronym, an alias."""
    if similar(first.joined, second.joined) or _acronym(first, second) or _sounds_alike(first, second):
        return True
    if first.currency and first.currency == second.currency:
        return True
    alone, others = first.bag - second.bag, second.bag - first.bag
    return any(similar(one, other) for one in alone for other in others) or synonyms(first, second)


def _acronym(first: Phrase, second: Phrase) -> bool:
    short, long = sorted((first, second), key=lambda phrase: len(phrase.joined))
    if short.joined == long.initials:
        return True
    return brief(short) and short.joined[0] == long.joined[0] and _within(short.joined, long.joined)


def _sounds_alike(first: Phrase, second: Phrase) -> bool:
    """Whether two names look alike in Latin letters, one of which at least is in others."""
    if first.scripts == second.scripts == LATIN:
        return False
    one, other = latin(first), latin(second)
    return bool(one and other) and (one in other or other in one or similar(one, other))


def latin(phrase: Phrase) -> str:
    """A name in Latin letters, without spaces and case."""
    return "".join(filter(str.isalnum, anyascii(phrase.text).casefold()))


def _within(short: str, long: str) -> bool:
    """Whether the letters of one occur in the other, in order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def unlike_names(first: Phrase, second: Phrase, coded: bool, known: bool) -> bool:
    """Whether two names share nothing, so that they name different things; codes may stand for longer names.

    Args:
        first: a name.
        second: another one.
        coded: a code may stand for a name.
        known: both have to be known, as names in two scripts always have.
    """
    codes = [phrase for phrase in (first, second) if phrase.code and not (known and things(phrase.text))]
    if coded and codes and len(first.joined) != len(second.joined):
        return False
    if not distinct(first) or not distinct(second) or not first.bag.isdisjoint(second.bag):
        return False
    if (known or first.scripts != second.scripts) and not (is_known(first) and is_known(second)):
        return False
    if first.titled != second.titled:
        return False
    return not lookalike(first, second)


def is_known(phrase: Phrase) -> bool:
    """Whether the gazetteer has a name, or it is the code of one."""
    return phrase.code or bool(things(phrase.text))


def listed(first: Phrase, second: Phrase) -> bool:
    """Whether the gazetteer knows two names of one kind, and that they are different things."""
    one, other = things(first.text), things(second.text)
    return one.isdisjoint(other) and not kinds(one).isdisjoint(kinds(other))


def distinct(phrase: Phrase) -> bool:
    """Whether a name says enough to be told from others by its letters."""
    role = all(word in ROLES for word in phrase.stems)
    return not phrase.known and not role and len(phrase.joined) >= 2 and NEGATIONS.isdisjoint(phrase.words)


def marks(phrase: Phrase) -> set[str]:
    """What two names share at least one of if `alike` or `lookalike` holds for them, but for short acronyms."""
    whole = {*phrase.bag, phrase.joined, *(word.translate(CONFUSED) for word in phrase.bag)}
    ends = {f"{word[:2]}-" for word in whole} | {f"-{word[-2:]}" for word in whole}
    tags = {f"{name} {line}" for word in phrase.stems for name, lines in TAGS.get(word, {}).items() for line in lines}
    return {
        *phrase.roots,
        *ends,
        *tags,
        *("points " + points for points in phrase.points),
        f"currency {phrase.currency}" if phrase.currency else "",
        f"={phrase.initials}",
        f"={phrase.joined}",
        phrase.joined.translate(CONFUSED),
        *things(phrase.text),
    } - {""}


def brief(phrase: Phrase) -> bool:
    """Whether a name is so short that it may be an acronym of another."""
    return len(phrase.joined) <= AFFIX_FROM + 1
