"""The text of a file at a commit, put together from what several runs show of it.

A run shows lines under their numbers, in views and as the old side of its recorded patch, and passages without
numbers, such as the code of a function that a tool was asked for. A line about which two runs disagree is unknown. What
views show goes before numbers that a patch only claims: a hunk that they contradict shows nothing. A passage is placed
where it agrees with every line that is known already, and with enough of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.parsed_text import Lines
from contextpairs.builders.coding.shell import bash_blocks
from contextpairs.data.code.patch import Hunk
from contextpairs.data.code.trajectory import Message

Passage = Sequence[str]

MAX_LINES = 100_000
"""Lines past which a number that a patch's header gives is not followed."""
MAX_PASSAGES = 40
"""Passages of one file that one run may show."""
_LEAST_SHARED = 3
_LEAST_CHARACTERS = 5
_ROUNDS = 2
_CUT = re.compile(
    r"^(?:[ \t]*(?:(?:#|//)[ \t]*)?\.\.\.|.*⋮|```|</?\w+>|--$|@@|(?:response|message|diff|output|OBSERVATION):|\[|\$ )"
)


def shared_text(
    views: Iterable[Lines], hunks: Iterable[Hunk] = (), passages: Iterable[Passage] = ()
) -> list[str | None]:
    """The lines of a file on which all agree.

    Args:
        views: lines from the first on, None for those that a run does not show.
        hunks: of recorded patches.
        passages: lines without numbers.
    """
    told = _Told()
    for view in views:
        told.take(0, view)
    told.settle()
    for hunk in hunks:
        if _agrees(hunk, told.lines):
            told.take(hunk.old_start - 1, hunk.old())
    told.settle()
    left = list(dict.fromkeys(tuple(passage) for passage in passages))
    for _ in range(_ROUNDS):
        places = _places(left, told.lines)
        for passage, at in places.items():
            told.take(at - 1, passage)
        told.settle()
        left = [passage for passage in left if passage not in places]
    return told.lines


@dataclass(slots=True)
class _Told:
    """Lines as far as they were told; one that was told in two ways is unknown, whoever tells it again."""

    lines: list[str | None] = field(default_factory=list)
    new: dict[int, str] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)

    def take(self, first: int, told: Lines) -> None:
        """Hear of lines from index `first` on; they count when all have been heard."""
        for index, line in enumerate(told, first):
            if line is not None and self.new.setdefault(index, line) != line:
                self.doubtful.add(index)

    def settle(self) -> None:
        """Make known what was told in one way."""
        self.lines.extend([None] * (max(self.new, default=-1) + 1 - len(self.lines)))
        for index in self.new.keys() - self.doubtful:
            if self.lines[index] not in (None, self.new[index]):
                self.doubtful.add(index)
            self.lines[index] = self.new[index]
        for index in self.doubtful:
            self.lines[index] = None
        self.new.clear()


def _places(passages: Sequence[tuple[str, ...]], text: Lines) -> dict[tuple[str, ...], int]:
    """The lines (from 1) at which passages begin, of those that can be placed."""
    known = _once((line, index) for index, line in enumerate(text) if line is not None)
    places = {passage: _place(passage, text, known) for passage in passages}
    return {passage: place for passage, place in places.items() if place is not None}


def _place(passage: Passage, text: Lines, known: Mapping[str, int]) -> int | None:
    """The line (from 1) at which a passage begins; None where too few lines tell, or one speaks against it."""
    told = _once((line, index) for index, line in enumerate(passage))
    offsets = Counter(known[line] - index for line, index in told.items() if line in known)
    if len(offsets) != 1:
        return None
    offset, votes = offsets.popitem()
    if votes < _LEAST_SHARED or offset < 0:
        return None
    there = text[offset : offset + len(passage)]
    return offset + 1 if all(line in (None, shown) for line, shown in zip(there, passage, strict=False)) else None


def _once(numbered: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Places of lines that occur once and say something."""
    places: dict[str, int] = {}
    repeated: set[str] = set()
    for line, index in numbered:
        if line in places:
            repeated.add(line)
        elif len(line.strip()) >= _LEAST_CHARACTERS:
            places[line] = index
    return {line: index for line, index in places.items() if line not in repeated}


def _agrees(hunk: Hunk, text: Lines) -> bool:
    """Whether a hunk shows lines, and none that is known to be another."""
    old, first = hunk.old(), hunk.old_start - 1
    known = text[max(first, 0) : first + len(old)]
    return 0 <= first <= MAX_LINES and all(line in (None, shown) for line, shown in zip(known, old, strict=False))


def passages_of(messages: Sequence[Message], edits: Sequence[Edit], paths: Iterable[str]) -> dict[str, list[Passage]]:
    """What a run shows of files without line numbers.

    These are outputs of tools that were asked for one of the files and run no shell, up to that file's first edit, and
    what that edit itself replaces.
    """
    first: dict[str, Edit] = {}
    for edit in edits:
        first.setdefault(edit.path, edit)
    found: dict[str, list[Passage]] = {path: [] for path in paths}
    for path, turn, content in _answers(messages, found):
        if path not in first or turn <= first[path].turn:
            found[path] += _passages(content)
    for path in found:
        if path in first and first[path].kind == "replace" and not first[path].pattern:
            found[path] += _passages(_whole_lines(first[path].old or ""))
    return {path: passages[:MAX_PASSAGES] for path, passages in found.items() if passages}


def _answers(messages: Sequence[Message], paths: Mapping[str, object]) -> Iterator[tuple[str, int, str]]:
    """(path, turn, text) of outputs that answer a turn which names one of the paths alone, and no command."""
    asked, turn = "", -1
    for index, message in enumerate(messages):
        if message.role == "assistant":
            named = [path for path in paths if path in message.content]
            asked = named[0] if len(named) == 1 and not any(bash_blocks(message.content)) else ""
            turn = index
        elif asked:
            yield asked, turn, message.content


def _whole_lines(old: str) -> str:
    """The lines of a text to be replaced, less the ends that may be parts of lines."""
    start = 0 if old[:1].isspace() else old.find("\n") + 1
    return old[start : old.rfind("\n") + 1]


def _passages(text: str) -> Iterator[Passage]:
    """Stretches of a text between marks that say that it is no code, or that some was left out."""
    piece: list[str] = []
    for line in [*text.removesuffix("\n").split("\n"), "```"]:
        if not _CUT.match(line):
            piece.append(line.rstrip("\r"))
            continue
        if len(piece) >= _LEAST_SHARED:
            yield piece
        piece = []
