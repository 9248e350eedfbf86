"""Procedural bugs: small changes of one place in a function, made on the text by its syntax tree.

Only the changed place differs between the clean and the buggy text, so that a fix is a short patch.
"""

from __future__ import annotations

import ast
import hashlib
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Span = tuple[int, int, str]
"""Start and end offset in the source, and the text that replaces it."""

COMPARE = {"<=": ["<"], ">=": [">"], "<": ["<=", ">"], ">": [">=", "<"], "==": ["!="], "!=": ["=="]} | {
    "not in": ["in"],
    "in": ["not in"],
    "is not": ["is"],
    "is": ["is not"],
}
ARITHMETIC = {"+": ["-"], "-": ["+"], "*": ["+"], "//": ["*"], "/": ["*"], "%": ["//"]}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "rfind": "find", "find": "rfind"} | {
    "lstrip": "strip",
    "strip": "rstrip",
    "rjust": "ljust",
    "ljust": "rjust",
    "startswith": "endswith",
}
SYMBOLS: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug in one function: the module before (`clean`) and after (`buggy`)."""

    path: str
    function: str
    """Qualified by its class, as in `Ledger.pick`."""
    kind: str
    """The bug type as instance ids spell it, such as `func_pm_compare_flip`."""
    clean: str
    buggy: str
    line: int
    """One-based line of the change."""

    def digest(self) -> str:
        """Eight characters that tell the bugs of a repository apart."""
        number = int.from_bytes(hashlib.blake2b(f"{self.path}\x00{self.buggy}".encode(), digest_size=8).digest(), "big")
        return "".join("abcdefghijklmnopqrstuvwxyz0123456789"[number // 36**place % 36] for place in range(8))


class ModuleText:
    """A module's text with its tree, and offsets for places of the tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        """Offset of the node's first character; sources are ASCII, so bytes are characters."""
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Offset after the node's last character."""
        return self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def of(self, node: ast.expr | ast.stmt) -> str:
        """The node's text."""
        return self.text[self.start(node) : self.end(node)]

    def lines_of(self, node: ast.stmt) -> tuple[int, int]:
        """Offsets of the whole lines that a statement covers."""
        return self._starts[node.lineno - 1], self._starts[node.end_lineno or node.lineno]

    def line_at(self, offset: int) -> int:
        """The one-based line that holds an offset."""
        return self.text.count("\n", 0, offset) + 1

    def functions(self) -> Iterator[tuple[str, FunctionNode]]:
        """Functions and methods with their qualified names; nested functions belong to their outer one."""
        for node in self.tree.body:
            if isinstance(node, FunctionNode):
                yield node.name, node
            elif isinstance(node, ast.ClassDef):
                yield from ((f"{node.name}.{f.name}", f) for f in node.body if isinstance(f, FunctionNode))


def bugs_in(path: str, text: str) -> Iterator[Bug]:
    """Every bug this module knows to make in a source, function by function, in the order of the text.

    Bugs are syntactically valid; whether a test notices them is for the caller to find out.
    """
    source = ModuleText(text)
    for name, function in source.functions():
        yield from bugs_in_function(path, source, name, function)


def bugs_in_function(path: str, source: ModuleText, name: str, function: FunctionNode) -> Iterator[Bug]:
    """The bugs of one function."""
    seen = {source.text}
    first, last = source.lines_of(function)
    for kind, (start, end, replacement) in _spans(source, function):
        buggy = source.text[:start] + replacement + source.text[end:]
        # The function alone is parsed: whole modules cost ten times as much.
        if buggy not in seen and _parses(textwrap.dedent(buggy[first : last + len(buggy) - len(source.text)])):
            seen.add(buggy)
            yield Bug(path, name, kind, source.text, buggy, source.line_at(start))


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _spans(source: ModuleText, function: FunctionNode) -> Iterator[tuple[str, Span]]:
    names = _local_names(function)
    for default in [*function.args.defaults, *(d for d in function.args.kw_defaults if d is not None)]:
        yield from (("func_pm_default_change", span) for span in _constant(source, default))
    yield from (("func_pm_remove_cond", span) for span in _removed_condition(source, function))
    yield from (("func_pm_remove_assign", span) for span in _removed_assignment(source, function))
    for node in _walk(function.body[1:] if ast.get_docstring(function) else function.body):
        for kind, mutate in MUTATIONS:
            yield from ((kind, span) for span in mutate(source, node))
        if isinstance(node, ast.Call | ast.BinOp | ast.Return):
            yield from (("func_pm_wrong_name", span) for span in _wrong_name(source, node, names))


def _walk(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Every node in the order of the text; f-strings stay closed, as Python 3.11 misplaces what is inside."""
    stack: list[ast.AST] = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.JoinedStr):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _local_names(function: FunctionNode) -> list[str]:
    names = [argument.arg for argument in function.args.args if argument.arg != "self"]
    loops = [node.target for node in ast.walk(function) if isinstance(node, ast.comprehension)]
    inner = {node.id for loop in loops for node in ast.walk(loop) if isinstance(node, ast.Name)}
    stored = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return [name for name in dict.fromkeys(names + stored) if name not in inner]


def _between(source: ModuleText, left: ast.expr, right: ast.expr, old: str, new: list[str]) -> Iterator[Span]:
    start, end = source.end(left), source.start(right)
    gap = source.text[start:end]
    if gap.count(old) == 1:
        yield from ((start, end, gap.replace(old, other)) for other in new)


def _compare(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        symbol = SYMBOLS[type(node.ops[0])]
        yield from _between(source, node.left, node.comparators[0], symbol, COMPARE[symbol])


def _operator(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    text = (ast.JoinedStr, ast.List)
    if isinstance(node, ast.BinOp) and not isinstance(node.left, text) and not isinstance(node.right, text):
        symbol = SYMBOLS.get(type(node.op), "")
        yield from _between(source, node.left, node.right, symbol, ARITHMETIC.get(symbol, []))
    elif isinstance(node, ast.AugAssign):
        symbol = SYMBOLS.get(type(node.op), "")
        others = [f"{other}=" for other in ARITHMETIC.get(symbol, [])]
        yield from _between(source, node.target, node.value, f"{symbol}=", others)


def _operands(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.FloorDiv | ast.Div | ast.Mod)):
        return
    if isinstance(node.left, ast.Name) and isinstance(node.right, ast.Name):
        yield _swapped(source, node.left, node.right)


def _swapped(source: ModuleText, first: ast.expr, second: ast.expr) -> Span:
    between = source.text[source.end(first) : source.start(second)]
    return source.start(first), source.end(second), source.of(second) + between + source.of(first)


def _boolean(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.BoolOp) and len(node.values) == 2:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield from _between(source, node.values[0], node.values[1], old, [new])


def _drop_sign(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield source.start(node), source.end(node), source.of(node.operand)


def _invert_if(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.If | ast.IfExp) and isinstance(node.test, ast.Name | ast.Call | ast.BoolOp):
        test = source.of(node.test)
        yield (
            source.start(node.test),
            source.end(node.test),
            f"not ({test})" if isinstance(node.test, ast.BoolOp) else f"not {test}",
        )


def _constant(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield source.start(node), source.end(node), str(not node.value)
        elif isinstance(node.value, int):
            near = [node.value + 1, *([node.value - 1] if node.value else [])]
            yield from ((source.start(node), source.end(node), str(number)) for number in near)


def _arguments(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.Call) and len(node.args) >= 2:
        first, second = node.args[0], node.args[1]
        if source.of(first) != source.of(second):
            yield _swapped(source, first, second)


def _call(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in CALLS:
            yield source.end(node.func) - len(name), source.end(node.func), CALLS[name]


def _jump(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    if isinstance(node, ast.Continue | ast.Break):
        yield source.start(node), source.end(node), "break" if isinstance(node, ast.Continue) else "continue"


def _removed(kinds: tuple[type[ast.stmt], ...], source: ModuleText, node: ast.AST) -> Iterator[Span]:
    for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
        if not isinstance(block, list) or len(block) < 2:
            continue
        for statement in block:
            if isinstance(statement, kinds) and not getattr(statement, "orelse", None):
                yield *source.lines_of(statement), ""


def _removed_condition(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    yield from _removed((ast.If,), source, node)


def _removed_assignment(source: ModuleText, node: ast.AST) -> Iterator[Span]:
    yield from _removed((ast.AugAssign, ast.Assign), source, node)


def _wrong_name(source: ModuleText, node: ast.AST, names: list[str]) -> Iterator[Span]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and child.id in names and len(names) > 1:
            other = names[(names.index(child.id) + 1) % len(names)]
            yield source.start(child), source.end(child), other


MUTATIONS: list[tuple[str, Callable[[ModuleText, ast.AST], Iterator[Span]]]] = [
    ("func_pm_compare_flip", _compare),
    ("func_pm_op_change", _operator),
    ("func_pm_op_swap", _operands),
    ("func_pm_bool_change", _boolean),
    ("func_pm_drop_sign", _drop_sign),
    ("func_pm_ctrl_invert_if", _invert_if),
    ("func_pm_op_change_const", _constant),
    ("func_pm_arg_swap", _arguments),
    ("func_pm_call_change", _call),
    ("func_pm_ctrl_jump", _jump),
    ("func_pm_remove_cond", _removed_condition),
    ("func_pm_remove_assign", _removed_assignment),
]
