"""Evaluates the expressions of a followed script: a bounded subset of Python, read from its syntax tree.

Whatever is not written out here is not followed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from contextpairs.builders.coding.script_calls import called
from contextpairs.builders.coding.script_modules import attribute
from contextpairs.builders.coding.script_operators import WIDE, combined, compared
from contextpairs.builders.coding.script_scope import Function, Scope
from contextpairs.builders.coding.script_values import (
    HIDDEN,
    REST,
    Budget,
    FilePath,
    Files,
    Handle,
    ScriptError,
    UnreadScript,
    bounded,
    lines_of,
    placed,
    shown,
)

_PLACEHOLDER = re.compile(f"{HIDDEN}[^{HIDDEN}]*{HIDDEN}")
_BASIC = (str, int, bool, type(None), tuple)


class Expressions:
    """Evaluation of expressions; `call_own` runs a function of the script's own."""

    def __init__(self, files: Files, budget: Budget, arguments: list[str]) -> None:
        self.files, self.budget, self.arguments = files, budget, arguments
        self.printed: list[str] = []

    def call_own(self, function: Function, given: list[Any], named: dict[str, Any]) -> Any:
        """The value that a function of the script's own returns."""
        raise NotImplementedError

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """The value of an expression.

        Raises:
            UnreadScript: it is not one that is followed.
            ScriptError: evaluating it raises.
        """
        self.budget.spend()
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise UnreadScript(type(node).__name__)
        return bounded(method(node, scope))

    def call(self, function: Any, given: list[Any], named: dict[str, Any]) -> Any:
        """What calling anything that can be called gives."""
        if isinstance(function, Function):
            return self.call_own(function, given, named)
        return called(self, function, given, named)

    def _constant(self, node: ast.Constant, _scope: Scope) -> Any:
        if not isinstance(node.value, _BASIC) or (isinstance(node.value, str) and HIDDEN in node.value):
            raise UnreadScript("a constant of another kind")
        return node.value

    def _name(self, node: ast.Name, scope: Scope) -> Any:
        return scope.get(node.id)

    def _namedexpr(self, node: ast.NamedExpr, scope: Scope) -> Any:
        value = self.value(node.value, scope)
        scope.set(node.target.id, value)
        return value

    def _items(self, nodes: list[ast.expr], scope: Scope) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items += self.budget.each(self.value(node.value, scope))
            else:
                items.append(self.value(node, scope))
        return items

    def _list(self, node: ast.List, scope: Scope) -> list[Any]:
        return self._items(node.elts, scope)

    def _tuple(self, node: ast.Tuple, scope: Scope) -> tuple[Any, ...]:
        return tuple(self._items(node.elts, scope))

    def _set(self, node: ast.Set, scope: Scope) -> set[Any]:
        return set(shown(self._items(node.elts, scope)))

    def _dict(self, node: ast.Dict, scope: Scope) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                made.update(self.value(value, scope))
            else:
                made[shown(self.value(key, scope))] = self.value(value, scope)
        return made

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> str:
        return "".join(self.value(part, scope) for part in node.values)

    def _formattedvalue(self, node: ast.FormattedValue, scope: Scope) -> str:
        value = self.value(node.value, scope)
        layout = self.value(node.format_spec, scope) if node.format_spec else ""
        if node.conversion == -1 and not layout and isinstance(value, str):
            return value
        if isinstance(value, FilePath):
            value = value.text
        shown(value)
        if WIDE.search(layout) or not isinstance(value, str | int | list | tuple | dict | type(None)):
            raise UnreadScript("a format that is not followed")
        if node.conversion > 0:
            value = repr(value) if node.conversion == ord("r") else str(value)
        return format(value, layout)

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Any:
        wanted = isinstance(node.op, ast.Or)
        value: Any = None
        for part in node.values:
            value = self.value(part, scope)
            if self.holds(value) == wanted:
                break
        return value

    def holds(self, value: Any) -> bool:
        """Whether a value counts as true; a line that was not shown does where more than it stands there."""
        if isinstance(value, str) and HIDDEN in value:
            return bool(_PLACEHOLDER.sub("", value)) or bool(shown(value))
        if isinstance(value, list | tuple | dict | set):
            return bool(value)
        return bool(shown(value))

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            return not self.holds(value)
        if isinstance(node.op, ast.USub) and isinstance(value, int):
            return -value
        raise UnreadScript("an operator that is not followed")

    def _binop(self, node: ast.BinOp, scope: Scope) -> Any:
        return combined(self.budget, node.op, self.value(node.left, scope), self.value(node.right, scope))

    def _compare(self, node: ast.Compare, scope: Scope) -> bool:
        left = self.value(node.left, scope)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node, scope)
            if not compared(self.budget, op, left, right):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Any:
        return self.value(node.body if self.holds(self.value(node.test, scope)) else node.orelse, scope)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        owner, key = self.value(node.value, scope), self.value(node.slice, scope)
        if isinstance(owner, str):
            shown(owner)
        elif isinstance(owner, list):
            placed(owner, *_ends(key))
        elif not isinstance(owner, tuple | dict | range) and not hasattr(owner, "groups"):
            raise UnreadScript("a value without items")
        if isinstance(key, slice) and not isinstance(owner, range):
            self.budget.spend(len(owner) // 64)
        return owner.group(key) if hasattr(owner, "groups") else owner[shown(key)]

    def _slice(self, node: ast.Slice, scope: Scope) -> slice:
        start, stop, step = (self.value(part, scope) if part else None for part in (node.lower, node.upper, node.step))
        return slice(start, stop, step)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return attribute(self.value(node.value, scope), node.attr, self.arguments)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> Function:
        return Function(node, scope, self.defaults(node.args, scope))

    def defaults(self, given: ast.arguments, scope: Scope) -> dict[str, Any]:
        """The default values of a function's parameters."""
        names = [parameter.arg for parameter in (*given.posonlyargs, *given.args)]
        made = dict(zip(names[len(names) - len(given.defaults) :], self._items(given.defaults, scope), strict=True))
        for parameter, node in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            if node is not None:
                made[parameter.arg] = self.value(node, scope)
        return made

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        function = self.value(node.func, scope)
        given = self._items(node.args, scope)
        named: dict[str, Any] = {}
        for option in node.keywords:
            value = self.value(option.value, scope)
            named.update(value if option.arg is None else {option.arg: value})
        return self.call(function, given, named)

    def _listcomp(self, node: ast.ListComp, scope: Scope) -> list[Any]:
        return list(self._generated(node, node.elt, scope))

    def _setcomp(self, node: ast.SetComp, scope: Scope) -> set[Any]:
        return set(shown(list(self._generated(node, node.elt, scope))))

    def _generatorexp(self, node: ast.GeneratorExp, scope: Scope) -> Iterator[Any]:
        return self._generated(node, node.elt, scope)

    def _dictcomp(self, node: ast.DictComp, scope: Scope) -> dict[Any, Any]:
        return dict(self._generated(node, ast.Tuple([node.key, node.value], ast.Load()), scope))

    def _generated(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, item: ast.expr, scope: Scope
    ) -> Iterator[Any]:
        source = self.value(node.generators[0].iter, scope)
        return self._rounds(node.generators, 0, source, item, Scope(outer=scope))

    def _rounds(
        self, loops: list[ast.comprehension], at: int, source: Any, item: ast.expr, scope: Scope
    ) -> Iterator[Any]:
        for value in self.iterated(source):
            self.assign(loops[at].target, value, scope)
            if not all(self.holds(self.value(test, scope)) for test in loops[at].ifs):
                continue
            if at + 1 < len(loops):
                yield from self._rounds(loops, at + 1, self.value(loops[at + 1].iter, scope), item, scope)
            else:
                yield self.value(item, scope)

    def iterated(self, values: Any) -> Iterator[Any]:
        """The items of a value, one step each."""
        if isinstance(values, Handle):
            values = lines_of(values.take(len(values.text())))
        if isinstance(values, str):
            shown(values)
        elif isinstance(values, list):
            return self._known(values)
        elif not isinstance(values, list | tuple | dict | set | range) and not hasattr(values, "__next__"):
            raise UnreadScript("a value without items")
        return self.budget.each(values)

    def _known(self, items: list[Any]) -> Iterator[Any]:
        for item in self.budget.each(items):
            if isinstance(item, str) and REST in item:
                raise UnreadScript("lines that were not shown decide")
            yield item

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Gives a target, which may be several, its value."""
        match target:
            case ast.Name(id=name):
                scope.set(name, value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpacked(targets, list(self.iterated(value)), scope)
            case ast.Subscript(value=owner, slice=key):
                self._put(self.value(owner, scope), self.value(key, scope), value)
            case _:
                raise UnreadScript("a target that is not followed")

    def _unpacked(self, targets: list[ast.expr], values: list[Any], scope: Scope) -> None:
        starred = next((i for i, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
        if starred is not None and len(values) >= len(targets) - 1:
            stop = len(values) - (len(targets) - starred - 1)
            values = [*values[:starred], values[starred:stop], *values[stop:]]
        if len(values) != len(targets):
            raise ScriptError("ValueError")
        for target, value in zip(targets, values, strict=True):
            self.assign(target.value if isinstance(target, ast.Starred) else target, value, scope)

    def _put(self, owner: Any, key: Any, value: Any) -> None:
        if not isinstance(owner, list | dict):
            raise UnreadScript("a value whose items are not set")
        if isinstance(owner, list):
            placed(owner, *_ends(key))
        if isinstance(key, slice):
            self.budget.spend(len(owner) // 64)
            value = list(self.iterated(value))
        owner[shown(key)] = value
        bounded(owner)

    def delete(self, target: ast.expr, scope: Scope) -> None:
        """Takes an item, or several, out."""
        if not isinstance(target, ast.Subscript):
            raise UnreadScript("a deletion that is not followed")
        owner, key = self.value(target.value, scope), self.value(target.slice, scope)
        if not isinstance(owner, list | dict):
            raise UnreadScript("a deletion that is not followed")
        if isinstance(owner, list):
            placed(owner, *_ends(key))
            self.budget.spend(len(owner) // 64)
        del owner[shown(key)]


def _ends(key: Any) -> tuple[Any, ...]:
    """The places that an index or a slice names."""
    return (key.start, key.stop, 0 if key.step is None else -key.step) if isinstance(key, slice) else (key,)
