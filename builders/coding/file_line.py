"""A line of a followed file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Line:
    """A line; `number` is its place in the file before the agent's edits (0: the agent's), `text` None if not seen."""

    number: int
    text: str | None


def contradicted(now: Sequence[Line], lines: Mapping[int, str]) -> bool:
    """Whether a view shows another line where one is known: an edit had another effect than it seemed."""
    return any(
        text.rstrip() != known.rstrip()
        for number, text in lines.items()
        if 0 < number <= len(now) and (known := now[number - 1].text) is not None
    )


def spliced(lines: Sequence[Line], first: int, last: int, texts: Sequence[str]) -> list[Line]:
    """Lines with those in [first, last) replaced; unchanged ones at both ends keep their identity."""
    old = lines[first:last]
    head = 0
    while head < min(len(old), len(texts)) and old[head].text == texts[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(texts)) - head and old[-1 - tail].text == texts[-1 - tail]:
        tail += 1
    middle = [Line(0, text) for text in texts[head : len(texts) - tail]]
    return [*lines[: first + head], *middle, *old[len(old) - tail :], *lines[last:]]


def split_lines(text: str) -> list[str]:
    """The lines of a text, the end of its last one or not."""
    if not text:
        return []
    return (text[:-1] if text.endswith("\n") else text).split("\n")
