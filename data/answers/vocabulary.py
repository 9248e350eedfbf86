"""Which words exclude each other, which may mean the same, and which say nothing."""

from __future__ import annotations

import re
from itertools import count

from contextpairs.data.answers.word_classes import CLASSES
from contextpairs.data.answers.words import stem

Tags = dict[str, frozenset[int]]
"""By class: the lines in which a word stands."""

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


def _classes() -> dict[str, Tags]:
    classes = {name: _places(text) for name, text in CLASSES.items()}
    words = sorted({word for places in classes.values() for word in places})
    return {word: {name: places[word] for name, places in classes.items() if word in places} for word in words}


def _places(text: str) -> dict[str, frozenset[int]]:
    """By stem: the lines of a class that it stands in. A kind also stands where its kinds do."""
    places: dict[str, set[int]] = {}
    kinds: list[tuple[str, list[str]]] = []
    number = count()
    for line in filter(None, map(str.strip, text.splitlines())):
        names, colon, members = line.partition(":")
        own, theirs = [stem(word) for word in names.split()], [stem(word) for word in members.split()]
        for together in [[*own, member] for member in theirs] if colon else [own]:
            place = next(number)
            for word in together:
                places.setdefault(word, set()).add(place)
        kinds.extend((kind, theirs) for kind in own)
    for kind, members_of in kinds * 2:
        places[kind].update(*(places[member] for member in members_of))
    return {word: frozenset(own) for word, own in places.items()}


TAGS = _classes()
COMPOUNDS = frozenset(word for word in TAGS if "_" in word)


def exclusive(first: str, second: str) -> bool:
    """Whether two stems never mean the same: they share a class, and in no shared class a line."""
    one, other = TAGS.get(first), TAGS.get(second)
    if first == second or not one or not other:
        return False
    shared = one.keys() & other.keys()
    return bool(shared) and all(one[name].isdisjoint(other[name]) for name in shared)
