"""Answers compared as people mean them: numbers, units, lists, options and words, whatever their writing.

`relation` says whether two answers to one question mean the same, certainly differ, or may be one; `canonical` and
`compare` do the same in two steps, for many answers; `conflicts` finds all that may be one in a group; `matches` asks
whether a model's response gives an answer.
"""

from __future__ import annotations

from data.answers.canonical import Canonical, canonical
from data.answers.comparing import Relation, compare
from data.answers.conflicts import conflicts
from data.answers.matching import final_answer, matches

__all__ = [
    "Canonical",
    "Relation",
    "answer_key",
    "canonical",
    "compare",
    "conflicts",
    "final_answer",
    "matches",
    "relation",
]


def relation(first: str, second: str, question: str = "", choices: tuple[str, ...] = ()) -> Relation:
    """Whether two answers to a question mean the same, certainly differ, or may be one.

    Args:
        first: an answer.
        second: another answer to the same question.
        question: sharpens the reading: is a list ordered, is a name asked for, is a letter an answer.
        choices: the options that both answers were chosen from, if any.
    """
    return compare(canonical(first, question, choices), canonical(second, question, choices))


def answer_key(answer: str, question: str = "", choices: tuple[str, ...] = ()) -> str:
    """A text that answers share which say the same in another writing ("6,830", "6 830"); equal keys are `same`."""
    return canonical(answer, question, choices).key
