"""Calls of `re` and of compiled patterns in a followed script."""

from __future__ import annotations

import re
from typing import Any

from contextpairs.builders.coding.script_caller import Caller
from contextpairs.builders.coding.script_patterns import Pattern, compiled, expanded, first, matches, substituted
from contextpairs.builders.coding.script_values import UnreadScript, shown


def of_pattern(caller: Caller, name: str, given: list[Any], named: dict[str, Any]) -> Any:
    """A function of `re`, its pattern first."""
    if name == "escape":
        return re.escape(shown(given[0]))
    expression, rest = given[0], given[1:]
    flags = named.pop("flags", 0)
    places = {"sub": 3, "subn": 3, "split": 2, "compile": 0}.get(name, 1)
    if len(rest) > places:
        flags = rest.pop()
    pattern = compiled(expression, flags)
    return pattern if name == "compile" else with_pattern(caller, pattern, name, rest, named)


def with_pattern(caller: Caller, pattern: Pattern, name: str, given: list[Any], named: dict[str, Any]) -> Any:
    """A method of a pattern."""
    if name in ("sub", "subn"):
        return _substituted(caller, pattern, name, given, named)
    if len(given) != 1 or named:
        raise UnreadScript("arguments that are not followed")
    if name in ("search", "match", "fullmatch"):
        return first(caller.budget, pattern, given[0], name)
    found = matches(caller.budget, pattern, given[0])
    if name == "finditer":
        return found
    if name == "split":
        return _split(given[0], list(found))
    return [_groups(match) for match in found]


def _substituted(caller: Caller, pattern: Pattern, name: str, given: list[Any], named: dict[str, Any]) -> Any:
    template, text = given[0], given[1]
    count = shown(given[2] if len(given) > 2 else named.pop("count", 0))
    if named or not isinstance(count, int):
        raise UnreadScript("arguments that are not followed")
    if isinstance(template, str):
        made = substituted(caller.budget, pattern, lambda match: expanded(shown(template), match), text, count)
    else:
        made = substituted(caller.budget, pattern, lambda match: shown(caller.call(template, [match], {})), text, count)
    return made if name == "subn" else made[0]


def _split(text: str, found: list[Any]) -> list[str]:
    parts, at = list[str](), 0
    for match in found:
        if match.start() == match.end():
            raise UnreadScript("an empty match")
        parts += [text[at : match.start()], *match.groups()]
        at = match.end()
    return [*parts, text[at:]]


def _groups(match: Any) -> Any:
    groups = tuple(group or "" for group in match.groups())
    return groups if len(groups) > 1 else groups[0] if groups else match.group(0)
