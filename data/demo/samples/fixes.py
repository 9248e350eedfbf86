"""Other ways to solve an instance: the correct code put differently, and fixes that only cover the reported case.

Candidates are made on the text by its syntax tree; whether one passes is for the caller to find out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from contextpairs.data.code.code_text import squeeze
from contextpairs.data.demo.samples.actions import difference
from contextpairs.data.demo.samples.bugs import SYMBOLS, Bug, FunctionNode, ModuleText, Span
from contextpairs.data.demo.samples.symptoms import Symptom

FixKind = Literal["clean", "negated", "flipped", "reordered", "spelled", "named", "guard", "special", "branch"]
PARTIAL: frozenset[FixKind] = frozenset({"special", "branch"})
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="} | {
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}
NAMES = ["wanted", "value", "outcome"]
"""What a helper variable is called, the first that is free."""
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Fix:
    """The module's text that a run ends with, and how it came about."""

    text: str
    kind: FixKind

    @property
    def partial(self) -> bool:
        """Whether only the reported case is known to work."""
        return self.kind in PARTIAL


def equivalent_fixes(bug: Bug) -> Iterator[Fix]:
    """The clean text with the corrected lines written in another way."""
    source = ModuleText(bug.clean)
    function = _function(source, bug)
    change = difference(bug.buggy, bug.clean)
    lines = range(change.start + 1, change.start + len(change.new) + 1)
    for node in ast.walk(function):
        if isinstance(node, ast.expr | ast.stmt) and node.lineno in lines and node.end_lineno in lines:
            for kind, rewrite in REWRITES:
                yield from (Fix(_replaced(source, span), kind) for span in rewrite(source, function, node))


def partial_fixes(bug: Bug, symptom: Symptom) -> Iterator[Fix]:
    """The buggy text with the reported case treated on its own."""
    source = ModuleText(bug.buggy)
    function = _function(source, bug)
    call = _reported(symptom, function.name)
    conditions = _conditions(function, call) if call else []
    if not conditions:
        return
    if outcome := _outcome(symptom):
        yield Fix(_replaced(source, _guarded(source, function, " and ".join(conditions), outcome)), "special")
    yield from (Fix(text, "branch") for text in _branches(source, bug, conditions))


def distinct(bug: Bug, text: str) -> bool:
    """Whether a fix and the clean text each change a line that the other one does not, white space aside."""
    ours, theirs = _changed(bug.buggy, text), _changed(bug.buggy, bug.clean)
    return not (ours <= theirs or theirs <= ours)


def _changed(before: str, after: str) -> set[tuple[str, str]]:
    change = difference(before, after)
    sides = (("-", change.old), ("+", change.new))
    return {(tag, squeezed) for tag, lines in sides for line in lines if (squeezed := squeeze(line))}


def _replaced(source: ModuleText, span: Span) -> str:
    start, end, text = span
    return source.text[:start] + text + source.text[end:]


def _function(source: ModuleText, bug: Bug) -> FunctionNode:
    return next(function for name, function in source.functions() if name == bug.function)


def _negated(source: ModuleText, _: FunctionNode, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        opposite = OPPOSITE[SYMBOLS[type(node.ops[0])]]
        text = f"not ({source.of(node.left)} {opposite} {source.of(node.comparators[0])})"
        yield source.start(node), source.end(node), text


def _flipped(source: ModuleText, _: FunctionNode, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        mirrored = MIRRORED.get(SYMBOLS[type(node.ops[0])])
        if mirrored:
            text = f"{source.of(node.comparators[0])} {mirrored} {source.of(node.left)}"
            yield source.start(node), source.end(node), text


def _reordered(source: ModuleText, _: FunctionNode, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.BoolOp):
        word = " and " if isinstance(node.op, ast.And) else " or "
        yield source.start(node), source.end(node), word.join(source.of(value) for value in reversed(node.values))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
        symbol = SYMBOLS[type(node.op)]
        text = f"{_bracketed(source, node.right)} {symbol} {_bracketed(source, node.left)}"
        yield source.start(node), source.end(node), text


def _spelled(source: ModuleText, _: FunctionNode, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.AugAssign) and type(node.op) in SYMBOLS:
        target = source.of(node.target)
        text = f"{target} = {target} {SYMBOLS[type(node.op)]} {_bracketed(source, node.value)}"
        yield source.start(node), source.end(node), text
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Mod):
        part = 0 if isinstance(node.op, ast.FloorDiv) else 1
        text = f"divmod({source.of(node.left)}, {source.of(node.right)})[{part}]"
        yield source.start(node), source.end(node), text
    elif isinstance(node, ast.Call) and len(node.args) == 2 and not node.keywords:
        name = source.of(node.func)
        if name in ("min", "max"):
            first, second = (_bracketed(source, argument) for argument in node.args)
            sign = "<" if name == "min" else ">"
            yield source.start(node), source.end(node), f"({first} if {first} {sign} {second} else {second})"


def _named(source: ModuleText, function: FunctionNode, node: ast.AST) -> Iterator[Span]:
    """The value of a statement in a variable of its own on the line before."""
    value = _value(node)
    if value is None or not isinstance(node, ast.stmt) or source.of(node).startswith("elif"):
        return
    if isinstance(value, ast.Compare | ast.BoolOp | ast.BinOp | ast.Call | ast.IfExp | ast.Subscript):
        name, blanks = _free(function), " " * node.col_offset
        lead = source.text[source.start(node) : source.start(value)]
        rest = source.text[source.end(value) : source.end(value) + 1].replace("\n", "")
        after = f"{name} = {source.of(value)}\n{blanks}{lead}{name}{rest}"
        yield source.start(node), source.end(value) + len(rest), after


def _guard(source: ModuleText, _: FunctionNode, node: ast.AST) -> Iterator[Span]:
    """A conditional value as an early return."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.IfExp):
        blanks, choice = " " * node.col_offset, node.value
        text = (
            f"if {source.of(choice.test)}:\n{blanks}{INDENT}return {source.of(choice.body)}\n"
            f"{blanks}return {source.of(choice.orelse)}"
        )
        yield source.start(node), source.end(node), text


REWRITES: list[tuple[FixKind, Callable[[ModuleText, FunctionNode, ast.AST], Iterator[Span]]]] = [
    ("negated", _negated),
    ("flipped", _flipped),
    ("reordered", _reordered),
    ("spelled", _spelled),
    ("named", _named),
    ("guard", _guard),
]


def _bracketed(source: ModuleText, node: ast.expr) -> str:
    text = source.of(node)
    return text if isinstance(node, ast.Name | ast.Constant | ast.Call | ast.Subscript | ast.Attribute) else f"({text})"


def _value(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.If):
        return node.test
    return node.value if isinstance(node, ast.Return | ast.Assign | ast.AugAssign) else None


def _free(function: FunctionNode) -> str:
    taken = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    taken |= {argument.arg for argument in function.args.args}
    return next((name for name in NAMES if name not in taken), "fixed")


def _reported(symptom: Symptom, name: str) -> ast.Call | None:
    """The call of the function in the last line of the script that shows the bug."""
    try:
        tree = ast.parse(symptom.call)
    except SyntaxError:
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return next((c for c in calls if ast.unparse(c.func).rpartition(".")[2] == name), None)


def _conditions(function: FunctionNode, call: ast.Call) -> list[str]:
    """How the reported call is recognised: by those of its arguments that are literals."""
    names = [argument.arg for argument in function.args.args if argument.arg != "self"]
    given = dict(zip(names, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    texts = {name: ast.unparse(value) for name, value in given.items()}
    return [f"{name} == {text}" for name, text in texts.items() if _literal(text)]


def _literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True


def _outcome(symptom: Symptom) -> str | None:
    """The statement that gives what the report expects, where that is a literal or the function's own answer."""
    return f"return {symptom.expected}" if symptom.expected and _literal(symptom.expected) else None


def _guarded(source: ModuleText, function: FunctionNode, condition: str, outcome: str) -> Span:
    """A condition of its own in front of the function's code."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    start, _ = source.lines_of(body[0])
    blanks = " " * body[0].col_offset
    return start, start, f"{blanks}if {condition}:\n{blanks}{INDENT}{outcome}\n"


def _branches(source: ModuleText, bug: Bug, conditions: list[str]) -> Iterator[str]:
    """The right line for one of the reported arguments, and the old line for all others."""
    change = difference(bug.buggy, bug.clean)
    if len(change.old) != 1 or len(change.new) != 1:
        return
    old, new = change.old[0], change.new[0]
    if old.rstrip().endswith((":", "(", "[", ",")) or len(old) - len(old.lstrip()) != len(new) - len(new.lstrip()):
        return
    blanks = " " * (len(old) - len(old.lstrip()))
    lines = source.text.splitlines()
    for condition in conditions:
        branch = [f"{blanks}if {condition}:", INDENT + new, f"{blanks}else:", INDENT + old]
        yield "\n".join([*lines[: change.start], *branch, *lines[change.start + 1 :]]) + "\n"
