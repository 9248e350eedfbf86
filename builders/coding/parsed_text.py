"""What owns a line of a source text that is known in whole or in part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contextpairs.builders.coding.symbols import MODULE, Definition, definitions

Lines = Sequence[str | None]

_TOP_LEVEL = re.compile(r"^[^\s#)\]}]")
_TRIES = 4


@dataclass(slots=True)
class ParsedText:
    """The lines from index `first` up to `stop` of a text, parsed."""

    lines: Lines
    first: int
    stop: int
    innermost: list[Definition | None] = field(default_factory=list)
    """For each line the innermost definition that it is part of; the first entry is of no line."""
    outer: dict[Definition, Definition] = field(default_factory=dict)
    """The definition around a definition."""
    stretch: tuple[int, int] = (0, 0)
    """The known lines around those parsed, where they are a part."""

    def holds(self, line: int) -> bool:
        """Whether a line (from 1) is among those parsed."""
        return self.first < line <= self.stop

    def owner(self, line: int, column: int | None) -> str:
        """The name of what owns a line (from 1); `column`: what is put after the line starts there."""
        line -= self.first
        if column is None:
            return self._name(self._at(line))
        before = line
        while before > 0 and not (self.lines[before + self.first - 1] or "").strip():
            before -= 1
        owner = self._at(before)
        while owner is not None and column <= owner.column and not _continues(owner, before, line):
            owner = self.outer.get(owner)
        return self._name(owner)

    def _at(self, line: int) -> Definition | None:
        return self.innermost[line] if 0 <= line < len(self.innermost) else None

    @staticmethod
    def _name(owner: Definition | None) -> str:
        return owner.name if owner else MODULE


def _continues(owner: Definition, before: int, line: int) -> bool:
    """Whether the definition goes on after the line, so that what follows is inside whatever its indentation."""
    return owner.start <= before and line < owner.end


def parsed_around(language: str, lines: Lines, line: int, before: ParsedText | None = None) -> ParsedText | None:
    """The whole text, or the known stretch of it around a line; None where neither can be parsed.

    Args:
        language: of the text.
        lines: the text, None for lines not known.
        line: its number, from 1.
        before: what was parsed around another line of the text, which does not hold this one.
    """
    if before is None and None not in lines and (whole := _parsed(language, lines, 0, len(lines))) is not None:
        return whole
    if language != "python":
        return None
    known = before.stretch if before is not None else (0, 0)
    first, last = known if known[0] < line <= known[1] else _stretch(lines, line)
    for start in _top_levels(lines, first, line):
        for stop in (_statement_end(lines, line, last), last):
            part = _parsed(language, lines, start, stop)
            if part is not None:
                part.stretch = (first, last)
                return part
    return None


def _parsed(language: str, lines: Lines, first: int, stop: int) -> ParsedText | None:
    found = definitions(language, "\n".join(text or "" for text in lines[first:stop]))
    if found is None:
        return None
    parsed = ParsedText(lines, first, stop, [None] * (stop - first + 1))
    open_ones: list[Definition] = []
    for definition in sorted(found, key=lambda each: each.start):
        end = min(definition.end, stop - first)
        parsed.innermost[definition.start : end + 1] = [definition] * (end + 1 - definition.start)
        while open_ones and open_ones[-1].end < definition.start:
            open_ones.pop()
        around = (each for each in reversed(open_ones) if definition.name.startswith(f"{each.name}."))
        if (outer := next(around, None)) is not None and outer.end >= definition.end:
            parsed.outer[definition] = outer
        open_ones.append(definition)
    return parsed


def _stretch(lines: Lines, line: int) -> tuple[int, int]:
    """The 0-based range of known lines around a line."""
    at = min(max(line - 1, 0), len(lines) - 1)
    first, last = at, at + 1
    while first > 0 and lines[first - 1] is not None:
        first -= 1
    while last < len(lines) and lines[last] is not None:
        last += 1
    return first, last


def _statement_end(lines: Lines, line: int, last: int) -> int:
    """Where the next top-level statement after a line starts, or the end of the known lines."""
    for stop in range(max(line, 1), last):
        if _TOP_LEVEL.match(lines[stop] or "") and not (lines[stop - 1] or "").startswith("@"):
            return stop
    return last


def _top_levels(lines: Lines, first: int, line: int) -> Iterator[int]:
    """Candidates for the start of the top-level statement around a line, nearest first."""
    tries = 0
    for index in range(min(line, len(lines)) - 1, first - 1, -1):
        text = lines[index] or ""
        if _TOP_LEVEL.match(text) and not (index > first and (lines[index - 1] or "").startswith("@")):
            yield index
            tries += 1
            if tries == _TRIES:
                return
    if first == 0:
        yield 0
