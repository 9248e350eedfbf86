"""Edits proposed from words: to a question and its answer, a new answer and what an image editor is to be told.

A new answer certainly differs from the old one, is one of the question's options where it has any, and is taken from
the answers that the question has elsewhere where one fits: an answer that only edited images have would tell an edited
image from the others. Edits that by their words change another answer of the same image are avoided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Protocol

from contextpairs.builders.images.proposals.effects import FREE, Proposal, Said, changes, known_things
from contextpairs.builders.images.proposals.phrases import PICTURE, thing_asked
from contextpairs.builders.images.proposals.proposal_options import ProposalOptions
from contextpairs.builders.images.proposals.templates import TEMPLATES, Case, asks_for_writing, is_among
from contextpairs.data.answers.question_key import question_key
from contextpairs.data.answers.statements import Form, form_of

__all__ = [
    "FREE",
    "REASONS",
    "AnsweredQuestion",
    "Proposal",
    "ProposalOptions",
    "entangled",
    "propose",
    "propose_for_image",
]

NO_TEMPLATE = "no-template"
UNCLEAR_ANSWER = "unclear-answer"
NO_OTHER_ANSWER = "no-other-answer"
ENTANGLED = "entangled"
REASONS = (NO_TEMPLATE, UNCLEAR_ANSWER, NO_OTHER_ANSWER, ENTANGLED)
"""Why nothing is proposed, the nearest to a proposal last."""
MOST = 12
"""Proposals for one question at most."""


class AnsweredQuestion(Protocol):
    """A question of an image; `contextpairs.data.sources.vqa.record.Question` is one."""

    @property
    def question(self) -> str:
        """Its text."""
        ...

    @property
    def answer(self) -> str:
        """Its answer."""
        ...

    @property
    def choices(self) -> tuple[str, ...]:
        """Its options, or none."""
        ...


def propose(
    question: str,
    answer: str,
    options: ProposalOptions,
    seed: str,
    *,
    choices: tuple[str, ...] = (),
    known: Sequence[str] = (),
    others: Sequence[Said] = (),
) -> list[Proposal] | str:
    """Edits that give a question another answer, the best first, or why there is none.

    Args:
        question: what is asked of the image.
        answer: what is right now.
        options: vocabularies, and which kinds are proposed.
        seed: names the item; equal seeds propose the same.
        choices: the question's options, if any; a new answer is one of them.
        known: answers that the question has elsewhere in the data; new ones are preferably among them.
        others: the image's other questions with their answers.

    Returns:
        Different edits, or one of REASONS.
    """
    form = form_of(question)
    thing = thing_asked(form.thing) if form else None
    if form is None or thing is None or form.kind not in options.kinds:
        return NO_TEMPLATE
    if form.kind == "text" and not asks_for_writing(question):
        return NO_TEMPLATE
    others = _not_the_same(question, others)
    things = known_things([(question, answer), *others], options.vocabulary())
    form = Form(form.kind, thing, _outside_picture(form.place, form.kind))
    case = Case(question, answer, form, thing, choices, known, things, options, Random(f"proposals {seed} {question}"))
    if not case.is_clear():
        return UNCLEAR_ANSWER
    return _ordered(_answering(case), case, others) or NO_OTHER_ANSWER


def _not_the_same(question: str, others: Sequence[Said]) -> list[Said]:
    """The other questions without those that ask the same, which are answered anew with this one."""
    own = question_key(question)
    return [other for other in others if question_key(other[0]) != own]


def _outside_picture(place: str, kind: str) -> str:
    """Where a question looks, unless that is the picture as a whole."""
    return place if kind == "text" else PICTURE.sub("", f" {place}").strip()


def _answering(case: Case) -> list[Proposal]:
    """What the templates give, each instruction once, with new answers alone."""
    only_known = case.options.known_only and any(case.allowed(answer) for answer in case.known)
    found: dict[str, Proposal] = {}
    for draft in TEMPLATES[case.form.kind](case):
        answer = case.allowed(draft.answer)
        if answer and (case.has_elsewhere(answer) or not only_known):
            found.setdefault(draft.instruction, draft._replace(answer=answer))
    return list(found.values())


def _ordered(drafts: list[Proposal], case: Case, others: Sequence[Said]) -> list[Proposal] | str:
    """Those that leave the other questions alone, answers known from elsewhere first."""
    caught = {draft for draft in drafts if _is_caught(draft, case, others)}
    kept = drafts if not case.options.avoid_entangled else [draft for draft in drafts if draft not in caught]
    if drafts and not kept:
        return ENTANGLED
    return sorted(kept, key=lambda draft: (draft in caught, not case.has_elsewhere(draft.answer)))[:MOST]


def _is_caught(draft: Proposal, case: Case, others: Sequence[Said]) -> bool:
    return entangled(draft, others, case.options, own=(case.question, case.answer))


def entangled(
    proposal: Proposal, others: Sequence[Said], options: ProposalOptions | None = None, *, own: Said | None = None
) -> bool:
    """Whether an edit by its own words changes the answer of another question of the image, or may.

    Args:
        proposal: the edit, from a template or free; of a free one a word shared with another question is enough.
        others: the other questions with their answers.
        options: their vocabularies tell attributes from kinds of things; the defaults where None.
        own: the question that is answered anew, with its old answer, which says more of the thing.
    """
    words = (options or ProposalOptions()).vocabulary()
    return any(changes(proposal, other, words, own) for other in others)


def propose_for_image(
    questions: Sequence[AnsweredQuestion], options: ProposalOptions, seed: str, known: Mapping[str, Sequence[str]]
) -> list[tuple[int, Proposal]] | str:
    """Edits of an image, whichever of its questions they answer anew.

    Edits with answers that are known from elsewhere come first, then those of questions that have had none; among
    equals the seed decides.

    Args:
        questions: all that is asked of the image.
        options: vocabularies, and how many edits at most.
        seed: names the image.
        known: by question: answers that it has in the data.

    Returns:
        Indexes into `questions` with edits, `options.per_image` at most, or one of REASONS.
    """
    found = [_of_question(questions, place, options, seed, known) for place in range(len(questions))]
    order = Random(f"questions {seed}").sample(range(len(questions)), len(questions))
    ranked = sorted(_ranked(questions, found, order, options, known))
    if not ranked:
        return max((each for each in found if isinstance(each, str)), key=REASONS.index, default=NO_TEMPLATE)
    return [(place, proposal) for *_, place, proposal in ranked[: options.per_image]]


def _of_question(
    questions: Sequence[AnsweredQuestion],
    place: int,
    options: ProposalOptions,
    seed: str,
    known: Mapping[str, Sequence[str]],
) -> list[Proposal] | str:
    asked = questions[place]
    others = _others(questions, place)
    elsewhere = known.get(asked.question, ())
    return propose(asked.question, asked.answer, options, seed, choices=asked.choices, known=elsewhere, others=others)


def _others(questions: Sequence[AnsweredQuestion], place: int) -> list[Said]:
    return [(each.question, each.answer) for number, each in enumerate(questions) if number != place]


def _ranked(
    questions: Sequence[AnsweredQuestion],
    found: Sequence[list[Proposal] | str],
    order: Sequence[int],
    options: ProposalOptions,
    known: Mapping[str, Sequence[str]],
) -> Iterator[tuple[bool, bool, int, int, int, Proposal]]:
    """Edits that sort: clean before entangled, known before new, first before second ones, then by the seed."""
    for turn, place in enumerate(order):
        asked, proposals = questions[place], found[place]
        for number, proposal in enumerate(proposals if isinstance(proposals, list) else ()):
            caught = not options.avoid_entangled and entangled(
                proposal, _others(questions, place), options, own=(asked.question, asked.answer)
            )
            new = not is_among(proposal.answer, known.get(asked.question, ()), asked.question)
            yield caught, new, number, turn, place, proposal
