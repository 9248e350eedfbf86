"""A Python expression as one for an engine without backtracking, where both mean the same; what it needs for that."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from re import _constants as tokens  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST = 10_000
"""Characters of an expression: longer ones are no edit that a person reads."""
DEEPEST = 100
"""Levels of brackets, likewise."""
GROUPS = 100
"""Groups that a template can name, the whole match among them."""
MOST = 1_000
"""The largest count of repetitions that the engine takes."""
_CATEGORIES = {
    tokens.CATEGORY_DIGIT: r"\d", tokens.CATEGORY_NOT_DIGIT: r"\D", tokens.CATEGORY_SPACE: r"\s",
    tokens.CATEGORY_NOT_SPACE: r"\S", tokens.CATEGORY_WORD: r"\w", tokens.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
_TAKES_LINE_END = {r"\D", r"\s", r"\W"}
_KNOWN_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.UNICODE | re.ASCII


class UnlikeTool(ValueError):
    """An expression, or a text for it, of which the engine and the tool that ran it may make different things."""


@dataclass(slots=True)
class Syntax:
    """An expression for the engine, and what is known of it.

    Attributes:
        text: in the engine's syntax.
        groups: how many it has; `names`, which of them have one.
        classes: which classes ("w", "s", "d", "i" for any case) it uses: they differ beyond ASCII.
        ends: whether it uses `$` for the end of the text: in Python that is also before a last line end.
        begins: whether it holds on to the beginning or the end of the text.
        in_lines: whether no match reaches beyond its line.
        least: the length of its shortest match.
        loose: groups that stand within a repetition, of which tools keep different turns.
        greedy: whether everything in it is taken from the left, as much as goes: then all tools divide a match alike.
    """

    text: str = ""
    groups: int = 0
    names: dict[str, int] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    ends: bool = False
    begins: bool = False
    in_lines: bool = True
    least: int = 0
    loose: set[int] = field(default_factory=set)
    greedy: bool = True


def syntax_of(expression: str, flags: int = 0) -> Syntax:
    """Read an expression in Python's syntax.

    Raises:
        UnlikeTool: Python cannot read it, or it holds what the engine has not: references, looks around, atomic parts.
    """
    if len(expression) > LONGEST:
        raise UnlikeTool(f"an expression of {len(expression)} characters, more than {LONGEST}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parser.parse(expression, flags)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise UnlikeTool(f"no expression: {error}") from error
    if tree.state.groups > GROUPS:
        raise UnlikeTool(f"an expression with more than {GROUPS - 1} groups")
    if tree.state.flags & ~_KNOWN_FLAGS:
        raise UnlikeTool("an expression with flags that depend on the machine")
    return _Writer(tree.state.flags).written(tree)


class _Writer:
    """Writes the parts of a parsed expression one by one."""

    def __init__(self, flags: int) -> None:
        self.flags = flags
        self.syntax = Syntax()
        self.repeated = 0

    def written(self, tree: Any) -> Syntax:
        """The whole expression."""
        syntax = self.syntax
        if self.flags & re.IGNORECASE:
            syntax.classes.add("i")
        body = self._sequence(tree, 0)
        modes = "".join(mode for mode, flag in zip("is", (re.IGNORECASE, re.DOTALL), strict=True) if self.flags & flag)
        syntax.text = f"(?{modes}){body}" if modes else body
        syntax.groups, syntax.names = tree.state.groups - 1, dict(tree.state.groupdict)
        syntax.least = tree.getwidth()[0]
        if self.flags & re.ASCII:
            syntax.classes -= {"w", "d"}
        return syntax

    def _sequence(self, parts: Iterable[tuple[Any, Any]], depth: int) -> str:
        if depth > DEEPEST:
            raise UnlikeTool(f"an expression with more than {DEEPEST} levels of brackets")
        return "".join(self._part(kind, value, depth) for kind, value in parts)

    def _part(self, kind: Any, value: Any, depth: int) -> str:
        if kind is tokens.LITERAL:
            self._takes(value == 10)
            return _character(value)
        if kind is tokens.NOT_LITERAL:
            self._takes(value != 10)
            return f"[^{_character(value)}]"
        if kind is tokens.ANY:
            self._takes(bool(self.flags & re.DOTALL))
            return "."
        if kind is tokens.IN:
            return self._set(value)
        if kind is tokens.AT:
            return self._place(value)
        if kind is tokens.BRANCH:
            self.syntax.greedy = self.syntax.greedy and _are_apart(value[1])
            return "(?:" + "|".join(self._sequence(branch, depth + 1) for branch in value[1]) + ")"
        if kind is tokens.SUBPATTERN:
            number, added, taken, body = value
            return self._group(number, added, taken, body, depth)
        if kind in (tokens.MAX_REPEAT, tokens.MIN_REPEAT):
            least, most, body = value
            return self._repeat(least, most, body, kind is tokens.MIN_REPEAT, depth)
        raise UnlikeTool(f"an expression with {str(kind).lower().replace('_', ' ')}")

    def _takes(self, line_end: bool) -> None:
        self.syntax.in_lines = self.syntax.in_lines and not line_end

    def _set(self, items: list[tuple[Any, Any]]) -> str:
        negated = items[0][0] is tokens.NEGATE
        shown, holds = [], False
        for kind, value in items[negated:]:
            if kind is tokens.LITERAL:
                shown.append(_character(value))
                holds = holds or value == 10
            elif kind is tokens.RANGE:
                shown.append(f"{_character(value[0])}-{_character(value[1])}")
                holds = holds or value[0] <= 10 <= value[1]
            else:
                shown.append(self._category(value))
                holds = holds or shown[-1] in _TAKES_LINE_END
        self._takes(holds != negated)
        return f"[{'^' * negated}{''.join(shown)}]"

    def _category(self, category: Any) -> str:
        if category not in _CATEGORIES:
            raise UnlikeTool(f"an expression with {str(category).lower()}")
        self.syntax.classes.add(_CATEGORIES[category][1].lower())
        return _CATEGORIES[category]

    def _place(self, place: Any) -> str:
        if place in (tokens.AT_BOUNDARY, tokens.AT_NON_BOUNDARY):
            self.syntax.classes.add("w")
            return r"\b" if place is tokens.AT_BOUNDARY else r"\B"
        if self.flags & re.MULTILINE and place in (tokens.AT_BEGINNING, tokens.AT_END):
            return "(?m:^)" if place is tokens.AT_BEGINNING else "(?m:$)"
        self.syntax.begins = True
        self.syntax.ends = self.syntax.ends or place is tokens.AT_END
        return r"\A" if place in (tokens.AT_BEGINNING, tokens.AT_BEGINNING_STRING) else r"\z"

    def _group(self, number: int | None, added: int, taken: int, body: Any, depth: int) -> str:
        if added or taken:
            raise UnlikeTool("an expression with flags of one part")
        if number is not None and self.repeated:
            self.syntax.loose.add(number)
        return f"({'' if number else '?:'}{self._sequence(body, depth + 1)})"

    def _repeat(self, least: int, most: Any, body: Any, lazy: bool, depth: int) -> str:
        bounded = most is not tokens.MAXREPEAT
        if least > MOST or (bounded and most > MOST):
            raise UnlikeTool(f"an expression with more than {MOST} repetitions")
        if body.getwidth()[0] == 0 and most != 1:
            raise UnlikeTool("an expression that repeats what may be nothing")
        single = len(body) == 1 and body[0][0] in (tokens.LITERAL, tokens.NOT_LITERAL, tokens.ANY, tokens.IN)
        self.syntax.greedy = self.syntax.greedy and single and not lazy
        self.repeated += most != 1
        inner = self._sequence(body, depth + 1)
        self.repeated -= most != 1
        return f"(?:{inner}){{{least},{most if bounded else ''}}}{'?' * lazy}"


def _are_apart(branches: list[Any]) -> bool:
    """Whether alternatives are words of which none begins another: at most one fits, whatever the tool tries first."""
    words = [list(branch) for branch in branches]
    literal = all(kind is tokens.LITERAL for word in words for kind, _ in word)
    ordered = sorted([code for _, code in word] for word in words) if literal else []
    return literal and not any(two[: len(one)] == one for one, two in pairwise(ordered))


def _character(code: int) -> str:
    """A character that stands for itself, inside and outside of brackets."""
    character = chr(code)
    return character if character.isascii() and character.isalnum() else f"\\x{{{code:x}}}"
