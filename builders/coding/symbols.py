"""Definitions in source text: Python by `ast`, other languages by tree-sitter; results are cached by text."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

MODULE = "<module>"
LANGUAGES = {
    "py": "python", "pyi": "python", "js": "javascript", "jsx": "javascript", "mjs": "javascript", "cjs": "javascript",
    "ts": "typescript", "tsx": "tsx", "go": "go", "java": "java", "rs": "rust", "c": "c", "h": "cpp", "cc": "cpp",
    "cpp": "cpp", "cxx": "cpp", "hpp": "cpp", "hh": "cpp", "rb": "ruby", "php": "php",
}  # fmt: skip
_FUNCTIONS = frozenset({
    "function_declaration", "generator_function_declaration", "method_definition", "function_definition",
    "method_declaration", "constructor_declaration", "function_item", "method", "singleton_method",
    "function_signature", "method_signature",
})  # fmt: skip
_CONTAINERS = frozenset({
    "class_declaration", "abstract_class_declaration", "interface_declaration", "enum_declaration",
    "record_declaration", "class_specifier", "struct_specifier", "namespace_definition", "class", "module", "impl_item",
    "trait_item", "mod_item", "trait_declaration", "internal_module", "type_spec", "struct_item", "enum_item",
})  # fmt: skip
_TOP_LEVEL = re.compile(r"^(?:@|(?:async )?def |class )", re.M)
_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "function", "generator_function"})


class Definition(NamedTuple):
    """A function, method or class: its first and last line (from 1, decorators included) and its column."""

    start: int
    end: int
    column: int
    name: str


def language_of(path: str) -> str | None:
    """The language of a path by its ending, None where functions in it are not known."""
    return LANGUAGES.get(path.rsplit(".", 1)[-1].lower()) if "." in path else None


LEAST_STEPS, STEPS = 1_000, 0.25
"""Steps of the parser, of which each is told, for a text and for each of its bytes: code takes a fifteenth of them."""
CHUNK = 1 << 16


@lru_cache(maxsize=512)
def definitions(language: str, text: str) -> tuple[Definition, ...] | None:
    """All definitions of a source text, outer before inner; None where it does not parse."""
    return _python(text) if language == "python" else _tree_sitter(language, text)


def _python(text: str) -> tuple[Definition, ...] | None:
    """Definitions of a module, parsed piece by piece: runs at one commit share all pieces but the one with the bug."""
    found: list[Definition] = []
    for offset, piece in _pieces(text):
        parsed = _parsed(piece)
        if parsed is None:
            return _parsed(text)
        found.extend(d._replace(start=d.start + offset, end=d.end + offset) for d in parsed)
    return tuple(found)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """(lines before it, text) of pieces that begin at a top-level definition, outside of any multi-line string."""
    begin = line = 0
    decorated = False
    for match in _TOP_LEVEL.finditer(text):
        at = match.start()
        inside = text.count('"""', begin, at) % 2 or text.count("'''", begin, at) % 2
        if at > begin and not inside and not decorated:
            yield line, text[begin:at]
            line += text.count("\n", begin, at)
            begin = at
        decorated = match.group() == "@"
    yield line, text[begin:]


@lru_cache(maxsize=8192)
def _parsed(text: str) -> tuple[Definition, ...] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tuple(_python_definitions(tree.body, ""))


def _python_definitions(body: list[ast.stmt], prefix: str) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield Definition(start, node.end_lineno or node.lineno, node.col_offset, prefix + node.name)
            yield from _python_definitions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While | ast.AsyncWith | ast.AsyncFor):
            for part in ("body", "orelse", "finalbody"):
                yield from _python_definitions(getattr(node, part, []), prefix)
            for handler in getattr(node, "handlers", []):
                yield from _python_definitions(handler.body, prefix)


@lru_cache(maxsize=32)
def _parser(language: str) -> Any:
    """The grammar's parser, or None where this installation has none: names then come from hunks."""
    try:
        from tree_sitter_language_pack import get_parser

        return get_parser(language)  # type: ignore[arg-type,unused-ignore]
    except Exception:  # the errors differ between versions, and each means the same here
        return None


def _tree_sitter(language: str, text: str) -> tuple[Definition, ...] | None:
    parser = _parser(language)
    if parser is None:
        return None
    root = _root(parser, text.encode("utf-8", "replace"))
    return None if root is None else tuple(_tree_definitions(root, ""))


def _root(parser: Any, data: bytes) -> Any:
    """The tree of a text; None where it takes far more steps than code does: unbalanced text takes quadratic time."""
    left = LEAST_STEPS + len(data) * STEPS

    def enough(_at: int, _error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return parser.parse(lambda at, _point: data[at : at + CHUNK], progress_callback=enough).root_node
    except ValueError:  # "Parsing failed": it was stopped
        parser.reset()
        return None


def _tree_definitions(root: Any, prefix: str) -> Iterator[Definition]:
    stack = [(root, prefix)]
    while stack:
        node, outer = stack.pop()
        name = _name(node)
        if name:
            yield Definition(node.start_point[0] + 1, node.end_point[0] + 1, node.start_point[1], outer + name)
            outer = f"{outer}{name}."
        stack.extend((child, outer) for child in reversed(node.named_children))


def _name(node: Any) -> str:
    """The name that a node defines, "" where it defines none."""
    if node.type == "variable_declarator" or node.type in ("public_field_definition", "field_definition", "pair"):
        value = node.child_by_field_name("value")
        named = (
            node.child_by_field_name("name") or node.child_by_field_name("property") or node.child_by_field_name("key")
        )
        return _text(named) if value is not None and value.type in _FUNCTION_VALUES else ""
    if node.type not in _FUNCTIONS and node.type not in _CONTAINERS:
        return ""
    if node.type == "impl_item":
        return _text(node.child_by_field_name("type")).split("<")[0]
    if node.type in ("struct_specifier", "class_specifier") and node.child_by_field_name("body") is None:
        return ""
    named = node.child_by_field_name("name") or _declared(node)
    receiver = _receiver(node)
    return f"{receiver}.{_text(named)}" if receiver and named is not None else _text(named)


def _declared(node: Any) -> Any:
    """The identifier inside a C declarator."""
    inner = node.child_by_field_name("declarator")
    while inner is not None and inner.child_by_field_name("declarator") is not None:
        inner = inner.child_by_field_name("declarator")
    return inner


def _receiver(node: Any) -> str:
    """The type that a Go method belongs to."""
    receiver = node.child_by_field_name("receiver") if node.type == "method_declaration" else None
    return _text(receiver).strip("()").split()[-1].lstrip("*").split("[")[0] if receiver is not None else ""


def _text(node: Any) -> str:
    return str(node.text.decode("utf-8", "replace")).replace("::", ".") if node is not None else ""
