"""Reject couples that no reader can decide: too little differs, or too little is said of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.substance import is_python, tokens

FEW = 2
"""Tokens up to which a difference has to be named by an agent; larger ones are decided from what was done."""
_PART = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])|\d+")
_SAID = re.compile(r"[^\W\d]\w*|\d[\w.]*")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$", re.M)
_SUBMIT = re.compile(
    r"^.*(?:MINI_SWE_AGENT_FINAL_OUTPUT|COMPLETE_TASK_AND_SUBMIT|<function=(?:submit|finish)>).*$|^submit[ \t]*$", re.M
)


def own_text(context: Sequence[Message], marks: re.Pattern[str]) -> str:
    """What a trace's agent says, commands included, without marks, fences and the lines by which it submits."""
    text = "\n".join(message.content for message in context if message.role == "assistant")
    return _SUBMIT.sub("", _FENCE.sub("", marks.sub(" ", text)))


def own_length(text: str) -> int:
    """Characters of an agent's text, runs of white space counted as one."""
    return len(" ".join(text.split()))


def undecidable(patches: Sequence[Sequence[FilePatch]], said: Sequence[str]) -> str | None:
    """The reason why nothing says which of two traces made which of two patches, or None.

    Args:
        patches: the two patches.
        said: what the agent of each trace says, as `own_text` gives it.

    Returns:
        "undecidable-operator" where the patches differ in operators alone, "undecidable-words" where they differ in at
        most `FEW` tokens and no word or number of those is said in its own trace and not in the other.
    """
    counts = [_code(files) for files in patches]
    alone = [counts[side] - counts[1 - side] for side in (0, 1)]
    differing = sum(alone[0].values()) + sum(alone[1].values())
    words = [{word for _, token in each for word in _SAID.findall(token)} for each in alone]
    if differing and not any(words):
        return "undecidable-operator"
    if 0 < differing <= FEW and not any(_is_told(words[side], said[side], said[1 - side]) for side in (0, 1)):
        return "undecidable-words"
    return None


def untold(patches: Sequence[Sequence[FilePatch]], said: Sequence[str]) -> bool:
    """Whether no part of a name or number that only one of two patches holds is said by one of two agents alone.

    Of two runs of one task such agents announce the same: what they did differently, neither says. Of 44 couples of
    real runs that were read blind 6 were such, and 2 of the 3 misses among them.
    """
    counts = [_code(files) for files in patches]
    alone = [_parts(" ".join(token for _, token in counts[side] - counts[1 - side])) for side in (0, 1)]
    return not (alone[0] ^ alone[1]) & (_parts(said[0]) ^ _parts(said[1]))


def _parts(text: str) -> set[str]:
    """The words that names are made of, and numbers."""
    return {part.lower() for part in _PART.findall(text)}


def _is_told(words: set[str], own: str, other: str) -> bool:
    """Whether a word stands in the text of its own trace's agent and not in the other's."""
    return bool(words & (set(_SAID.findall(own)) - set(_SAID.findall(other))))


def _code(files: Sequence[FilePatch]) -> Counter[tuple[str, str]]:
    """The code tokens of a patch, with the sign of their line: identifiers, numbers, strings, operators."""
    found: Counter[tuple[str, str]] = Counter()
    for file in files:
        for tag in "+-":
            text = "\n".join(line for sign, line in file.changed() if sign == tag)
            kinds = (each for each in tokens(text, is_python(file.path)) if each[0] not in ("bracket", "separator"))
            found.update((tag, token) for _, token in kinds)
    return found
