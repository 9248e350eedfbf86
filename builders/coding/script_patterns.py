"""Regular expressions of a followed script, matched in time linear in the text.

The engine is re2. What it reads in another way than Python's `re` (a `$` before the last line end, classes over text
that is not ASCII) or not at all (lookaround, references back) is not followed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from contextpairs.builders.coding.script_values import Budget, ScriptError, UnreadScript, bounded, shown

FLAGS = {
    "re.M": re.M, "re.MULTILINE": re.M, "re.S": re.S, "re.DOTALL": re.S, "re.I": re.I, "re.IGNORECASE": re.I,
    "re.X": re.X, "re.VERBOSE": re.X,
}  # fmt: skip
_FLAG_LETTERS = ((re.M, "m"), (re.S, "s"), (re.I, "i"))
_OTHERWISE = re.compile(r"\\[ZzAGCpPQEXRuUN]|\(\?(?![:P])|\(\?P[=>]|\{,|\[\[|\\[89]")
_ENDS = re.compile(r"(?<!\\)(?:\\\\)*\$")
_CLASSES = re.compile(r"\\[wWdDsSbB]|\[\^|\.|\(\?i")
_UNUSUAL = re.compile(r"[\x0b\x1c-\x1f]|[^\x00-\x7f]")
_TEMPLATE = re.compile(r"\\(?:(\d{1,2})|g<(\w{1,40})>|(.))", re.S)
_TEMPLATE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
LARGEST_MEMORY = 1 << 22


@dataclass(slots=True, frozen=True)
class Pattern:
    """A compiled expression with Python's flags."""

    text: str
    flags: int


def compiled(expression: Any, flags: Any = 0) -> Pattern:
    """The pattern of an expression or of a compiled one.

    Raises:
        ScriptError: Python does not read it.
    """
    if isinstance(expression, Pattern):
        return expression
    if not isinstance(shown(expression), str) or not isinstance(flags, int) or isinstance(flags, bool):
        raise UnreadScript("a pattern that is no text")
    _engine(expression, int(flags))
    return Pattern(expression, int(flags))


@lru_cache(maxsize=256)
def _engine(expression: str, flags: int) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(expression, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise ScriptError("error") from error
    if flags & ~(re.M | re.S | re.I) or _OTHERWISE.search(expression):
        raise UnreadScript("an expression that engines read differently")
    if _ENDS.search(expression) and not flags & re.M:
        raise UnreadScript("a $ that may stand before the last line end")
    letters = "".join(letter for flag, letter in _FLAG_LETTERS if flags & flag)
    options = re2.Options()
    options.max_mem, options.log_errors = LARGEST_MEMORY, False
    try:
        return re2.compile((f"(?{letters})" if letters else "") + expression, options)
    except re2.error as error:
        raise UnreadScript("an expression without a linear engine") from error


def matches(budget: Budget, pattern: Pattern, text: Any, start: int = 0) -> Iterator[Any]:
    """The matches from a place on, one after the other."""
    if not isinstance(shown(text), str):
        raise ScriptError("TypeError")
    if (pattern.flags & re.I or _CLASSES.search(pattern.text)) and _UNUSUAL.search(text):
        raise UnreadScript("classes over text that is not ASCII")
    engine = _engine(pattern.text, pattern.flags)
    for match in engine.finditer(text, start):
        # Each search may look through the rest of the text.
        budget.spend(1 + len(text) // 1024)
        yield match


def first(budget: Budget, pattern: Pattern, text: Any, how: str) -> Any:
    """What `search`, `match` or `fullmatch` finds; None where nothing."""
    if how == "search":
        return next(matches(budget, pattern, text), None)
    first(budget, pattern, text, "search")
    return getattr(_engine(pattern.text, pattern.flags), how)(text)


def substituted(budget: Budget, pattern: Pattern, put: Callable[[Any], str], text: Any, count: int) -> tuple[str, int]:
    """The text with matches replaced by what `put` gives, and their number. A count of 0 is all."""
    parts: list[str] = []
    at = size = found = 0
    for match in matches(budget, pattern, text):
        if count and found >= count:
            break
        if match.end() == match.start():
            raise UnreadScript("an empty match")
        parts += [text[at : match.start()], put(match)]
        at, found = match.end(), found + 1
        size += len(parts[-1]) + len(parts[-2])
        bounded("" if size < 1 << 20 else "x" * min(size, 1 << 23))
    return "".join([*parts, text[at:]]), found


def expanded(template: str, match: Any) -> str:
    """A replacement template with the match's groups.

    Raises:
        ScriptError: the pattern has no such group.
    """

    def part(found: re.Match[str]) -> str:
        if found[3]:
            if found[3].isalpha() and found[3] not in _TEMPLATE_ESCAPES:
                raise ScriptError("error")
            return _TEMPLATE_ESCAPES.get(found[3], found[0])
        name = found[1] or found[2]
        if name.startswith("0") and name != "0":
            raise UnreadScript("an octal escape")
        if name == "0" and found[1]:
            raise UnreadScript("an octal escape")
        try:
            return str(match.group(int(name) if name.isdigit() else name) or "")
        except (IndexError, KeyError, re2.error) as error:
            raise ScriptError("error") from error

    return _TEMPLATE.sub(part, template)
