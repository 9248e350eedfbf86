"""What a file of Python reads: the modules that it imports, and whether it reads files that lie beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeGuard


@dataclass(frozen=True, slots=True)
class Reads:
    """What a file reads.

    Attributes:
        imports: dotted names, those of a module's members included: "contextpairs.data.a.function".
        beside: whether it reads files that lie beside it.
    """

    imports: frozenset[str]
    beside: bool


@cache
def reads_of(source: bytes, package: str) -> Reads:
    """What a file reads, inside its functions too; not what is imported for type checkers alone.

    Args:
        source: the file.
        package: dotted name of the package that holds it, by which relative imports go.
    """
    imports = frozenset(name for each in _imports(ast.parse(source)) for name in _names(each, package))
    asks_where_it_lies = b"__file__" in source or any(name.startswith("importlib.resources") for name in imports)
    return Reads(imports, asks_where_it_lies)


def _imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports below a node. Expressions, which are most of a file, hold none."""
    for child in node.orelse if _is_for_type_checkers(node) else ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif not isinstance(child, ast.expr):
            yield from _imports(child)


def _is_for_type_checkers(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _names(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    around = package.rsplit(".", node.level - 1)[0] if node.level else ""
    module = ".".join(filter(None, (around, node.module)))
    yield from (f"{module}.{alias.name}" for alias in node.names)


def files_beside(path: Path) -> Iterator[Path]:
    """Files of data in a module's folder and below it, as far as no other package begins."""
    for each in path.parent.iterdir():
        if each.name.startswith((".", "__")):
            continue
        if each.is_file() and each.suffix != ".py":
            yield each
        elif each.is_dir() and not (each / "__init__.py").exists():
            yield from (found for found in each.rglob("*") if found.is_file())
