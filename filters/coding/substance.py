"""What code says, whatever its writing: the form in which two patches are compared.

Statements of Python are compared by their syntax trees, in which quotes, comments and line breaks leave no trace; on
top of that, what a reader cannot tell apart reads the same: operands of `==`, `!=` and `is` in either order, `==` for
`is`, `if x` for `if x is not None`, names of one import, items of a set and keyword arguments in any order. Other
languages, and what does not parse, are compared by their tokens. Order of statements, of positional arguments, of list
items and of operands of `-`, `/`, `<` stays: it changes what the code does.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache

GAP = "\x00"
"""A line that no patch shows: it ends whatever statement stands before it."""
PARSED = 4_000
"""Characters up to which a statement is compared by its syntax tree, beyond them by its tokens."""
Statement = tuple[int, str]
"""A statement: how deep it is nested, counted from the first line shown, and what it says."""

_STRING = (
    r"[rbfuRBFU]{0,2}(?:'''(?:[^\\']|\\.|'(?!''))*'''|\"\"\"(?:[^\\\"]|\\.|\"(?!\"\"))*\"\"\""
    r"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
)
TOKEN = re.compile(
    rf"(?P<string>{_STRING})|(?P<comment>#[^\n]*|//[^\n]*)|(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)"
    r"|(?P<bracket>[()\[\]{}])|(?P<separator>[,;])"
    r"|(?P<operator>\*\*=?|//=|<<=?|>>=?|->|=>|&&|\|\||[-+*/%@&|^<>=!:]=|[^\s\w])",
    re.S,
)
PYTHON_TOKEN = re.compile(TOKEN.pattern.replace(r"|//[^\n]*", "").replace("//=", "//=?"), re.S)
_DECLARED = re.compile(
    r"\b(?:let|const|var|val|function|func|fn|def|class|struct|enum|interface|type)\s+([^\W\d]\w*)|\b([^\W\d]\w*)\s*:?=(?!=)"
)
_WRAPPERS = (
    "{}", "{}\n    pass", "try:\n    pass\n{}\n    pass", "if 0:\n    pass\n{}\n    pass", "{}\ndef _(): pass",
    "match 0:\n  {}\n    pass",
)  # fmt: skip
"""What makes a statement without its surroundings parse: a body, the branch before it, a function to decorate."""


def is_python(path: str) -> bool:
    """Whether a path names a Python module."""
    return path.endswith((".py", ".pyi"))


def tokens(text: str, python: bool) -> Iterator[tuple[str, str]]:
    """The tokens of code as (kind, text), comments left out; kinds are the groups of `TOKEN`."""
    for match in (PYTHON_TOKEN if python else TOKEN).finditer(text):
        if match.lastgroup != "comment":
            yield str(match.lastgroup), match.group()


def statements(lines: Sequence[str], python: bool, names: Mapping[str, str] | None = None) -> list[Statement]:
    """What lines of code say, statement by statement.

    Args:
        lines: consecutive lines; `GAP` for one that is not known.
        python: whether they are Python; of other languages each token is a statement of depth 0.
        names: what names are to be read as.
    """
    names = names or {}
    if not python:
        return [(0, token) for token in _plain_tokens("\n".join(lines), False, names)]
    found: list[Statement] = []
    widths: list[int] = []
    depth = 0
    for text in _logical(lines):
        if text == GAP:
            found.append((0, GAP))
            continue
        depth = _depth(len(text) - len(text.lstrip()), widths, depth)
        found += [(depth + below, said) for below, said in _read(text.strip(), tuple(sorted(names.items())))]
    return found


def _depth(width: int, widths: list[int], depth: int) -> int:
    """The depth of a line indented by `width`, after one of `depth`; `widths` are those of the blocks it stands in."""
    while widths and width < widths[-1]:
        widths.pop()
        depth -= 1
    if not widths:
        widths.append(width)
    elif width > widths[-1]:
        widths.append(width)
        depth += 1
    return depth


def _logical(lines: Sequence[str]) -> Iterator[str]:
    """Lines of Python joined to statements, without comments and blank lines; what stays open comes line by line."""
    held: list[str] = []
    level, torn = 0, False
    for line in lines:
        if not held:
            level, torn = 0, False
        if line == GAP:
            yield from filter(str.strip, held)
            held = []
            yield GAP
            continue
        held.append(line)
        text = "\n".join(held)
        if not text.strip() or line.lstrip().startswith("#"):
            held = held if len(held) > 1 else []
            continue
        # All of it is read again only where a string or a line was not closed.
        whole = torn
        opened, torn = _opened(text if whole else line)
        level = opened + (0 if whole else level)
        if len(text) > PARSED:
            yield from filter(str.strip, held)
            held = []
        elif not (torn or level > 0):
            yield text
            held = []
    yield from filter(str.strip, held)


def _opened(text: str) -> tuple[int, bool]:
    """How many brackets more are opened than closed, and whether a string or the last line is not closed."""
    level, end = 0, 0
    for match in PYTHON_TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "bracket":
            level += 1 if token in "([{" else -1
        elif kind == "string" and token in ("''", '""') and text.startswith(token[0], match.end()):
            return level, True  # three quotes that nothing closes
        end = match.end() if kind != "comment" else end
    return level, text[:end].endswith("\\")


@lru_cache(maxsize=4096)
def _read(text: str, names: tuple[tuple[str, str], ...]) -> tuple[Statement, ...]:
    """A statement as (depth below it, text): its parts where several stand in one line."""
    node = parsed(text)
    meanings = dict(names)
    if node is None:
        said = " ".join(_plain_tokens(text, True, meanings))
        return ((0, said),) if said else ()
    try:
        read = _SameReading(meanings).visit(deepcopy(node))
        return tuple(_told(read.body if isinstance(read, ast.Module) else [], 0))
    except RecursionError:
        return ((0, " ".join(_plain_tokens(text, True, meanings))),)


@lru_cache(maxsize=4096)
def parsed(text: str) -> ast.Module | None:
    """The tree of one statement, wrapped where it is but a part of one; None where it is not Python."""
    for wrapper in _WRAPPERS if len(text) <= PARSED else ():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(wrapper.format(text.replace("\n", "\n ")) if wrapper != "{}" else text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _told(body: Sequence[ast.stmt], depth: int) -> Iterator[Statement]:
    """Statements as text, the body of a compound one after its head."""
    for node in body:
        inner: list[list[ast.stmt]] = []
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                inner.append(block)
                setattr(node, name, [])
        yield depth, ast.dump(node)
        for block in inner:
            yield from _told([each for each in block if not isinstance(each, ast.Pass)], depth + 1)


def _plain_tokens(text: str, python: bool, names: Mapping[str, str]) -> Iterator[str]:
    """Tokens as they are compared where there is no tree: strings by their content, no separators, names as told."""
    for kind, token in tokens(text, python):
        if kind == "string":
            yield re.sub(r"^\w*(['\"]{3}|['\"])(.*)\1$", r"'\2'", token, flags=re.S)
        elif kind != "separator":
            yield names.get(token, token) if kind == "word" else token


class _SameReading(ast.NodeTransformer):
    """A tree in which what reads the same is the same."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit(self, node: ast.AST) -> ast.AST:
        """The node after its parts: names are replaced first, so that orders are those of what they stand for."""
        for name in ("id", "attr", "arg", "asname", "name", "module"):
            value = getattr(node, name, None)
            if isinstance(value, str) and value in self.names:
                node = _with(node, name, self.names[value])
        self.generic_visit(node)
        return _ordered(_as_test(node))


def _with(node: ast.AST, name: str, value: object) -> ast.AST:
    setattr(node, name, value)
    return node


def _ordered(node: ast.AST) -> ast.AST:
    """Parts whose order says nothing, in one order."""
    match node:
        case ast.Compare(ops=[ast.Eq() | ast.Is() as operator], left=left, comparators=[right]):
            return _compared(left, ast.Eq() if isinstance(operator, ast.Is) else operator, right)
        case ast.Compare(ops=[ast.NotEq() | ast.IsNot() as operator], left=left, comparators=[right]):
            return _compared(left, ast.NotEq() if isinstance(operator, ast.IsNot) else operator, right)
        case ast.Call(keywords=keywords) if all(keyword.arg for keyword in keywords):
            node.keywords = sorted(keywords, key=lambda keyword: str(keyword.arg))
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            node.names = sorted(names, key=ast.dump)
        case ast.Set(elts=items):
            node.elts = sorted(items, key=ast.dump)
        case ast.Constant():
            node.kind = None
    return node


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.Compare:
    first, second = sorted((left, right), key=ast.dump)
    return ast.Compare(first, [operator], [second])


def _as_test(node: ast.AST) -> ast.AST:
    """Where truth alone is asked for, `x is not None` is `x` and `x is None` is `not x`."""
    match node:
        case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
            node.test = _truth(node.test)
        case ast.UnaryOp(op=ast.Not()):
            inner = _truth(node.operand)
            return inner.operand if isinstance(inner, ast.UnaryOp) and _is_not(inner) else _negated(inner)
        case ast.comprehension():
            node.ifs = [_truth(test) for test in node.ifs]
    return node


def _truth(node: ast.expr) -> ast.expr:
    match node:
        case ast.BoolOp():
            node.values = [_truth(value) for value in node.values]
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() as operator], left=left, comparators=[right]):
            other = right if _is_none(left) else left if _is_none(right) else None
            if other is not None:
                return other if isinstance(operator, ast.NotEq) else _negated(other)
    return node


def _negated(node: ast.expr) -> ast.expr:
    """`not` before an expression, put into its operator where it has one that can be turned around."""
    turned = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In}
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in turned:
        return ast.Compare(node.left, [turned[type(node.ops[0])]()], node.comparators)
    return ast.UnaryOp(ast.Not(), node)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_not(node: ast.UnaryOp) -> bool:
    return isinstance(node.op, ast.Not)


def introduced(lines: Sequence[str], python: bool) -> list[str]:
    """Names that code binds, in the order in which they stand there: assigned, defined, taken as parameters."""
    found: dict[str, None] = {}
    if not python:
        for match in _DECLARED.finditer("\n".join(line for line in lines if line != GAP)):
            found[match[1] or match[2]] = None
        return list(found)
    for text in _logical(lines):
        node = parsed(text.strip()) if text != GAP else None
        for each in ast.walk(node) if node is not None else ():
            found.update(dict.fromkeys(_bound(each)))
    return list(found)


def _bound(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.ExceptHandler(name=str() as name) | ast.alias(asname=str() as name):
            return (name,)
    return ()
