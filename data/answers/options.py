"""Options of a question: a letter stands for its text."""

from __future__ import annotations

import re
from typing import NamedTuple

from contextpairs.data.answers.words import WORD

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LABEL = re.compile(r"^\s*(?:\(([A-Za-z])\)|([A-Za-z])[.):])\s*(?=\S)")
LETTER = re.compile(r"^\s*(?:(?:the )?(?:option|choice|answer)\s*:?\s*)?(?:\(([A-Za-z])\)|([A-Za-z])[.):]?)\s*$",
                    re.IGNORECASE)  # fmt: skip
LETTERED = re.compile(r"^\s*(?:(?:option|choice)\s+)?(?:\(([A-Za-z])\)\s*|([A-Za-z])(?:[.):]\s*|\s+-\s+))(?=\S)(.+)$",
                      re.IGNORECASE | re.DOTALL)  # fmt: skip

COMPOSITE = re.compile(
    r"\b(?:both|all|except|neither|nor|none|either|(?:any|one|two|some|each|most) of|(?:the|of) above)\b", re.IGNORECASE
)
JOINING = frozenset(["and", "or", "but", "not", "only", "option", "options", "choice", "choices", "answer", "answers",
                     "is", "are", "correct", "true", "right"])  # fmt: skip


class ChosenOption(NamedTuple):
    """What an answer chooses: its text, and whether it contradicts itself or can't be resolved."""

    text: str
    unclear: bool = False


def unlabelled(choices: tuple[str, ...]) -> tuple[str, ...]:
    """Options without their letters, where all of them have one, in order."""
    found = [LABEL.match(choice) for choice in choices]
    letters = [(one.group(1) or one.group(2)).upper() for one in found if one]
    if not letters or letters != list(LETTERS[: len(choices)]):
        return choices
    return tuple(choice[one.end() :] for choice, one in zip(choices, found, strict=True) if one)


def chosen(answer: str, choices: tuple[str, ...]) -> ChosenOption:
    """The text of the option that an answer names: by its letter, its text, or both.

    A letter that is the text of an option elsewhere in the list, a letter beyond the list, and a letter with another
    option's text are unclear.
    """
    texts = unlabelled(choices)
    folded = [text.strip().casefold() for text in texts]
    low = answer.strip().casefold()
    if letter := LETTER.match(answer):
        return _by_letter(answer, letter, texts, folded)
    if low in folded or not texts:
        return ChosenOption(answer)
    if _several_letters(answer, texts):
        return ChosenOption(answer, unclear=True)
    if both := LETTERED.match(answer):
        return _by_both(answer, both, texts, folded)
    return ChosenOption(answer)


def _several_letters(answer: str, texts: tuple[str, ...]) -> bool:
    """Whether an answer is a run of the options' letters ("AB", "ACD"): several options."""
    letters = answer.strip().strip("()[].")
    return 1 < len(letters) == len(set(letters)) and all(letter in LETTERS[: len(texts)] for letter in letters)


def composite(text: str, choices: tuple[str, ...]) -> bool:
    """Whether an option speaks of others ("Both A and B", "all of the above"), so that it excludes none of them."""
    if COMPOSITE.search(text):
        return True
    words = WORD.findall(text)
    letters = [word for word in words if word.upper() in LETTERS[: len(choices)] and len(word) == 1]
    return len(words) > 1 and bool(letters) and all(word in letters or word.casefold() in JOINING for word in words)


def _by_letter(answer: str, found: re.Match[str], texts: tuple[str, ...], folded: list[str]) -> ChosenOption:
    letter = (found.group(1) or found.group(2)).upper()
    place = LETTERS.index(letter)
    own = [at for at, text in enumerate(folded) if text == letter.casefold()]
    if own:
        return ChosenOption(letter, unclear=own != [place])
    if not texts:
        return ChosenOption(letter)
    return ChosenOption(texts[place]) if place < len(texts) else ChosenOption(answer, unclear=True)


def _by_both(answer: str, found: re.Match[str], texts: tuple[str, ...], folded: list[str]) -> ChosenOption:
    place = LETTERS.index((found.group(1) or found.group(2)).upper())
    said = found.group(3).strip().casefold().rstrip(".")
    if said not in [text.rstrip(".") for text in folded]:
        return ChosenOption(answer)
    agree = place < len(texts) and folded[place].rstrip(".") == said
    return ChosenOption(texts[place]) if agree else ChosenOption(answer, unclear=True)
