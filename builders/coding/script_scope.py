"""The names of a followed script: scopes, and the functions that it defines."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from contextpairs.builders.coding.script_modules import BUILTINS
from contextpairs.builders.coding.script_values import UnreadScript


@dataclass(slots=True)
class Scope:
    """Names and their values, and the scope around a function's."""

    values: dict[str, Any] = field(default_factory=dict)
    outer: Scope | None = None
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    """Names that `global` or `nonlocal` gives to another scope."""

    def get(self, name: str) -> Any:
        """The value of a name."""
        scope: Scope | None = self.elsewhere.get(name, self)
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        if name in BUILTINS:
            return BUILTINS[name]
        raise UnreadScript(f"{name} is not known")

    def set(self, name: str, value: Any) -> None:
        """Gives a name a value."""
        self.elsewhere.get(name, self).values[name] = value

    def top(self) -> Scope:
        """The module's scope."""
        return self if self.outer is None else self.outer.top()


@dataclass(slots=True)
class Function:
    """A function of the script's own, with the scope that it was made in and its defaults."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    defaults: dict[str, Any]


def bound(function: Function, given: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """The values of a function's parameters."""
    parameters = function.node.args
    if parameters.vararg or parameters.kwarg:
        raise UnreadScript("parameters that are not followed")
    names = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    every = {*names, *(parameter.arg for parameter in parameters.kwonlyargs)}
    values = {**function.defaults, **dict(zip(names, given, strict=False)), **named}
    if len(given) > len(names) or set(values) != every or set(named) & set(names[: len(given)]):
        raise UnreadScript("arguments that do not fit")
    return values
