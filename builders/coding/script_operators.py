"""Operators of a followed script: what they make of two values, within bounds."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from contextpairs.builders.coding.script_texts import joined_path
from contextpairs.builders.coding.script_values import LONGEST, Budget, FilePath, UnreadScript, bounded, shown

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda item, values: operator.contains(values, item),
    ast.NotIn: lambda item, values: not operator.contains(values, item),
}  # fmt: skip
_NUMBERS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
}  # fmt: skip
WIDE = re.compile(r"\d{4,}|\*")
"""A format that makes a text of a length of its own."""


def combined(budget: Budget, op: ast.operator, left: Any, right: Any) -> Any:
    """Two values combined by an operator.

    Raises:
        UnreadScript: not in a way that is followed.
    """
    if isinstance(op, ast.Add) and type(left) is type(right) and isinstance(left, str | list | tuple):
        budget.spend((len(left) + len(right)) // 256)
        return bounded(left + right)
    if isinstance(op, ast.Div) and isinstance(left, FilePath):
        return FilePath(joined_path(left, right))
    shown(left), shown(right)
    if isinstance(op, ast.Mod) and isinstance(left, str):
        return _percent(left, right)
    if isinstance(op, ast.Mult):
        return bounded(_repeated(left, right))
    return bounded(_number(op, left, right))


def _number(op: ast.operator, left: Any, right: Any) -> Any:
    plain = isinstance(left, int) and isinstance(right, int)
    if type(op) not in _NUMBERS or not (plain or (isinstance(left, set) and isinstance(right, set))):
        raise UnreadScript("an operator that is not followed")
    return _NUMBERS[type(op)](left, right)


def _repeated(left: Any, right: Any) -> Any:
    times, value = (left, right) if isinstance(left, int) else (right, left)
    if not isinstance(times, int) or not isinstance(value, str | list | int):
        raise UnreadScript("operands that are not followed")
    if not isinstance(value, int) and len(value) * max(times, 0) > LONGEST // 100:
        raise UnreadScript("a value grows too large")
    return value * times


def _percent(layout: str, values: Any) -> str:
    plain = values if isinstance(values, tuple) else (values,)
    if WIDE.search(layout) or not all(isinstance(value, str | int) for value in plain):
        raise UnreadScript("a format that is not followed")
    return str(layout % values)


def compared(budget: Budget, op: ast.cmpop, left: Any, right: Any) -> bool:
    """Whether a comparison holds."""
    if isinstance(op, ast.Is | ast.IsNot):
        return bool(_COMPARE[type(op)](left, right))
    return bool(_COMPARE[type(op)](_comparable(budget, left), _comparable(budget, right)))


def _comparable(budget: Budget, value: Any) -> Any:
    if isinstance(value, str | list | tuple | dict | set):
        budget.spend(len(value) // 256)
    elif not isinstance(value, int | FilePath | range | type(None)):
        raise UnreadScript("values that are not compared")
    return shown(value)
