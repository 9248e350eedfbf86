"""What an edit does to the other questions of its image, as far as words tell.

An instruction is read as a change of one thing: what it was, what it becomes, in which attribute. Another question
changes its answer if the thing enters or leaves what it counts, is the one that it asks about in that attribute, or
becomes a second one that its words fit. Where words leave it open, the question counts as changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from contextpairs.builders.images.proposals.phrases import head_words, thing_asked
from contextpairs.data.answers.canonical import canonical
from contextpairs.data.answers.comparing import relation
from contextpairs.data.answers.statements import ARTICLE, NO, YES, form_of
from contextpairs.data.answers.vocabulary import TAGS, exclusive
from contextpairs.data.answers.words import stem, words_of

Fit = Literal["yes", "no", "maybe"]
Said = tuple[str, str]
"""A question of an image and its answer."""
ATTRIBUTES = {"colour": "color", "shape": "noun", "size": "size", "position": "place", "text": "text"}
FREE = "free"
"""Kind of an edit that no template made."""
GENERIC = frozenset({"object", "thing", "shape", "item", "figure", "element", "one"})
SMALL_WORDS = frozenset(
    ["is", "are", "there", "the", "a", "an", "in", "on", "at", "of", "to", "and", "what", "which", "where", "how", "be",
     "many", "color", "shape", "size", "it", "image", "picture", "photo", "does", "do", "not", "any", "some", "make",
     "turn", "move", "put", "add", "remove", "change", "into", "all", "every", "another", "text", "number", "with",
     "yes", "no"]
)  # fmt: skip
ADDED = re.compile(r"add (?:an?|another|some) (?:pair of )?(?P<what>.+?)(?: at the (?P<place>[\w ]+))?", re.IGNORECASE)
REMOVED = re.compile(r"remove (?P<which>the|every|all|one of the \w+) (?P<what>.+)", re.IGNORECASE)
CHANGED = {
    "colour": r"make (?P<what>.+) {answer}",
    "size": r"make (?P<what>.+) {answer}",
    "shape": r"turn (?P<what>.+) into (?:an? )?{answer}(?:e?s)?",
    "position": r"(?:move|put) (?P<what>.+?) (?:to the )?{answer}",
    "text": r"change the \w+ (?:on|in|at) (?P<what>.+) to .+",
}


class Proposal(NamedTuple):
    """An edit that gives a question another answer.

    Attributes:
        answer: the answer that is right once the image is edited.
        instruction: what an image editor is told.
        kind: colour, count, presence, shape, size, position, text; FREE for a model's own.
    """

    answer: str
    instruction: str
    kind: str


class Described(NamedTuple):
    """A thing as far as words tell; "" is unknown."""

    color: str = ""
    noun: str = ""
    size: str = ""
    place: str = ""
    text: str = ""

    def value(self, attribute: str) -> str:
        """One of the attributes by its name."""
        return str(getattr(self, attribute))


class Effect(NamedTuple):
    """What an edit does to one thing.

    Attributes:
        before: the thing, or None for one that is added.
        after: what becomes of it, or None for one that is removed.
        attribute: what changes of it, or "" where it comes or goes.
        some_left: another thing that fits the same words certainly stays.
    """

    before: Described | None
    after: Described | None
    attribute: str = ""
    some_left: bool = False


class Vocabulary(NamedTuple):
    """Words that are attributes and not kinds of things."""

    colors: frozenset[str]
    sizes: frozenset[str]
    shapes: frozenset[str]


class KnownThings(NamedTuple):
    """What questions of an image say of it.

    Attributes:
        present: things that are there.
        absent: descriptions that nothing fits.
    """

    present: tuple[Described, ...]
    absent: tuple[Described, ...]


def described(phrase: str, words: Vocabulary) -> Described:
    """A thing by its noun phrase."""
    head = [word.lower() for word in head_words(ARTICLE.sub("", phrase).removeprefix("the "))]
    noun = stem(head[-1])
    if noun in GENERIC:
        noun = head[-2] if len(head) > 1 and head[-2] in words.shapes else ""
    color = next((word for word in reversed(head) if word in words.colors), "")
    size = next((word for word in head[:-1] if word in words.sizes), "")
    return Described(color, noun, size)


def effect_of(proposal: Proposal, words: Vocabulary, own: Said | None = None) -> Effect | None:
    """What an instruction of the templates does; None for another one.

    Args:
        proposal: the edit.
        words: attributes.
        own: the question that it answers anew, with its old answer.
    """
    if found := ADDED.fullmatch(proposal.instruction):
        return Effect(None, described(found["what"], words)._replace(place=found["place"] or ""))
    if found := REMOVED.fullmatch(proposal.instruction):
        return Effect(described(found["what"], words), None, some_left=found["which"].lower().startswith("one of"))
    pattern = CHANGED.get(proposal.kind)
    found = re.fullmatch(pattern.format(answer=_said_in(proposal)), proposal.instruction, re.I) if pattern else None
    return _change(proposal, described(found["what"], words), own) if found else None


def _said_in(proposal: Proposal) -> str:
    return re.escape(ARTICLE.sub("", proposal.answer.strip()))


def _change(proposal: Proposal, thing: Described, own: Said | None) -> Effect:
    attribute = ATTRIBUTES[proposal.kind]
    before = _with(thing, attribute, own[1]) if own else thing
    return Effect(before, thing._replace(**{attribute: _value(attribute, proposal.answer)}), attribute)


def _with(thing: Described, attribute: str, answer: str) -> Described:
    """The thing with what an answer says of it, unless its own words do."""
    return thing if thing.value(attribute) else thing._replace(**{attribute: _value(attribute, answer)})


def _value(attribute: str, answer: str) -> str:
    plain = ARTICLE.sub("", answer.strip().lower())
    return stem(plain) if attribute == "noun" else plain


def changes(proposal: Proposal, other: Said, words: Vocabulary, own: Said | None = None) -> bool:
    """Whether an edit by its own words changes the answer of another question, or may."""
    effect = effect_of(proposal, words, own)
    form = form_of(other[0])
    thing = thing_asked(form.thing) if form else None
    if effect is None or form is None or thing is None:
        return _share_words(proposal, other, own)
    if proposal.kind == FREE and _share_words(proposal, other, own):
        return True
    target = described(thing, words)
    if form.kind == "count":
        return _enters(effect, target) or (_leaves(effect, target) and canonical(other[1], other[0]).key != "number:0")
    if form.kind == "presence":
        return _presence_changes(effect, target, other[1].strip().lower())
    return _attribute_changes(effect, target, ATTRIBUTES[form.kind], other[1])


def _share_words(proposal: Proposal, other: Said, own: Said | None) -> bool:
    ours = _content(proposal.instruction) | (_content(own[1]) if own else frozenset())
    return bool(ours & (_content(other[0]) | _content(other[1])))


@lru_cache(maxsize=1 << 14)
def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(text) if word not in SMALL_WORDS)


def _presence_changes(effect: Effect, target: Described, answer: str) -> bool:
    if answer in NO:
        return _enters(effect, target)
    stays = effect.before is not None and effect.some_left and fits(effect.before, target) == "yes"
    return (_leaves(effect, target) and not stays) or (answer not in YES and _enters(effect, target))


def _attribute_changes(effect: Effect, target: Described, attribute: str, answer: str) -> bool:
    """Another thing comes to fit the words, or the thing asked about goes, changes in what is asked or in its name."""
    if _enters(effect, target):
        return True
    if effect.before is None or fits(effect.before, _with(target, attribute, answer)) == "no":
        return False
    return effect.after is None or effect.attribute == attribute or _leaves(effect, target)


def _enters(effect: Effect, target: Described) -> bool:
    """Whether the thing comes to fit a description, or may."""
    if effect.after is None or fits(effect.after, target) == "no":
        return False
    if effect.before is None:
        return True
    wanted = target.value(effect.attribute)
    return bool(wanted) and agree(effect.attribute, effect.before.value(effect.attribute), wanted) != "yes"


def _leaves(effect: Effect, target: Described) -> bool:
    """Whether the thing ceases to fit a description, or may."""
    if effect.before is None or fits(effect.before, target) == "no":
        return False
    if effect.after is None:
        return True
    wanted = target.value(effect.attribute)
    return bool(wanted) and agree(effect.attribute, effect.after.value(effect.attribute), wanted) != "yes"


def fits(thing: Described, target: Described) -> Fit:
    """Whether a description is right of a thing."""
    asked = [name for name in Described._fields if target.value(name)]
    found = {agree(name, thing.value(name), target.value(name)) for name in asked}
    return "no" if "no" in found else "maybe" if "maybe" in found else "yes"


def agree(attribute: str, first: str, second: str) -> Fit:
    """Whether two values of an attribute are one; two kinds of things, of which one is not known, are not."""
    if not first or not second:
        return "maybe"
    if first == second:
        return "yes"
    if attribute == "noun":
        return "maybe" if first in TAGS and second in TAGS and not exclusive(first, second) else "no"
    return {"same": "yes", "different": "no", "unclear": "maybe"}[relation(first, second)]  # type: ignore[return-value]


def known_things(said: Sequence[Said], words: Vocabulary) -> KnownThings:
    """What questions and their answers say of an image."""
    present: list[Described] = []
    absent: list[Described] = []
    for question, answer in said:
        form = form_of(question)
        thing = thing_asked(form.thing) if form else None
        if form and thing and (found := _fact(form.kind, described(thing, words), question, answer.strip().lower())):
            (present if found[0] else absent).append(found[1])
    return KnownThings(tuple(present), tuple(absent))


def _fact(kind: str, thing: Described, question: str, answer: str) -> tuple[bool, Described] | None:
    """Whether a description fits something, and the description; None where the answer does not say."""
    if kind == "count":
        return canonical(answer, question).key != "number:0", thing
    if kind == "presence":
        return (answer in YES, thing) if answer in YES | NO else None
    return True, _with(thing, ATTRIBUTES[kind], answer)
