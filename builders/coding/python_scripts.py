"""Reads Python scripts by which agents edit files: read, replace, write. Nothing is executed.

Constants, `open`, `pathlib.Path`, `.replace` and `re.sub` on a file's text, and the writing of it are followed through
plain statements. A file that a script writes in any other way is reported as written with unknown text.
"""

from __future__ import annotations

import ast
import textwrap
import warnings
from dataclasses import dataclass, field, replace
from functools import lru_cache


@dataclass(slots=True)
class ScriptEdit:
    """What a script does to a file: kind "replace", "write", "append", or "unknown"."""

    kind: str
    path: str
    old: str | None = None
    new: str | None = None
    every: bool = True
    pattern: bool = False


@dataclass(slots=True, frozen=True)
class _FileText:
    """The text of a file as read, with the replacements made in it so far."""

    path: str
    changes: tuple[ScriptEdit, ...] = ()


@dataclass(slots=True, frozen=True)
class _File:
    """A path (mode ""), or a file opened in `mode`."""

    path: str
    mode: str = ""


@dataclass(slots=True)
class _Scope:
    values: dict[str, object] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    edits: list[ScriptEdit] = field(default_factory=list)
    depth: int = 0


def script_edits(code: str) -> list[ScriptEdit]:
    """The edits that a Python script makes, in order; empty where it does not parse, is nested too deep
    or writes nothing."""
    if "write" not in code:
        return []
    return list(_script_edits(code))


@lru_cache(maxsize=256)
def _script_edits(code: str) -> tuple[ScriptEdit, ...]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
        scope = _Scope()
        _run(tree.body, scope)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(scope.edits)


def _run(body: list[ast.stmt], scope: _Scope) -> None:
    for statement in body:
        _statement(statement, scope)


def _statement(node: ast.stmt, scope: _Scope) -> None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            scope.values[name] = _value(node.value, scope)
        case ast.AugAssign(target=ast.Name(id=name)):
            scope.values[name] = _joined(scope.values.get(name), _value(node.value, scope))
        case ast.Assign() | ast.AugAssign():
            _forget(node, scope)
            _value(node.value, scope)
        case ast.Expr():
            _value(node.value, scope)
        case ast.With():
            _with(node, scope)
        case ast.If():
            _run(node.body, scope)
            _branch(node.orelse, scope)
        case ast.Try():
            _run(node.body, scope)
            _run(node.finalbody, scope)
        case ast.For() | ast.While():
            _loop(node, scope)
        case ast.FunctionDef(name=name):
            scope.functions[name] = node


def _branch(body: list[ast.stmt], scope: _Scope) -> None:
    """An else branch: what it may assign is no longer known, unless it only leaves or prints."""
    for statement in body:
        _forget(statement, scope, assigned_only=True)


def _loop(node: ast.For | ast.While, scope: _Scope) -> None:
    for statement in node.body:
        _forget(statement, scope)
    inner = replace(scope, edits=[], depth=scope.depth + 1)
    _run(node.body, inner)
    scope.edits += [ScriptEdit("unknown", edit.path) for edit in inner.edits]


def _forget(node: ast.stmt, scope: _Scope, assigned_only: bool = False) -> None:
    """Marks the names that a statement sets, or whose value it may change, as not known."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            scope.values[part.id] = _unknown_of(scope.values.get(part.id))
        elif not assigned_only and isinstance(part, ast.Subscript | ast.Attribute) and isinstance(part.value, ast.Name):
            old = scope.values.get(part.value.id)
            if isinstance(old, _FileText):
                scope.values[part.value.id] = _unknown_of(old)


def _unknown_of(value: object) -> object:
    return (
        _FileText(value.path, (*value.changes, ScriptEdit("unknown", value.path)))
        if isinstance(value, _FileText)
        else None
    )


def _with(node: ast.With, scope: _Scope) -> None:
    for item in node.items:
        value = _value(item.context_expr, scope)
        if isinstance(item.optional_vars, ast.Name):
            scope.values[item.optional_vars.id] = value
    _run(node.body, scope)


def _joined(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, _FileText) and isinstance(right, str):
        return _FileText(left.path, (*left.changes, ScriptEdit("append", left.path, new=right)))
    for side in (left, right):
        if isinstance(side, _FileText):
            return _unknown_of(side)
    return None


def _value(node: ast.expr, scope: _Scope) -> object:
    match node:
        case ast.Constant(value=str() | int() as constant):
            return constant
        case ast.Name(id=name):
            return scope.values.get(name)
        case ast.JoinedStr(values=parts):
            texts = [_value(part.value if isinstance(part, ast.FormattedValue) else part, scope) for part in parts]
            return "".join(map(str, texts)) if all(isinstance(text, str) for text in texts) else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined(_value(left, scope), _value(right, scope))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _folder_and_name(_value(left, scope), _value(right, scope))
        case ast.Call():
            return _call(node, scope)
    return _anything_read(node, scope)


def _anything_read(node: ast.expr, scope: _Scope) -> object:
    """What is computed from a file's text in a way not followed: that file's text, changed unknowably."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(read := scope.values.get(part.id), _FileText):
            return _unknown_of(read)
    return None


def _folder_and_name(folder: object, name: object) -> object:
    if isinstance(folder, _File) and isinstance(name, str):
        return _File(f"{folder.path}/{name}")
    return None


def _call(node: ast.Call, scope: _Scope) -> object:
    arguments = [_value(argument, scope) for argument in node.args]
    options = {option.arg: _value(option.value, scope) for option in node.keywords if option.arg}
    match node.func:
        case ast.Name(id="open"):
            return _opened(arguments, options)
        case ast.Name(id="Path") | ast.Attribute(attr="Path"):
            return _File("/".join(map(str, arguments))) if all(isinstance(a, str) for a in arguments) else None
        case ast.Name(id=name) if name in scope.functions and scope.depth < 3:
            return _inlined(scope.functions[name], arguments, scope)
        case ast.Attribute(value=ast.Name(id="re"), attr="sub"):
            return _substituted(arguments, options)
        case ast.Attribute(value=ast.Name(id="textwrap"), attr="dedent") if arguments and isinstance(arguments[0], str):
            return textwrap.dedent(arguments[0])
        case ast.Attribute(value=ast.Name(id=name), attr="insert" | "append" | "extend" | "pop" | "remove" | "sort"):
            scope.values[name] = _unknown_of(scope.values.get(name))
            return None
        case ast.Attribute(value=owner, attr=method):
            return _method(_value(owner, scope), method, arguments, options, scope, node)
    return _anything_read(node, scope)


def _inlined(function: ast.FunctionDef, arguments: list[object], scope: _Scope) -> object:
    values = dict(scope.values)
    values.update(zip((parameter.arg for parameter in function.args.args), arguments, strict=False))
    _run(function.body, replace(scope, values=values, depth=scope.depth + 1))
    return None


def _opened(arguments: list[object], options: dict[str, object]) -> object:
    path = arguments[0] if arguments else options.get("file")
    path = path.path if isinstance(path, _File) else path
    mode = arguments[1] if len(arguments) > 1 else options.get("mode", "r")
    return _File(path, mode) if isinstance(path, str) and isinstance(mode, str) else None


def _substituted(arguments: list[object], options: dict[str, object]) -> object:
    if len(arguments) < 3 or not isinstance(text := arguments[2], _FileText):
        return None
    expression, template = arguments[0], arguments[1]
    count = arguments[3] if len(arguments) > 3 else options.get("count", 0)
    plain = isinstance(expression, str) and isinstance(template, str) and count in (0, 1)
    if not plain or (set(options) - {"count", "flags"}):
        return _unknown_of(text)
    flags = "(?ms)" if "flags" in options or len(arguments) > 4 else ""
    change = ScriptEdit("replace", text.path, flags + str(expression), str(template), every=count == 0, pattern=True)
    return _FileText(text.path, (*text.changes, change))


def _method(
    owner: object, method: str, arguments: list[object], options: dict[str, object], scope: _Scope, node: ast.Call
) -> object:
    if isinstance(owner, _File):
        return _file_method(owner, method, arguments, options, scope)
    if isinstance(owner, _FileText):
        return _replaced(owner, arguments) if method == "replace" else _unchanged_or_unknown(owner, method)
    if isinstance(owner, str):
        if (
            method == "replace"
            and len(arguments) == 2
            and isinstance(arguments[0], str)
            and isinstance(arguments[1], str)
        ):
            return owner.replace(arguments[0], arguments[1])
        plain = {"strip": str.strip, "rstrip": str.rstrip, "lstrip": str.lstrip}.get(method)
        return plain(owner) if plain is not None and not arguments else None
    for argument in arguments:
        if isinstance(argument, _FileText):
            return _unknown_of(argument)
    return _anything_read(node, scope)


def _unchanged_or_unknown(text: _FileText, method: str) -> object:
    return None if method in ("find", "index", "rfind", "count", "startswith", "endswith") else _unknown_of(text)


def _replaced(text: _FileText, arguments: list[object]) -> object:
    match arguments:
        case [str() as old, str() as new]:
            change = ScriptEdit("replace", text.path, old, new, every=True)
        case [str() as old, str() as new, 1]:
            change = ScriptEdit("replace", text.path, old, new, every=False)
        case _:
            return _unknown_of(text)
    return _FileText(text.path, (*text.changes, change))


def _file_method(
    file: _File, method: str, arguments: list[object], options: dict[str, object], scope: _Scope
) -> object:
    if method in ("read", "read_text"):
        return _FileText(file.path)
    if method in ("readlines", "readline"):
        return _FileText(file.path)
    if method == "open":
        return _opened([file, *arguments], options)
    if method in ("write", "write_text"):
        text = arguments[0] if arguments else options.get("data")
        scope.edits += _written(file, text)
    elif method == "writelines":
        text = arguments[0] if arguments else None
        unchanged = isinstance(text, _FileText) and text.path == file.path and not text.changes
        scope.edits += [] if unchanged else [ScriptEdit("unknown", file.path)]
    return None


def _written(file: _File, text: object) -> list[ScriptEdit]:
    appends = "a" in file.mode
    if isinstance(text, str):
        return [ScriptEdit("append" if appends else "write", file.path, new=text)]
    if isinstance(text, _FileText) and text.path == file.path and not appends:
        if any(change.kind == "unknown" for change in text.changes):
            return [ScriptEdit("unknown", file.path)]
        return list(text.changes)
    return [ScriptEdit("unknown", file.path)]
