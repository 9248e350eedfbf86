"""A question and an answer as one statement, in the words that image-text models were trained on."""

from __future__ import annotations

import re
from typing import NamedTuple

THING = r"(?P<thing>[\w' -]+?)"
END = r"\s*\?*\s*$"
ARTICLE = re.compile(r"^(a|an|the|any)\s+", re.IGNORECASE)
FORMS = tuple(
    (kind, re.compile(form + END, re.IGNORECASE))
    for kind, form in (
        ("colour", rf"(?:what|which) colou?r (?:is|are) {THING}"),
        ("colour", rf"what is the colou?r of {THING}"),
        ("shape", rf"(?:what|which) shape (?:is|are) {THING}"),
        ("shape", rf"what is the shape of {THING}"),
        ("size", rf"(?:what|which) size (?:is|are) {THING}"),
        ("size", rf"what is the size of {THING}"),
        ("size", rf"how (?:big|large) (?:is|are) {THING}"),
        ("count", rf"how many {THING}(?: (?:are|is) there| are (?:visible|shown|present)| do you see| can you see)?"
                  r"(?P<place>(?: (?:in|on|at|of) (?:the|this) [\w ]+)?)"),
        ("presence", rf"(?:is|are) there (?P<any>an?|any|some) {THING}"
                     r"(?P<place>(?: (?:in|on|at) (?:the|this) [\w ]+)?)"),
        ("position", rf"where (?:is|are) {THING}"),
        ("text", rf"what is (?:written|shown|printed) (?P<place>(?:in|on|at) {THING})"),
        ("text", rf"what (?:number|word|text|letter) is (?P<place>(?:in|on|at) {THING})"),
    )
)  # fmt: skip
YES = frozenset({"yes", "true"})
NO = frozenset({"no", "false"})


class Form(NamedTuple):
    """What a question asks.

    Attributes:
        kind: colour, shape, size, count, presence, position or text.
        thing: the noun phrase asked about, as written.
        place: " in the image" and the like, or "".
    """

    kind: str
    thing: str
    place: str


def form_of(question: str) -> Form | None:
    """What a question asks, or None for one of another form."""
    plain = " ".join(question.split())
    for kind, form in FORMS:
        if found := form.match(plain):
            names = found.groupdict()
            return Form(kind, names["thing"].strip(), (names.get("place") or "").strip())
    return None


def statement(question: str, answer: str) -> str:
    """What is said of an image by a question and its answer.

    A question of a known form becomes a sentence ("What color is the car?", "red": "the car is red"); another one is
    followed by its answer, which image-text models still tell apart.
    """
    form = form_of(question)
    said = _sentence(form, answer.strip().lower()) if form else None
    return said or f"{' '.join(question.split())} {answer.strip()}"


def _sentence(form: Form, answer: str) -> str | None:
    thing = form.thing.lower()
    where = f" {form.place.lower()}" if form.place else ""
    if form.kind in ("colour", "size"):
        return f"{thing} is {answer}"
    if form.kind == "shape":
        return f"{thing} is {with_article(answer)}"
    if form.kind == "count":
        return f"there are {answer} {thing}{where}"
    if form.kind == "position":
        return f"{thing} is {answer}" if answer.split()[0] in _PREPOSITIONS else f"{thing} is at the {answer}"
    if form.kind == "text":
        return f"{form.place.lower()} it says {answer}"
    if answer in YES:
        return f"there is {with_article(thing)}{where}"
    return f"there is no {ARTICLE.sub('', thing)}{where}" if answer in NO else None


_PREPOSITIONS = frozenset({"in", "on", "at", "under", "behind", "above", "below", "near", "inside", "between", "to"})


def with_article(noun: str) -> str:
    """The noun phrase with "a" or "an", unless it has an article."""
    if ARTICLE.match(noun):
        return noun
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
