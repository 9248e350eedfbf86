"""Which words exclude each other, which may mean the same, and which say nothing."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from contextpairs.data.answers.word_classes import CLASSES
from contextpairs.data.answers.words import stem

Tags = dict[str, frozenset[int]]
"""By class: the lines in which a word stands."""
Line = tuple[list[str], list[str]]
"""Words for a kind, none where there is none, and words for its kinds or for one thing."""

NEGATIONS = frozenset(
    ["not", "no", "non", "without", "never", "except", "but", "neither", "nor", "isn't", "aren't", "doesn't", "don't",
     "none", "nothing"]
)  # fmt: skip
ROLES = frozenset(
    ["teacher", "instructor", "doctor", "physician", "nurse", "president", "chancellor", "pope", "king", "queen",
     "prince", "princess", "minister", "mayor", "judge", "lawyer", "attorney", "police", "policeman", "policewoman",
     "officer", "cop", "soldier", "pilot", "driver", "chef", "cook", "waiter", "waitress", "actor", "actress",
     "singer", "musician", "player", "goalkeeper", "goalie", "keeper", "pitcher", "batter", "catcher", "referee",
     "umpire", "coach", "captain", "student", "pupil", "professor", "baker", "butcher", "farmer", "worker",
     "builder", "artist", "painter", "photographer", "bride", "groom", "boss", "manager", "customer", "client",
     "passenger", "tourist", "grandmother", "grandfather", "grandma", "grandpa", "brother", "sister", "husband",
     "wife", "friend", "neighbor", "uncle", "aunt", "cousin", "director", "author", "writer", "scientist",
     "engineer", "dentist", "surgeon", "clown", "magician", "priest", "monk", "nun", "bishop"]
)  # fmt: skip
"""What a person is called who has a name as well."""
SHADES = frozenset(["dark", "light", "bright", "pale", "deep"])
"""Words that make a color another one ("light red" is pink)."""
VAGUE_ANSWERS = """
    unknown | unsure | not sure | none | n/a | na | n.a | nil | null | nan | nothing | nobody | no one | noone | nowhere
    other | others | maybe | perhaps | possibly | it depends | depends | unclear | uncertain | undefined | unanswerable
    not applicable | not available | not answerable | not visible | not given | not enough information | all | any
    cannot be determined | can't be determined | cannot tell | can't tell | can not tell | can't say | cannot say | idk
    i don't know | don't know | unable to determine | indeterminate | several | many | few | a few | some | various
    multiple | a lot | lots | numerous | both | neither | either | all of the above | none of the above | none of these
    both of them | neither of them | all of them | none of them | everything | anything | someone | something | couple
    a couple | ? | - | -- | no answer | no idea | same | the same | equal | different | it varies | varies | mixed
    unsuitable image | unsuitable | blurry image | image is blurry | no image | no picture | no text | insufficient data
    insufficient information | illegible | unreadable | not legible | not readable | not clear | not present | not there
    infinite | no solution | not possible | impossible | not shown | not mentioned | not specified | not stated
"""
VAGUE = frozenset(entry.strip() for line in VAGUE_ANSWERS.splitlines() for entry in line.split("|"))
"""Answers that say nothing certain, or stand for several others; the empty one too."""


NO_ANSWER = re.compile(
    r"(?:\b(?:can(?:no|')t|can not|couldn't|could not|unable to|not able to|hard to|impossible to|difficult to)"
    r"(?: be)? (?:see|seen|read|tell|determine\w*|say|make|identif\w+|recogni[sz]\w*|answer\w*|know|find|view|"
    r"decipher\w*)\b"
    r"|\btoo (?:blurry|dark|bright|small|far|fuzzy|grainy|dim|pixelated|unclear|low quality|low resolution)\b"
    r"|\b(?:unsuitable|unreadable|illegible|unanswerable|indecipherable|unrecogni[sz]able)\b"
    r"|\b(?:don't|do not|doesn't|does not) (?:know|see|show|say)\b"
    r"|\bnot (?:visible|legible|readable|clear|shown|enough|sure|available|applicable|mentioned|specified|given)\b)",
    re.IGNORECASE,
)
"""Of texts that say why there is no answer."""


THINGS = Path(__file__).with_name("lexicons") / "things.txt"
CONCEPT = "\u02c8"
"""A letter that ends the words of `THINGS`: English answers, which are read by `CLASSES` alone, never hold them."""


def _classes() -> dict[str, Tags]:
    classes = {name: _lines(text) for name, text in CLASSES.items()}
    for name, lines in _things().items():
        known = {word for line in classes.get(name, []) for side in line for word in side}
        classes[name] = classes.get(name, []) + [(_marked(kinds, known), _marked(ones, known)) for kinds, ones in lines]
    places = {name: _places(lines) for name, lines in classes.items()}
    words = sorted({word for found in places.values() for word in found})
    return {word: {name: places[name][word] for name in places if word in places[name]} for word in words}


def _marked(words: list[str], known: set[str]) -> list[str]:
    return [word if word in known else f"{word}{CONCEPT}" for word in words]


def _things() -> dict[str, list[Line]]:
    """By class: the lines that `THINGS` adds to it."""
    _, *sections = re.split(r"^\[(\w+)\]$", THINGS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: _lines(text) for name, text in zip(sections[::2], sections[1::2], strict=True)}


def _lines(text: str) -> list[Line]:
    """Stems before and after the colon of each line; none before it where a line has no colon."""
    return [each for line in filter(None, map(str.strip, text.splitlines())) for each in _split(line)]


def _split(line: str) -> list[Line]:
    """What a line says: "a ~ b c" is for the lines "a b" and "a c"."""
    one, beside, others = line.partition("~")
    if beside:
        return [([], [stem(one.strip()), stem(other)]) for other in others.split()]
    kinds, _, members = line.partition(":") if ":" in line else ("", "", line)
    return [([stem(word) for word in kinds.split()], [stem(word) for word in members.split()])]


def _places(lines: list[Line]) -> dict[str, frozenset[int]]:
    """By stem: the lines of a class that it stands in. A kind also stands where its kinds do."""
    places: dict[str, set[int]] = {}
    number = count()
    for names, members in lines:
        for together in [[*names, member] for member in members] if names else [members]:
            place = next(number)
            for word in together:
                places.setdefault(word, set()).add(place)
    for names, members in [line for line in lines if line[0]] * 2:
        for kind in names:
            places[kind].update(*(places[member] for member in members))
    return {word: frozenset(own) for word, own in places.items()}


TAGS = _classes()
COMPOUNDS = frozenset(word for word in TAGS if "_" in word)


def concept(english: str) -> str:
    """A word as `TAGS` has it for answers in other languages."""
    marked = f"{english}{CONCEPT}"
    return marked if marked in TAGS else english


def exclusive(first: str, second: str) -> bool:
    """Whether two stems never mean the same: they share a class, and in no shared class a line."""
    one, other = TAGS.get(first), TAGS.get(second)
    if first == second or not one or not other:
        return False
    shared = one.keys() & other.keys()
    return bool(shared) and all(one[name].isdisjoint(other[name]) for name in shared)
