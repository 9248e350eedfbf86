"""Regular expressions of agents, run on an engine without backtracking: `(a+)+$` costs what its text is long.

An expression is taken only where the engine (RE2) and the tool that the agent ran find the same. Python takes the first
alternative that fits, sed the longest match of all; beyond ASCII they know other letters than the engine; neither
references nor looks around exist here. Whatever may differ raises `UnlikeTool`, and the edit is unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

import re2

from contextpairs.builders.coding.regex_syntax import Syntax, UnlikeTool, syntax_of

__all__ = ["Found", "LinearRegex", "UnlikeTool", "linear_regex"]

Tool = Literal["python", "sed"]
MEMORY = 8 << 20
"""Bytes of the engine's tables for one expression."""
BUDGET = 2_000_000_000
"""Steps that all matches of an expression in one text may cost at worst: size of the expression, length of the text,
number of matches. Each match may read to the end of the text before it is found."""
_BEYOND = {
    "w": re.compile(r"[^\W\x00-\x7f]"),
    "d": re.compile(r"[^\D\x00-\x7f]"),
    "s": re.compile(r"[^\S\t\n\f\r ]"),
    "i": re.compile(r"[^\W\x00-\x7f]"),
}
"""Characters of a class that the engine does not count to it."""
_REFERENCE = re.compile(r"\\(?:g<(\w{1,100})>|([1-9]\d?)(?!\d)|(.))", re.S)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Found:
    """A match: the characters that it takes, and those of each group: (-1, -1) where it took no part, none where tools
    may divide the match differently."""

    text: str
    spans: Sequence[tuple[int, int]]
    regex: LinearRegex

    @property
    def start(self) -> int:
        """First character."""
        return self.spans[0][0]

    @property
    def stop(self) -> int:
        """Behind the last character."""
        return self.spans[0][1]

    def group(self, which: int | str = 0) -> str | None:
        """The text of a group by number or name; None where it took no part.

        Raises:
            UnlikeTool: there is no such group, or tools divide the match differently.
        """
        number = self.regex.group_number(which)
        if number >= len(self.spans):
            raise UnlikeTool(f"group {which} is divided in more than one way")
        start, stop = self.spans[number]
        return None if start < 0 else self.text[start:stop]

    def expanded(self, template: str) -> str:
        """A template as `re.sub` takes it, filled in. Raises UnlikeTool, as `group` does."""
        return "".join(part if isinstance(part, str) else self.group(part[0]) or "" for part in _parts(template))


class LinearRegex:
    """An expression of an agent's; `linear_regex` makes one."""

    def __init__(self, syntax: Syntax, tool: Tool) -> None:
        self._syntax = syntax
        self._tool = tool
        self._engine = _compiled(syntax.text, longest=tool == "sed")
        self._dividing = _compiled(syntax.text, longest=False) if tool == "sed" and syntax.groups else None
        self.groups = syntax.groups

    def is_in(self, text: str) -> bool:
        """Whether a text holds a match. Raises UnlikeTool."""
        return next(self._matches(text), None) is not None

    def found(self, text: str, count: int = 0) -> list[Found]:
        """The matches from the left, as many as `count`; 0 for all.

        Raises:
            UnlikeTool: the text holds characters of which tool and engine think differently, or too many matches.
        """
        return list(islice(self._matches(text), count or None))

    def replaced(self, text: str, template: str, count: int = 0) -> tuple[str, int]:
        """The text with its first `count` matches (0: all) put as the template says, and how many.

        Raises:
            UnlikeTool: as `found` and `Found.group` do.
        """
        out: list[str] = []
        end = 0
        found = self.found(text, count)
        for match in found:
            out += [text[end : match.start], match.expanded(template)]
            end = match.stop
        return "".join([*out, text[end:]]), len(found)

    def group_number(self, which: int | str) -> int:
        """The number of a group that may be asked for. Raises UnlikeTool."""
        name = int(which) if isinstance(which, str) and which.isdecimal() else which
        number = self._syntax.names.get(name, -1) if isinstance(name, str) else name
        if not 0 <= number <= self.groups:
            raise UnlikeTool(f"no group {which}")
        if number in self._syntax.loose or (number and self._tool == "sed" and not self._syntax.greedy):
            raise UnlikeTool(f"group {which} is divided in more than one way")
        return number

    def _matches(self, text: str) -> Iterator[Found]:
        for name in self._syntax.classes if not (text.isascii() and "s" not in self._syntax.classes) else ():
            if _BEYOND[name].search(text):
                raise UnlikeTool("characters beyond ASCII that tools class differently")
        searched = self._without_last_line_end(text)
        pieces = _lines(searched) if self._syntax.in_lines and not self._syntax.begins else ((0, searched),)
        for offset, piece in pieces:
            for spans in self._spans(piece):
                yield Found(text, [(a + offset, b + offset) if a >= 0 else (a, b) for a, b in spans], self)

    def _without_last_line_end(self, text: str) -> str:
        """The text up to where `$` holds: Python's also holds before the line end that a text ends with."""
        if not self._syntax.ends or not text.endswith("\n"):
            return text
        if not self._syntax.in_lines or not self._syntax.least:
            raise UnlikeTool("an expression that may end before or behind the last line end")
        return text[:-1]

    def _spans(self, text: str) -> Iterator[Sequence[tuple[int, int]]]:
        most = max(1, BUDGET // (self._engine.programsize * max(1, len(text))))
        last = (-1, -1)
        try:
            for number, match in enumerate(self._engine.finditer(text)):
                if number >= most:
                    raise UnlikeTool(f"more than {most} matches in {len(text)} characters")
                before, last = last, match.span()
                if last[0] < last[1] or self._takes_nothing(last, before):
                    yield self._divided(text, match)
        except UnicodeError as error:
            raise UnlikeTool("characters that are half of one") from error

    def _takes_nothing(self, span: tuple[int, int], before: tuple[int, int]) -> bool:
        """Whether an empty match counts: none is met twice, and sed takes none right behind another match."""
        if self._tool == "sed":
            return span[0] != before[1]
        if not self._syntax.greedy:
            raise UnlikeTool("an empty match where a longer one may follow at the same place")
        return span != before

    def _divided(self, text: str, match: Any) -> Sequence[tuple[int, int]]:
        """Where a match and its groups stand: a longest match is divided by greedy parts, from the left."""
        whole: tuple[int, int] = match.span()
        if self._dividing is not None:
            match = self._dividing.search(text, whole[0])
        if match is None or match.span() != whole:
            return [whole]
        return [match.span(number) for number in range(self.groups + 1)]


@lru_cache(maxsize=256)
def linear_regex(expression: str, tool: Tool = "python", flags: int = 0) -> LinearRegex:
    """The expression, ready to run.

    Args:
        expression: in Python's syntax; one of sed's as `sed.python_expression` puts it.
        tool: whose matches are wanted: Python's `re`, or sed, which takes the longest.
        flags: of `re`.

    Raises:
        UnlikeTool: it is no expression, or tool and engine may differ over it.
    """
    return LinearRegex(syntax_of(expression, flags), tool)


def _compiled(text: str, longest: bool) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors, options.longest_match = MEMORY, False, longest
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeError) as error:
        raise UnlikeTool(f"an expression that the engine does not take: {error}") from error


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


@lru_cache(maxsize=256)
def _parts(template: str) -> tuple[str | tuple[int | str], ...]:
    """A template as texts and groups."""
    parts: list[str | tuple[int | str]] = []
    end = 0
    for match in _REFERENCE.finditer(template):
        name, number, escaped = match.groups()
        parts.append(template[end : match.start()])
        if escaped is None:
            parts.append((int(number) if number else name,))
        elif escaped in _ESCAPES or not (escaped.isascii() and escaped.isalnum()):
            parts.append(_ESCAPES.get(escaped, match[0]))
        else:
            raise UnlikeTool(f"a template with {match[0]}")
        end = match.end()
    if template[end:].endswith("\\"):
        raise UnlikeTool("a template that ends within an escape")
    return (*parts, template[end:])
