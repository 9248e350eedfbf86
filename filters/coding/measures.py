"""What the audit sees of a couple: terms and sizes of its texts, and simple measures of answers and contexts.

Where the marks of a masked trace stand and how many there are, how long who speaks, what shape a patch has, how much
of its text a trace holds: none of these may give the label away, alone or together. Here they are taken off the
published text; who learns from them is another file, so that a change of learner redoes no masking.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

TERM = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
PATH = re.compile(r"^(?:---|\+\+\+) (?:[ab]/)?(\S+)", re.M)
PIECE = re.compile(r"^@@ -|\[masked: (?:edit|diff)", re.M)
BUCKETS = 1 << 18
Vector = npt.NDArray[np.float32]
KINDS = ("patch code", "edit", "diff", "measure")
MARK = re.compile(r"\[masked: (patch code|edit|diff|measure)\]")
OMITTED = "[omitted"
GRAM = 6
"""Bytes of a gram, whose share in a context is an overlap."""
GRAMS = 1 << 20
FACTOR, SHIFT = np.uint32(2654435761), np.uint32(12)
"""Knuth's multiplicative hash; the shift leaves numbers below `GRAMS`."""
WINDOW = 32_000
"""Bytes that gzip looks back: of a longer context it sees the end."""
_COMMENT = re.compile(r"\s*(?:#|//|/?\*|\"\"\"|''')")
_IMPORT = re.compile(r"\s*(?:import|from|#include|using|require|use)\b")

CONTEXT = (
    "characters", "turns", "agent characters", "agent turns", "longest turn", "last turn", "fences", "omitted turns",
    "marks", *(f"{kind} marks" for kind in KINDS), "marks of the agent", "turns with a mark", "most marks in a turn",
    "longest run of edits", "longest run of diffs", "longest run of marks", "first mark", "mean mark", "last mark",
)  # fmt: skip
"""What is measured of a context. Places of marks are shares of its turns."""
ANSWER = ("characters", "files", "hunks", "added", "removed", "comments", "imports")
"""What is measured of an answer."""
OVERLAP = ("grams", "compressed")
"""What is measured of an answer beside a context: the share of its grams that the context holds, and the bytes that it
adds to the compressed context, by its own. Overlap of words is told by the terms."""


@dataclass(slots=True)
class Features:
    """What the baselines see of one text: hashed term counts and its size.

    Attributes:
        terms: count by hashed identifier.
        characters, turns: its length; an answer has one turn.
        pieces: hunks of an answer, masked edits and diffs of a context.
    """

    terms: dict[int, int]
    characters: int
    turns: int
    pieces: int


@dataclass(slots=True)
class AuditCouple:
    """One couple as the audit sees it: two answers, two contexts; answer k belongs to context k.

    Attributes:
        answers, contexts: features, two each.
        names: names[a][c]: mentions of the files of answer a in context c.
        group: what cross-validation keeps together.
        measured: what learners go by besides; None where nothing was measured.
    """

    answers: tuple[Features, Features]
    contexts: tuple[Features, Features]
    names: tuple[tuple[float, float], tuple[float, float]]
    group: str
    measured: CoupleMeasures | None = None


class CoupleMeasures(NamedTuple):
    """Simple measures of a couple.

    Attributes:
        answers: shape (2, len(ANSWER)).
        contexts: shape (2, len(CONTEXT)).
        overlaps: of answer a beside context c, shape (2, 2, len(OVERLAP)).
    """

    answers: Vector
    contexts: Vector
    overlaps: Vector


def features_of(text: str, turns: int = 1) -> Features:
    """Hash the identifiers of a text. Deterministic across processes and machines."""
    counts = Counter(TERM.findall(text))
    hashed: Counter[int] = Counter()
    for term, count in counts.items():
        hashed[zlib.crc32(term.lower().encode()) % BUCKETS] += count
    return Features(dict(sorted(hashed.items())), len(text), turns, len(PIECE.findall(text)))


def file_names(answer: str, contexts: Sequence[str]) -> list[float]:
    """For each context the number of mentions of the answer's files, by base name."""
    names = {path.rsplit("/", 1)[-1] for path in PATH.findall(answer)} - {"null"}
    return [float(sum(context.count(name) for name in names)) for context in contexts]


def couple_measures(answers: Sequence[str], files: Sequence[Sequence[FilePatch]], contexts: Sequence[Sequence[Message]],
                    texts: Sequence[str]) -> CoupleMeasures:  # fmt: skip
    """Measure both sides: answers with the files that they patch, contexts with their joined text."""
    beside = [Overlaps(text) for text in texts]
    return CoupleMeasures(
        np.stack([answer_measures(*each) for each in zip(answers, files, strict=True)]),
        np.stack([context_measures(context) for context in contexts]),
        np.stack([np.stack([overlaps.of(answer) for overlaps in beside]) for answer in answers]),
    )


def context_measures(context: Sequence[Message]) -> Vector:
    """The measures `CONTEXT` of the turns of a context."""
    agents = [message.role == "assistant" for message in context]
    sizes = [len(message.content) for message in context]
    own = [size for size, agent in zip(sizes, agents, strict=True) if agent]
    values = [
        sum(sizes),
        len(context),
        sum(own),
        len(own),
        max(sizes, default=0),
        sizes[-1] if sizes else 0,
        sum(message.content.count("```") for message in context),
        sum(message.content.startswith(OMITTED) for message in context),
        *_marks([MARK.findall(message.content) for message in context], agents),
    ]
    return np.array(values, np.float32)


def _marks(marks: Sequence[list[str]], agents: Sequence[bool]) -> list[float]:
    """Numbers, runs and places of the marks of each turn."""
    kinds = [kind for found in marks for kind in found]
    own = [found for found, agent in zip(marks, agents, strict=True) if agent]
    others = [found for found, agent in zip(marks, agents, strict=True) if not agent]
    places = [turn / len(marks) for turn, found in enumerate(marks) if found]
    return [
        len(kinds),
        *(kinds.count(kind) for kind in KINDS),
        sum(map(len, own)),
        len(places),
        max(map(len, marks), default=0),
        _longest(["edit" in found for found in own]),
        _longest(["diff" in found for found in others]),
        _longest([bool(found) for found in marks]),
        places[0] if places else 1.0,
        float(np.mean(places)) if places else 1.0,
        places[-1] if places else 1.0,
    ]


def _longest(flags: Sequence[bool]) -> int:
    """The longest run of true values."""
    return max((sum(1 for _ in run) for value, run in groupby(flags) if value), default=0)


def answer_measures(answer: str, files: Sequence[FilePatch]) -> Vector:
    """The measures `ANSWER` of a patch, whose files are given."""
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
    ]
    return np.array(values, np.float32)


class Overlaps:
    """The measures `OVERLAP` of answers beside one context, whose text is read once."""

    def __init__(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._held = np.zeros(GRAMS, np.bool_)
        self._held[_grams(data)] = True
        self._packer = zlib.compressobj(1)
        self._packed = len(self._packer.compress(data[-WINDOW:]))
        self._size = self._packed + len(self._packer.copy().flush())

    def of(self, answer: str) -> Vector:
        """Shape (len(OVERLAP),)."""
        data = answer.encode("utf-8", "replace")
        grams, packer = _grams(data), self._packer.copy()
        held = float(self._held[grams].mean()) if len(grams) else 0.0
        more = self._packed + len(packer.compress(data)) + len(packer.flush()) - self._size
        return np.array([held, more / max(1, len(data))], np.float32)


def _grams(data: bytes) -> npt.NDArray[np.uint32]:
    """Every gram of some bytes as a hash below `GRAMS`."""
    codes = np.frombuffer(data, np.uint8).astype(np.uint32)
    hashes = np.zeros(max(0, len(codes) - GRAM + 1), np.uint32)
    for at in range(GRAM):
        hashes *= FACTOR
        hashes += codes[at : at + len(hashes)]
    return np.asarray((hashes * FACTOR) >> SHIFT)
