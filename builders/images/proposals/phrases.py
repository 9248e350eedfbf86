"""Noun phrases as questions have them, turned into those that instructions need."""

from __future__ import annotations

import re

from contextpairs.data.answers.number_words import SMALL
from contextpairs.data.answers.statements import ARTICLE
from contextpairs.data.answers.words import stem

PREPOSITIONS = frozenset(
    ["in", "on", "at", "of", "with", "under", "behind", "above", "below", "near", "inside", "between", "beside", "by",
     "around", "against", "from", "to", "next", "over"]
)  # fmt: skip
PICTURE = re.compile(
    r"\s*\b(?:in|on|of|at) (?:the|this) (?:image|picture|photo|photograph|scene|figure|drawing|diagram|screen)\b",
    re.IGNORECASE,
)
TRAILING_VERB = re.compile(r"\s+(?:are|is)$", re.IGNORECASE)
CLAUSE = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|can|could|will|would|should|not|that|which|who|what|and|or|there|you|"
    r"taken|different|kinds?|types?|sorts?|colou?rs|times|years|hours|minutes|total)\b"
    r"|\b(?:wearing|holding|carrying|riding|using|eating|driving|with|for|to|of|in|on|at)$",
    re.IGNORECASE,
)
NO_THING = re.compile(
    r"(?:it|this|that|these|those|they|them|he|she|him|i|you|we|present|visible|shown|seen|depicted|pictured|here)",
    re.IGNORECASE,
)
DETERMINER = re.compile(
    r"(?:the|this|that|these|those|his|her|its|their|my|your|our|each|every|both|all)\b", re.IGNORECASE
)
PAIRS = frozenset(["scissors", "skis", "pants", "jeans", "trousers", "shorts", "glasses", "sunglasses", "goggles"])
SPOKEN_CONSONANT = re.compile(r"(?:uni(?!n|m)|us[eu]|eu|one\b|ufo)", re.IGNORECASE)
SPOKEN_VOWEL = re.compile(r"[aeio]|u|hour|honest|heir", re.IGNORECASE)
WORDS = {number: word for word, number in SMALL.items()}


def thing_asked(thing: str) -> str | None:
    """The noun phrase that a form found, without what is no part of it; None where it is none ("dogs that run")."""
    plain = TRAILING_VERB.sub("", PICTURE.sub("", thing).strip())
    named = DETERMINER.sub("", plain).strip()
    is_thing = named and not NO_THING.fullmatch(plain) and not CLAUSE.search(named)
    return plain if is_thing and named.split()[0].lower() not in PREPOSITIONS else None


def definite(thing: str) -> str:
    """The noun phrase with "the", unless it has a determiner: "the dogs", "his shirt"."""
    if DETERMINER.match(thing):
        return thing[:1].lower() + thing[1:]
    return f"the {ARTICLE.sub('', thing)}"


def indefinite(thing: str, article: str = "") -> str:
    """The noun phrase with the article that is given, or with "a" or "an" by its sound; some things come in pairs."""
    bare = ARTICLE.sub("", thing)
    if _is_pair(bare):
        return f"a pair of {bare}"
    vowel = SPOKEN_VOWEL.match(bare) and not SPOKEN_CONSONANT.match(bare)
    return f"{article or ('an' if vowel else 'a')} {bare}"


def another(thing: str) -> str:
    """One more of what is there already."""
    return f"another {'pair of ' if _is_pair(thing) else ''}{thing}"


def singular(thing: str) -> str:
    """One of several: "people in blue" becomes "person in blue"."""
    words = thing.split()
    place = len(head_words(thing)) - 1
    if words[place].lower() not in PAIRS:
        words[place] = stem(words[place]) if words[place].islower() else words[place].removesuffix("s")
    return " ".join(words)


def head_words(thing: str) -> list[str]:
    """The words of a noun phrase up to its first preposition; never none."""
    words = thing.split()
    stop = next((place for place, word in enumerate(words) if place and word.lower() in PREPOSITIONS), len(words))
    return words[:stop]


def number_word(number: int) -> str:
    """A small number in words, another in digits."""
    return WORDS.get(number, str(number))


def _is_pair(thing: str) -> bool:
    return bool(thing) and head_words(thing)[-1].lower() in PAIRS
