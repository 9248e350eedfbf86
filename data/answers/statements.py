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
NONE = frozenset({"none", "nothing", "nobody"})
PLURAL = re.compile(r"\s*(?:\w+\s+){0,2}are\s", re.IGNORECASE)
UNCOUNTED = re.compile(r"\s*(?:is|are)\s+there\s+(?:any|some)\b", re.IGNORECASE)
ADJECTIVE = re.compile(r"^(?:round|oval|flat|long|curved|straight)\b|\w(?:ular|ical|ed)$")
PLACED = re.compile(
    r"(?:in|on|at|under|behind|above|below|near|inside|between|to|next|beside|outside|over|against|around|by|beneath|"
    r"underneath|upstairs|downstairs|here|there|nowhere)\b"
)
SEEN = re.compile(
    r"\s+(?:(?:are|is|were)(?: (?:there|visible|shown|being shown|present|seen|depicted|pictured))?|are we seeing|"
    r"(?:do|can) (?:you|we|i) (?:see|count|find|spot)|can be (?:seen|counted)|are we looking at)(?: in total)?$"
)
"""What a question ends in that says no more than that the picture shows it."""
OWNED = re.compile(r"(?P<thing>.+?) (?P<verb>do|does|did) (?P<owner>.+?) have")
ASKS_FOR_VERB = re.compile(r"\b(?:do|does|did)\b")
CLAUSE = re.compile(r"(?<!\bthat )(?<!\bwhich )(?<!\bwho )\b(?:is|are|was|were|has|have|had|can|will)\b")
"""A clause of its own: "people are wearing hats", but not "people who are wearing hats"."""
AS_TRAINED = frozenset(
    ["cells are empty", "cells are marked", "the marked cells", "sides does the polygon have",
     "times do the two lines cross"]
)  # fmt: skip
"""Asked of rendered scenes. The embedded encoder has learned their statements as they are, whatever their grammar."""


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
    said = _sentence(form, question, answer.strip().lower()) if form else None
    return said or f"{' '.join(question.split())} {answer.strip()}"


def _verb(question: str, form: Form) -> str:
    return "are" if PLURAL.match(question) and form.thing.lower() not in AS_TRAINED else "is"


def _sentence(form: Form, question: str, answer: str) -> str | None:
    thing, verb = form.thing.lower(), _verb(question, form)
    where = f" {form.place.lower()}" if form.place else ""
    if form.kind in ("colour", "size"):
        return f"{thing} {verb} {answer}"
    if form.kind == "shape":
        is_noun = verb == "is" and not ADJECTIVE.search(answer)
        return f"{thing} {verb} {with_article(answer) if is_noun else answer}"
    if form.kind == "count":
        return _count(thing, where, "no" if answer in NONE else answer)
    if form.kind == "position":
        return f"{thing} {verb} {answer}" if PLACED.match(answer) else f"{thing} {verb} at the {answer}"
    if form.kind == "text":
        return f"{form.place.lower()} it says {answer}"
    if answer in YES:
        bare = verb == "are" or UNCOUNTED.match(question)
        return f"there {verb} {thing if bare else with_article(thing)}{where}"
    return f"there {verb} no {ARTICLE.sub('', thing)}{where}" if answer in NO else None


def _count(thing: str, where: str, number: str) -> str | None:
    if thing in AS_TRAINED:
        return f"there are {number} {thing}{where}"
    thing = SEEN.sub("", thing)
    if found := OWNED.fullmatch(thing):
        return f"{found['owner']} {'has' if found['verb'] == 'does' else 'have'} {number} {found['thing']}{where}"
    if ASKS_FOR_VERB.search(thing):
        return None
    if CLAUSE.search(thing + where) or thing.startswith("of "):
        return f"{number} {thing}{where}"
    return f"there are {number} {thing}{where}"


def with_article(noun: str) -> str:
    """The noun phrase with "a" or "an", unless it has an article."""
    if ARTICLE.match(noun):
        return noun
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
