"""Two traces side by side: which turns stand beside each other, and what of them is folded at first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal, NamedTuple, TypeAlias

from contextpairs.pipelines.view.alignment import Stretch, aligned

Turn: TypeAlias = tuple[str, str]
"""Role and content."""
Kind: TypeAlias = Literal["equal", "shared", "issue", "said", "result"]

MARK = re.compile(r"\[masked: [a-z ]{1,30}\]")
LEAST_FOLDED = 4
"""Equal lines in a row from which they are folded."""
LONG = 40
"""Lines of a stretch in which traces differ from which it is folded, in a tool's result without a mark."""
AROUND = 3
"""Lines that stay visible around a mark, and at both ends of a folded stretch."""
ISSUE_LINES = 40
"""Lines of an issue that both traces share which are visible."""


class LinePiece(NamedTuple):
    """Lines of two turns that stand beside each other.

    Attributes:
        equal: whether both sides hold the same lines.
        folded: whether they are folded at first.
        left: begin and end among the left turn's lines.
        right: the same of the right turn.
    """

    equal: bool
    folded: bool
    left: tuple[int, int]
    right: tuple[int, int]


class TraceRow(NamedTuple):
    """Turns that stand beside each other.

    Attributes:
        kind: equal turns, an equal one that holds marks, the issue, what an agent said, or a tool's result.
        left: begin and end of the left trace's turns; at most one but for equal ones.
        right: the same of the right trace.
        open: whether its text is visible at first.
        first: whether it is the first step in which the agents differ.
        pieces: its lines; none of equal turns.
    """

    kind: Kind
    left: tuple[int, int]
    right: tuple[int, int]
    open: bool = True
    first: bool = False
    pieces: tuple[LinePiece, ...] = ()


def trace_rows(left: Sequence[Turn], right: Sequence[Turn]) -> list[TraceRow]:
    """Both traces in rows; exactly one row is the first that differs, if any does after the issue."""
    said = [[f"{role}\n{text}" for role, text in turns] for turns in (left, right)]
    rows = [row for stretch in aligned(*said) for row in _rows_of(stretch, left, right)]
    at = next((number for number, row in enumerate(rows) if row.kind == "said"), None)
    if at is None:
        at = next((number for number, row in enumerate(rows) if row.kind == "result"), None)
    return [row._replace(first=True, open=True) if number == at else row for number, row in enumerate(rows)]


def _rows_of(stretch: Stretch, left: Sequence[Turn], right: Sequence[Turn]) -> Iterator[TraceRow]:
    if not stretch.equal:
        yield from _paired(stretch, left, right)
        return
    offset = stretch.right[0] - stretch.left[0]
    for begin, end in _apart(left, *stretch.left):
        yield _equal_row(left, (begin, end), (begin + offset, end + offset))


def _apart(turns: Sequence[Turn], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Parts of equal turns: the issue and what holds a mark alone, all others together."""
    issue, start = _issue_of(turns), begin
    for number in range(begin, end):
        if number == issue or MARK.search(turns[number][1]):
            if start < number:
                yield start, number
            yield number, number + 1
            start = number + 1
    if start < end:
        yield start, end


def _equal_row(turns: Sequence[Turn], here: tuple[int, int], there: tuple[int, int]) -> TraceRow:
    lines = turns[here[0]][1].split("\n")
    if here[0] == _issue_of(turns):
        return TraceRow("issue", here, there, pieces=tuple(_shared_issue(len(lines))))
    if here[1] - here[0] == 1 and MARK.search(turns[here[0]][1]):
        pieces = _pieces(Stretch(True, (0, len(lines)), (0, len(lines))), lines, lines, "said")
        return TraceRow("shared", here, there, pieces=tuple(pieces))
    return TraceRow("equal", here, there, open=False)


def _shared_issue(lines: int) -> Iterator[LinePiece]:
    shown = (0, min(lines, ISSUE_LINES))
    yield LinePiece(True, False, shown, shown)
    if lines > ISSUE_LINES:
        yield LinePiece(True, True, (ISSUE_LINES, lines), (ISSUE_LINES, lines))


def _issue_of(turns: Sequence[Turn]) -> int | None:
    """The first user turn before any agent's."""
    for number, (role, _) in enumerate(turns):
        if role == "assistant":
            return None
        if role == "user":
            return number
    return None


def _paired(stretch: Stretch, left: Sequence[Turn], right: Sequence[Turn]) -> Iterator[TraceRow]:
    """Turns of one role beside each other, in order; what has no counterpart stands alone."""
    here, there = stretch.left[0], stretch.right[0]
    while here < stretch.left[1] or there < stretch.right[1]:
        has_left, has_right = here < stretch.left[1], there < stretch.right[1]
        both = has_left and has_right and left[here][0] == right[there][0]
        take_left, take_right = has_left, has_right and (both or not has_left)
        yield _row(left, right, (here, here + take_left), (there, there + take_right))
        here, there = here + take_left, there + take_right


def _row(left: Sequence[Turn], right: Sequence[Turn], here: tuple[int, int], there: tuple[int, int]) -> TraceRow:
    turns, at = (left, here[0]) if here[1] > here[0] else (right, there[0])
    kind = _kind(turns, at)
    lines = [
        turns[begin][1].split("\n") if end > begin else [] for turns, (begin, end) in ((left, here), (right, there))
    ]
    pieces = tuple(piece for each in aligned(*lines) for piece in _pieces(each, lines[0], lines[1], kind))
    marked = any(MARK.search(line) for side in lines for line in side)
    return TraceRow(kind, here, there, open=kind != "result" or marked, pieces=pieces)


def _kind(turns: Sequence[Turn], at: int) -> Kind:
    role = turns[at][0]
    if role == "assistant":
        return "said"
    before = any(role == "assistant" for role, _ in turns[:at])
    return "result" if role == "tool" or before else "issue"


def _pieces(stretch: Stretch, left: Sequence[str], right: Sequence[str], kind: Kind) -> Iterator[LinePiece]:
    if not stretch.equal:
        sides = [left[slice(*stretch.left)], right[slice(*stretch.right)]]
        long = kind == "result" and max(map(len, sides)) > LONG
        if long and any(MARK.search(line) for side in sides for line in side):
            yield from _around_marks(stretch, left, right)
        else:
            yield LinePiece(False, long, stretch.left, stretch.right)
        return
    offset = stretch.right[0] - stretch.left[0]
    for begin, end, folded in _folds(left, *stretch.left):
        yield LinePiece(True, folded, (begin, end), (begin + offset, end + offset))


def _around_marks(stretch: Stretch, left: Sequence[str], right: Sequence[str]) -> Iterator[LinePiece]:
    """Lines that differ, with all but the ends and what is near marks folded on each side."""
    here, there = stretch.left[0], stretch.right[0]
    for one, other in zip_longest(_folds(left, *stretch.left), _folds(right, *stretch.right)):
        if one and other and one[2] == other[2]:
            yield LinePiece(False, one[2], one[:2], other[:2])
        else:
            if one:
                yield LinePiece(False, one[2], one[:2], (there, there))
            if other:
                yield LinePiece(False, other[2], (one[1] if one else here,) * 2, other[:2])
        here, there = one[1] if one else here, other[1] if other else there


def _folds(lines: Sequence[str], begin: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Begin, end and whether it is folded of the parts of equal lines: their ends and what is near marks stay."""
    shown = {*range(begin, min(begin + AROUND, end)), *range(max(begin, end - AROUND), end)}
    for number in range(begin, end):
        if MARK.search(lines[number]):
            shown.update(range(max(begin, number - AROUND), min(end, number + AROUND + 1)))
    start = begin
    for number in range(begin, end + 1):
        if number == end or (number in shown) != (start in shown):
            folded = start not in shown and number - start >= LEAST_FOLDED
            if number > start:
                yield start, number, folded
            start = number
