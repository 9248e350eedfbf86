"""Templates of edits: for each kind of question, new answers and the instructions that lead to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from contextpairs.builders.images.proposals.effects import KnownThings, Proposal, described, fits
from contextpairs.builders.images.proposals.phrases import (
    PREPOSITIONS,
    another,
    definite,
    head_words,
    indefinite,
    number_word,
    singular,
)
from contextpairs.builders.images.proposals.proposal_options import ProposalOptions
from contextpairs.data.answers.canonical import canonical
from contextpairs.data.answers.comparing import answer_key, relation
from contextpairs.data.answers.options import unlabelled
from contextpairs.data.answers.statements import Form
from contextpairs.data.answers.words import plural, stem

PHRASE = re.compile(r"[A-Za-z][A-Za-z' -]{0,39}")
WRITTEN = re.compile(r"\b(written|printed|number|word|text|letter)\b", re.IGNORECASE)
ASKED_WITH = re.compile(r"\bthere (an?|any|some)\b", re.IGNORECASE)
WRITING = re.compile(r'[^"\n]{1,40}')
ANSWERS: dict[str, tuple[str, ...]] = {
    "colour": ("text", "list"),
    "presence": ("polarity",),
    "shape": ("text",),
    "size": ("text",),
    "position": ("text",),
    "text": ("text", "number", "list", "clock", "date"),
}
"""How answers to questions of a kind read; the others are unclear."""
OPPOSITES = {"yes": "no", "no": "yes", "true": "false", "false": "true"}
ADDITIONS = 24
"""Things to add that are looked at, of all colors, shapes and places."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question to be answered anew.

    Attributes:
        question: as it came.
        answer: its answer in this image.
        form: what it asks.
        thing: the noun phrase that it asks about, cleaned.
        choices: its options, or none.
        known: answers that it has elsewhere.
        things: what the image's questions say.
        options: vocabularies.
        random: seeded by the item.
    """

    question: str
    answer: str
    form: Form
    thing: str
    choices: tuple[str, ...]
    known: Sequence[str]
    things: KnownThings
    options: ProposalOptions
    random: Random

    def allowed(self, answer: str) -> str | None:
        """A new answer as it is to be written; None unless it certainly differs, and is an option if there are any."""
        if self.choices:
            same = (
                each
                for each in unlabelled(self.choices)
                if relation(each, answer, self.question, self.choices) == "same"
            )
            answer = next(same, "")
        if not answer or relation(self.answer, answer, self.question, self.choices) != "different":
            return None
        return answer

    def is_clear(self) -> bool:
        """Whether the present answer is of a kind that such a question has."""
        read = canonical(self.answer, self.question, self.choices)
        if self.form.kind == "count":
            return whole(self.answer, self.question) is not None
        return read.kind in ANSWERS[self.form.kind] and not read.detail

    def has_elsewhere(self, answer: str) -> bool:
        """Whether the question has this answer elsewhere in the data."""
        return is_among(answer, self.known, self.question)

    def words(self, vocabulary: Sequence[str], form: re.Pattern[str] = PHRASE) -> list[str]:
        """New answers in a seeded order: those that the question has anyway first."""
        offered = dict.fromkeys([*unlabelled(self.choices), *self.known])
        fitting = [word for word in offered if form.fullmatch(word) and self._is_phrase(word)]
        if self.options.concrete:
            fitting = [word for word in fitting if word.lower() in vocabulary]
        usual = [in_style(word, self.answer) for word in vocabulary]
        return [*self._shuffled(sorted(fitting)), *self._shuffled(usual)]

    def _is_phrase(self, word: str) -> bool:
        return canonical(word, self.question, self.choices).kind in ("text", "number")

    def _shuffled(self, words: Sequence[str]) -> list[str]:
        return self.random.sample(words, len(words))


def is_among(answer: str, others: Sequence[str], question: str) -> bool:
    """Whether an answer to a question is one of some others, whatever their writing."""
    key = answer_key(answer, question)
    return any(answer_key(other, question) == key for other in others)


def in_style(word: str, like: str) -> str:
    """A word in the capitals of another: all, the first, or none."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word


def _recolored(case: Case) -> Iterator[Proposal]:
    for color in case.words(case.options.colors):
        yield Proposal(color, f"make {definite(case.thing)} {color.lower()}", "colour")


def _resized(case: Case) -> Iterator[Proposal]:
    for size in case.words(case.options.sizes):
        yield Proposal(size, f"make {definite(case.thing)} {size.lower()}", "size")


def _reshaped(case: Case) -> Iterator[Proposal]:
    are_several = re.search(r"\bshape are\b", case.question, re.IGNORECASE)
    for shape in case.words(case.options.shapes):
        if shape.lower() == stem(head_words(case.thing)[-1].lower()):
            continue
        into = plural(shape.lower()) if are_several else indefinite(shape.lower())
        yield Proposal(shape, f"turn {definite(case.thing)} into {into}", "shape")


def _moved(case: Case) -> Iterator[Proposal]:
    taken = {thing.place for thing in case.things.present}
    for place in case.words(case.options.places):
        said = _move(case, place.lower())
        if said and place.lower() not in taken:
            yield Proposal(place, said, "position")


def _move(case: Case, place: str) -> str | None:
    if place.split()[0] in PREPOSITIONS:
        return f"put {definite(case.thing)} {place}"
    known = place.removeprefix("the ") in case.options.places
    return f"move {definite(case.thing)} to the {place.removeprefix('the ')}" if known else None


def _rewritten(case: Case) -> Iterator[Proposal]:
    found = WRITTEN.search(case.question)
    what = found[1].lower() if found and found[1].lower() not in ("written", "printed") else "text"
    where, _, thing = case.form.place.partition(" ")
    for text in case.words(_writings(case), WRITING):
        yield Proposal(text, f'change the {what} {where.lower()} {definite(thing)} to "{text}"', "text")


def asks_for_writing(question: str) -> bool:
    """Whether a question of the kind "text" does; "What is shown on the wall?" does not."""
    return bool(WRITTEN.search(question))


def _writings(case: Case) -> Sequence[str]:
    """New writings of the sort of the old one."""
    old = case.answer.strip()
    if old.isdecimal():
        low = 10 ** (len(old) - 1)
        return [str(case.random.randrange(low, 10 * low)) for _ in range(4)]
    if len(old) == 1 and old.isalpha():
        return case.random.sample("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4)
    return case.options.texts if PHRASE.fullmatch(old) else ()


def _present(case: Case) -> Iterator[Proposal]:
    is_there = bool(canonical(case.answer, case.question, case.choices).value)
    new = OPPOSITES.get(case.answer.strip().lower().rstrip("."), "no" if is_there else "yes")
    new = in_style(new, case.answer)
    instructions = _removals(case) if is_there else _arrivals(case)
    yield from (Proposal(new, instruction, "presence") for instruction in instructions)


def _arrivals(case: Case) -> Iterator[str]:
    asked_with = _article(case)
    thing = f"some {case.thing}" if asked_with in ("any", "some") else indefinite(case.thing, asked_with)
    if not case.options.concrete:
        yield f"add {thing}{_where(case)}"
        return
    yield from (f"add {thing} at the {place}" for place in _free_places(case))


def _removals(case: Case) -> Iterator[str]:
    if case.options.concrete:
        yield f"remove {definite(case.thing)}"
    elif _article(case) in ("any", "some"):
        yield f"remove all {case.thing}{_where(case)}"
    else:
        yield f"remove every {case.thing}{_where(case)}"


def _article(case: Case) -> str:
    """The word with which a question asks for a thing: a, an, any, some."""
    found = ASKED_WITH.search(case.question)
    return found[1].lower() if found else ""


def _where(case: Case) -> str:
    """Where in the image a question asks for things, if not anywhere."""
    return f" {case.form.place.lower()}" if case.form.place else ""


def _counted(case: Case) -> Iterator[Proposal]:
    number = whole(case.answer, case.question) or 0
    if number > case.options.max_count:
        return
    ways: dict[int, list[str]] = {}
    for new, instruction in (*_fewer(case, number), *_more(case, number)):
        ways.setdefault(new, []).append(instruction)
    # By number: there are many things to add, and one way to remove all.
    for new in case.random.sample(list(ways), len(ways)):
        yield from (Proposal(_number_like(new, case.answer), said, "count") for said in ways[new])


def whole(answer: str, question: str) -> int | None:
    """The number of an answer, if it is a plain one from 0 on."""
    read = canonical(answer, question)
    digits = read.key.removeprefix("number:")
    return int(digits) if read.kind == "number" and digits.isdecimal() else None


def _number_like(number: int, old: str) -> str:
    """A number in digits or words, as the old one is."""
    return in_style(number_word(number), old) if old.strip().isalpha() else str(number)


def _fewer(case: Case, number: int) -> Iterator[tuple[int, str]]:
    if case.options.concrete:
        if number and stem(case.thing) in case.options.shapes:
            yield 0, f"remove all {case.thing}"
    elif number == 1:
        yield 0, f"remove {definite(singular(case.thing))}{_where(case)}"
    elif number:
        yield 0, f"remove all {case.thing}{_where(case)}"
        yield number - 1, f"remove one of the {number_word(number)} {case.thing}{_where(case)}"


def _more(case: Case, number: int) -> Iterator[tuple[int, str]]:
    if number + 1 > case.options.max_count:
        return
    if case.options.concrete:
        yield from ((number + 1, instruction) for instruction in _additions(case))
        return
    one = singular(case.thing)
    yield number + 1, f"add {another(one) if number else indefinite(one)}{_where(case)}"


def _additions(case: Case) -> Iterator[str]:
    """Things of a kind that is counted, each with color and place, that are not there yet as far as is known."""
    asked = stem(head_words(case.thing)[-1])
    shapes = [asked] if asked in case.options.shapes else list(case.options.shapes)
    kinds = [(color, shape) for color in case.options.colors for shape in shapes]
    places = _free_places(case)
    for color, shape in case.random.sample(kinds, min(ADDITIONS, len(kinds))):
        thing = described(f"{color} {shape}", case.options.vocabulary())
        if places and not any(fits(each, thing) == "yes" for each in case.things.present):
            yield f"add {indefinite(f'{color} {shape}')} at the {case.random.choice(places)}"


def _free_places(case: Case) -> list[str]:
    """Places that nothing is known to stand at, in a seeded order."""
    taken = {thing.place for thing in case.things.present}
    return [place for place in case.random.sample(case.options.places, len(case.options.places)) if place not in taken]


TEMPLATES: dict[str, Callable[[Case], Iterator[Proposal]]] = {
    "colour": _recolored,
    "count": _counted,
    "presence": _present,
    "shape": _reshaped,
    "size": _resized,
    "position": _moved,
    "text": _rewritten,
}
