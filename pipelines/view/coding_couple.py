"""A couple of traces as the page holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from contextpairs.data.pairs.chat_text import plain
from contextpairs.pipelines.view.packing import PACKED, packed
from contextpairs.pipelines.view.patch_colours import coloured
from contextpairs.pipelines.view.trace_rows import Turn, trace_rows
from contextpairs.pipelines.view.visible_text import LINE_CHARACTERS, fewer_lines, short_lines, visible

SEARCHED = 2_000
"""Characters of a text that the search looks at."""
PATCH_LINES = 400


class Shortening(NamedTuple):
    """How much of long traces is shown.

    Attributes:
        lines: of a turn.
        characters: of a line.
        turns: of a trace.
    """

    lines: int
    characters: int
    turns: int


SHORTENINGS = (
    Shortening(10**6, LINE_CHARACTERS, 10**6),
    Shortening(200, LINE_CHARACTERS, 1_000),
    Shortening(60, 500, 300),
    Shortening(20, 200, 100),
    Shortening(8, 120, 40),
    Shortening(4, 80, 10),
)
"""Tried one after the other until a couple fits."""


def coding_couple(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """A couple, packed: the first row's option A on the left, both answers, the rows in which the traces are read.

    Args:
        first: the mirror that is labelled A: its positive stands on the left.
        second: its mirror.
    """
    for shortening in SHORTENINGS:
        text = packed(_content(first, second, shortening))
        if len(text) <= PACKED:
            break
    return text


def searched(first: Mapping[str, Any]) -> str:
    """The issues of both traces, one where they share it, for the search."""
    return " ".join(dict.fromkeys(_issue(first[name])[:SEARCHED] for name in ("positive", "negative")))


def _issue(turns: Sequence[Mapping[str, str]]) -> str:
    return next((turn["content"] for turn in turns if turn["role"] == "user"), "")


def _content(first: Mapping[str, Any], second: Mapping[str, Any], shortening: Shortening) -> dict[str, Any]:
    left, right = (_turns(first[name], shortening) for name in ("positive", "negative"))
    answers = [_answer(row["answer"], shortening) for row in (first, second)]
    whole = all(_is_whole(text) for _, text in (*left, *right)) and all(
        (len(left) == len(first["positive"]), len(right) == len(first["negative"]))
    )
    return {
        "query": _shortened(first["query"], shortening),
        "answers": [coloured(answer) for answer in answers],
        "whole": whole and all(map(_is_whole, answers)),
        "left": left,
        "right": list(_with_references(left, right)),
        "rows": [
            [row.kind, *row.left, *row.right, int(row.open), int(row.first),
             [[int(piece.equal), int(piece.folded), *piece.left, *piece.right] for piece in row.pieces]]
            for row in trace_rows(left, right)
        ],
    }  # fmt: skip


def _turns(turns: Sequence[Mapping[str, str]], shortening: Shortening) -> list[Turn]:
    """Turns as a prompt has them, made visible and as short as they have to be."""
    most = shortening.turns
    kept = list(turns) if len(turns) <= most else [*turns[: most // 2], *turns[len(turns) - most // 2 :]]
    return [(visible(turn["role"]), _shortened(turn["content"], shortening)) for turn in kept]


def _answer(answer: str, shortening: Shortening) -> str:
    return _shortened(answer, shortening._replace(lines=min(PATCH_LINES, max(40, shortening.lines))))


def _shortened(text: str, shortening: Shortening) -> str:
    return visible(plain(short_lines(fewer_lines(text, shortening.lines), shortening.characters)))


def _is_whole(text: str) -> bool:
    return not any(said in text for said in (" more characters⟩", " lines are left out of this page⟩"))


def _with_references(left: Sequence[Turn], right: Sequence[Turn]) -> Iterator[Turn | int]:
    """The right trace, with the number of the left turn in the place of one that is equal."""
    known = {turn: number for number, turn in enumerate(left)}
    yield from (known.get(turn, turn) for turn in right)
