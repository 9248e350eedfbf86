"""Simple measures of answers and contexts, by which a learner without any reading might tell which belong together.

Where the marks of a masked trace stand and how many there are, how long who speaks, what shape a patch has, how much
of its text a trace holds: none of these may give the label away, alone or together. The audit learns from them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

Vector = npt.NDArray[np.float32]
KINDS = ("patch code", "edit", "diff", "measure")
MARK = re.compile(r"\[masked: (patch code|edit|diff|measure)\]")
GRAM = 6
"""Characters of a gram, whose share in a context is an overlap."""
_WORD = re.compile(r"[A-Za-z_]\w+")
_COMMENT = re.compile(r"^\s*(?:#|//|\*|\"\"\")")
_IMPORT = re.compile(r"^\s*(?:import|from|#include|using|require|use)\b")

CONTEXT = (
    "characters", "turns", "agent characters", "agent turns", "longest turn", "fences", "gaps",
    *(f"{kind} marks" for kind in KINDS), "marks of the agent", "turns with a mark", "longest run of edits",
    "longest run of diffs", "longest run of marks", "first mark", "mean mark", "last mark", "marks in a turn",
)  # fmt: skip
"""What is measured of a context."""
ANSWER = (
    "characters", "files", "hunks", "added", "removed", "comments", "imports", "longest line", "definitions", "words",
)  # fmt: skip
"""What is measured of an answer."""
OVERLAP = ("words", "share of words", "Jaccard", "grams", "compressed")
"""What is measured of an answer beside a context."""


def context_measures(context: Sequence[Message]) -> Vector:
    """The measures `CONTEXT` of the turns of a context."""
    marks = [MARK.findall(message.content) for message in context]
    agents = [message.role == "assistant" for message in context]
    sizes = [len(message.content) for message in context]
    marked = [turn for turn, found in enumerate(marks) if found]
    kinds = [kind for found in marks for kind in found]
    places = [turn / len(context) for turn in marked] or [0.0]
    values = [
        sum(sizes),
        len(context),
        sum(size for size, agent in zip(sizes, agents, strict=True) if agent),
        sum(agents),
        max(sizes, default=0),
        sum(message.content.count("```") for message in context),
        sum(message.content == "[omitted turns]" for message in context),
        *(kinds.count(kind) for kind in KINDS),
        sum(len(found) for found, agent in zip(marks, agents, strict=True) if agent),
        len(marked),
        _longest(["edit" in found for found, agent in zip(marks, agents, strict=True) if agent]),
        _longest(["diff" in found for found, agent in zip(marks, agents, strict=True) if not agent]),
        _longest([bool(found) for found in marks]),
        places[0],
        float(np.mean(places)),
        places[-1],
        max(map(len, marks), default=0),
    ]
    return np.array(values, np.float32)


def _longest(flags: Sequence[bool]) -> int:
    """The longest run of true values."""
    return max((sum(1 for _ in run) for value, run in groupby(flags) if value), default=0)


def answer_measures(answer: str, files: Sequence[FilePatch]) -> Vector:
    """The measures `ANSWER` of a patch."""
    changed = [line for file in files for line in file.changed()]
    added = [text for tag, text in changed if tag == "+"]
    values = [
        len(answer),
        len(files),
        sum(len(file.hunks) for file in files),
        len(added),
        len(changed) - len(added),
        sum(bool(_COMMENT.match(text)) for text in added),
        sum(bool(_IMPORT.match(text)) for text in added),
        max(map(len, added), default=0),
        sum(text.lstrip().startswith(("def ", "class ", "function ")) for text in added),
        len(set(_WORD.findall(answer))),
    ]
    return np.array(values, np.float32)


class Overlaps:
    """The measures `OVERLAP` of answers beside one context, whose text is read once."""

    def __init__(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._words = frozenset(_WORD.findall(text))
        self._grams = _grams(data)
        self._data = data[-32_000:]
        self._size = len(zlib.compress(self._data, 1))

    def of(self, answer: str) -> Vector:
        """Shape (len(OVERLAP),)."""
        words = frozenset(_WORD.findall(answer))
        data = answer.encode("utf-8", "replace")
        grams = _grams(data)
        both = len(words & self._words)
        held = float(np.isin(grams, self._grams, assume_unique=True).mean()) if len(grams) else 0.0
        more = len(zlib.compress(self._data + data, 1)) - self._size
        share, union = both / max(1, len(words)), len(words | self._words)
        return np.array([both, share, both / max(1, union), held, more / max(1, len(data))], np.float32)


def _grams(data: bytes) -> npt.NDArray[np.int64]:
    """The distinct hashed grams of some bytes."""
    codes = np.frombuffer(data, np.uint8).astype(np.int64)
    count = len(codes) - GRAM + 1
    if count < 1:
        return np.empty(0, np.int64)
    return np.unique(sum(codes[at : at + count] << (8 * at) for at in range(GRAM)))


def couple_rows(
    answers: npt.NDArray[np.float32], contexts: npt.NDArray[np.float32], overlaps: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """What a learner is shown of each answer: how its own context differs from the other, beside the answer's shape.

    Args:
        answers: shape (n, 2, len(ANSWER)).
        contexts: shape (n, 2, len(CONTEXT)).
        overlaps: of answer a beside context c, shape (n, 2, 2, len(OVERLAP)).

    Returns:
        Shape (2 n, features), answers 0 first: rows own minus other. Turned around, a row is what it would be if the
        other context were its own.
    """
    rows = []
    for side in (0, 1):
        mine, other = contexts[:, side], contexts[:, 1 - side]
        difference = _scaled(mine, other)
        shape = answers[:, side] - answers[:, 1 - side]
        crossed = [difference[:, :, None] * np.sign(shape)[:, None, :]]
        beside = overlaps[:, side, side] - overlaps[:, side, 1 - side]
        rows.append(np.concatenate([difference, beside, *(each.reshape(len(shape), -1) for each in crossed)], axis=1))
    return np.concatenate(rows).astype(np.float32)


def _scaled(mine: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Differences relative to size, so that a long trace counts no more than a short one."""
    return np.asarray((mine - other) / np.maximum(1.0, np.abs(mine) + np.abs(other)))
