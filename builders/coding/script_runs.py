"""Follows Python scripts by which agents edit files: statement by statement, on the text that was shown.

Nothing is executed: a bounded subset of the language is evaluated from the syntax tree, on values of its own. A script
that leaves it, or takes too long, is unread as a whole; nothing about it is guessed.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from contextpairs.builders.coding.script_expressions import Expressions
from contextpairs.builders.coding.script_modules import EXCEPTIONS, imported
from contextpairs.builders.coding.script_operators import combined
from contextpairs.builders.coding.script_scope import Function, Scope, bound
from contextpairs.builders.coding.script_values import (
    DEEPEST,
    ERROR,
    Budget,
    Builtin,
    Files,
    Handle,
    ScriptError,
    ScriptExit,
    UnreadScript,
)


class Outcome(NamedTuple):
    """What a script did.

    Attributes:
        files: the text of each file it wrote, by the path that it used.
        status: how it ended, 0 for well.
        printed: what it printed, a piece each call.
    """

    files: dict[str, str]
    status: int
    printed: list[str]


def run_script(
    code: str, text_of: Callable[[str], str | None], arguments: list[str] | None = None, budget: Budget | None = None
) -> Outcome | None:
    """What a script does, or None where it cannot be followed.

    Args:
        code: the script.
        text_of: the text of a file by its path in the script, lines that were not shown as `HIDDEN` placeholders; None
            where it is not known, or whether it exists is not.
        arguments: the words after the script's name.
        budget: what it may spend, where it shares that with others.
    """
    tree = _parsed(code)
    if tree is None:
        return None
    machine = _Machine(Files(text_of), budget or Budget(), ["script.py", *(arguments or [])])
    try:
        status = machine.run(tree)
        files = machine.files.all_written()
    except (UnreadScript, _Left, RecursionError, MemoryError):
        return None
    return Outcome(files, status, machine.printed)


@lru_cache(maxsize=64)
def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Left(Exception):
    """A statement that leaves what surrounds it: outside of a loop or function, where it leaves nothing, no script."""


class _Break(_Left):
    """Leaves a loop."""


class _Continue(_Left):
    """Goes on with a loop's next round."""


class _Return(_Left):
    """Leaves a function with a value."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Machine(Expressions):
    """Runs statements."""

    depth = 0

    def run(self, tree: ast.Module) -> int:
        """Runs a script to its end; its exit status."""
        try:
            self._body(tree.body, Scope())
        except ScriptExit as left:
            return left.status
        except ScriptError as error:
            return int(error.name != "SystemExit" or error.text != "")
        return 0

    def call_own(self, function: Function, given: list[Any], named: dict[str, Any]) -> Any:
        """Runs a function of the script's own."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadScript("calls too deep")
        scope = Scope(bound(function, given, named), function.scope)
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body, scope)
            self._body(function.node.body, scope)
        except _Return as returned:
            return returned.value
        finally:
            self.depth -= 1
        return None

    def _body(self, body: list[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self.budget.spend()
            run = getattr(self, f"_run_{type(statement).__name__.lower()}", None)
            if run is None:
                raise UnreadScript(type(statement).__name__)
            try:
                run(statement, scope)
            except (ValueError, LookupError, ZeroDivisionError) as error:
                raise ScriptError(type(error).__name__, str(error)) from error
            except (TypeError, AttributeError) as error:
                raise UnreadScript(str(error)) from error

    def _run_expr(self, node: ast.Expr, scope: Scope) -> None:
        self.value(node.value, scope)

    def _run_pass(self, node: ast.Pass, scope: Scope) -> None:
        """Nothing."""

    def _run_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _run_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)

    def _run_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        before = self.value(_loaded(node.target), scope)
        value = self.value(node.value, scope)
        if isinstance(before, list) and isinstance(node.op, ast.Add):
            before.extend(list(self.iterated(value)))
            return
        self.assign(node.target, combined(self.budget, node.op, before, value), scope)

    def _run_delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            self.delete(target, scope)

    def _run_if(self, node: ast.If, scope: Scope) -> None:
        self._body(node.body if self.holds(self.value(node.test, scope)) else node.orelse, scope)

    def _run_for(self, node: ast.For, scope: Scope) -> None:
        values = self.value(node.iter, scope)
        for value in self.iterated(values):
            self.assign(node.target, value, scope)
            if self._round(node.body, scope):
                return
        self._body(node.orelse, scope)

    def _run_while(self, node: ast.While, scope: Scope) -> None:
        while self.holds(self.value(node.test, scope)):
            if self._round(node.body, scope):
                return
        self._body(node.orelse, scope)

    def _round(self, body: list[ast.stmt], scope: Scope) -> bool:
        """One round of a loop; whether it was left."""
        try:
            self._body(body, scope)
        except _Break:
            return True
        except _Continue:
            return False
        return False

    def _run_break(self, _node: ast.Break, _scope: Scope) -> None:
        raise _Break

    def _run_continue(self, _node: ast.Continue, _scope: Scope) -> None:
        raise _Continue

    def _run_return(self, node: ast.Return, scope: Scope) -> None:
        raise _Return(self.value(node.value, scope) if node.value is not None else None)

    def _run_with(self, node: ast.With, scope: Scope) -> None:
        for item in node.items:
            value = self.value(item.context_expr, scope)
            if not isinstance(value, Handle):
                raise UnreadScript("a context that is no file")
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, scope)
        self._body(node.body, scope)

    def _run_functiondef(self, node: ast.FunctionDef, scope: Scope) -> None:
        if node.decorator_list or any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node)):
            raise UnreadScript("a function that is not followed")
        scope.set(node.name, Function(node, scope, self.defaults(node.args, scope)))

    def _run_global(self, node: ast.Global, scope: Scope) -> None:
        scope.elsewhere.update(dict.fromkeys(node.names, scope.top()))

    def _run_nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        for name in node.names:
            outer = scope.outer
            while outer is not None and name not in outer.values:
                outer = outer.outer
            if outer is None:
                raise UnreadScript("a name that is nowhere")
            scope.elsewhere[name] = outer

    def _run_import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            scope.set(alias.asname or name, imported(name, "", self.arguments))

    def _run_importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name == "*":
                raise UnreadScript("names that are not known")
            scope.set(alias.asname or alias.name, imported(node.module or "", alias.name, self.arguments))

    def _run_assert(self, node: ast.Assert, scope: Scope) -> None:
        if not self.holds(self.value(node.test, scope)):
            raise ScriptError("AssertionError")

    def _run_raise(self, node: ast.Raise, scope: Scope) -> None:
        raised = self.value(node.exc, scope) if node.exc is not None else None
        if isinstance(raised, Builtin) and raised.name in EXCEPTIONS:
            raised = ScriptError(raised.name)
        if not isinstance(raised, ScriptError):
            raise UnreadScript("an exception that is not followed")
        raise raised

    def _run_try(self, node: ast.Try, scope: Scope) -> None:
        try:
            self._tried(node, scope)
        finally:
            self._body(node.finalbody, scope)

    def _tried(self, node: ast.Try, scope: Scope) -> None:
        try:
            self._body(node.body, scope)
        except ScriptExit:
            # Nearly nobody catches it; a bare `except` would.
            if any(handler.type is None for handler in node.handlers):
                raise UnreadScript("an exit that is caught") from None
            raise
        except ScriptError as error:
            self._caught(node, error, scope)
        else:
            self._body(node.orelse, scope)

    def _caught(self, node: ast.Try, error: ScriptError, scope: Scope) -> None:
        for handler in node.handlers:
            if _handles(handler.type, error.name):
                if handler.name:
                    scope.set(handler.name, ERROR)
                self._body(handler.body, scope)
                return
        raise error


def _handles(kind: ast.expr | None, name: str) -> bool:
    """Whether an except clause takes an exception."""
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    wanted = {part.id for part in kinds if isinstance(part, ast.Name)}
    if len(wanted) < len(kinds) or not wanted <= set(EXCEPTIONS) or (name not in EXCEPTIONS):
        raise UnreadScript("an exception that is not followed")
    while name:
        if name in wanted:
            return True
        name = EXCEPTIONS[name]
    return False


def _loaded(target: ast.expr) -> ast.expr:
    """A target as an expression."""
    if isinstance(target, ast.Name | ast.Subscript):
        return target
    raise UnreadScript("a target that is not followed")
