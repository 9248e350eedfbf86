"""The text of a file at a commit, put together from what several runs show of it.

A run shows lines under their numbers, in views and as the old side of its recorded patch, and passages without
numbers, such as the code of a function that a tool was asked for. A passage is placed where it agrees with every line
that is known already, and with enough of them. A line about which two runs disagree is unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.shell import bash_blocks
from contextpairs.data.code.patch import Hunk
from contextpairs.data.code.trajectory import Message

Lines = Sequence[str | None]
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


def shared_text(views: Iterable[Lines], passages: Iterable[Passage] = ()) -> list[str | None]:
    """The lines of a file on which all agree.

    Args:
        views: lines from the first on, None for those that a run does not show.
        passages: lines without numbers.
    """
    text = _agreed(views)
    left = [list(passage) for passage in passages]
    for _ in range(_ROUNDS):
        placed = [(passage, place(passage, text)) for passage in left]
        found = [[None] * (at - 1) + passage for passage, at in placed if at is not None]
        if not found:
            break
        text = _agreed([text, *found])
        left = [passage for passage, at in placed if at is None]
    return text


def _agreed(views: Iterable[Lines]) -> list[str | None]:
    text: list[str | None] = []
    doubtful: set[int] = set()
    for view in views:
        text.extend([None] * (len(view) - len(text)))
        for index, line in enumerate(view):
            if line is None or line == text[index]:
                continue
            if text[index] is not None:
                doubtful.add(index)
            text[index] = line
    for index in doubtful:
        text[index] = None
    return text


def place(passage: Passage, text: Lines) -> int | None:
    """The line (from 1) at which a passage begins; None where too few lines tell, or one speaks against it."""
    known = _once((line, index) for index, line in enumerate(text) if line is not None)
    told = _once((line, index) for index, line in enumerate(passage))
    offsets = Counter(known[line] - index for line, index in told.items() if line in known)
    if len(offsets) != 1:
        return None
    offset, votes = offsets.popitem()
    if votes < _LEAST_SHARED or not all(
        line == text[index + offset]
        for index, line in enumerate(passage)
        if 0 <= index + offset < len(text) and text[index + offset] is not None
    ):
        return None
    return offset + 1 if offset >= 0 else None


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


def lines_of_hunks(hunks: Iterable[Hunk]) -> list[str | None]:
    """The lines that a recorded patch shows of a file before it."""
    text: list[str | None] = []
    for hunk in hunks:
        old = hunk.old()
        first = hunk.old_start - 1
        if not old or first < 0 or first + len(old) > MAX_LINES:
            continue
        text.extend([None] * (first + len(old) - len(text)))
        text[first : first + len(old)] = old
    return text


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
