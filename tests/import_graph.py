"""Who imports whom in the package, read off the source: nothing is imported to find out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("data", "builders", "filters", "pipelines")
PACKAGE = "contextpairs"
_NAMED = re.compile(rf"{PACKAGE}(?:\.\w+)+")
Graph = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Imports:
    """What one file imports, by dotted name; `from a import b` gives `a.b`.

    Attributes:
        running: wherever it stands, in functions too, and modules that a text names in full.
        typing: for type checkers alone.
    """

    running: frozenset[str]
    typing: frozenset[str]


def imports_of(path: Path) -> Imports:
    """Read one file."""
    typing: set[str] = set()
    running: set[str] = set()
    _collect(ast.parse(path.read_text(encoding="utf-8")), running, typing)
    return Imports(frozenset(running), frozenset(typing))


def _collect(node: ast.AST, found: set[str], typing: set[str]) -> None:
    found.update(_named(node))
    for child in ast.iter_child_nodes(node):
        guarded = isinstance(node, ast.If) and _is_for_types(node) and child in node.body
        _collect(child, typing if guarded else found, typing)


def _is_for_types(node: ast.If) -> bool:
    return "TYPE_CHECKING" in {getattr(node.test, "id", ""), getattr(node.test, "attr", "")}


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (match := _NAMED.match(node.value)):
        yield match[0]


def modules() -> dict[str, Path]:
    """Every module and package of the floors, by its import name."""
    paths = (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
    return {name_of(path): path for path in paths}


def name_of(path: Path) -> str:
    """The import name of a file of the checkout."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((PACKAGE, *(parts[:-1] if parts[-1] == "__init__" else parts)))


def graph(known: Mapping[str, Path], typing: bool) -> Graph:
    """What each module imports of the package, the packages above it counted.

    The package's own `__init__` is left out: it imports a name of its interface when that is asked for.

    Args:
        known: see `modules`.
        typing: whether imports for type checkers count.
    """
    edges: dict[str, frozenset[str]] = {}
    for name, path in known.items():
        imports = imports_of(path)
        named = imports.running | (imports.typing if typing else frozenset())
        edges[name] = frozenset(_loaded(named, known)) - {name}
    return edges


def _loaded(names: Iterable[str], known: Mapping[str, Path]) -> Iterator[str]:
    """Modules that importing these names loads: the module itself and every package on the way to it."""
    for name in names:
        parts = name.split(".")
        prefixes = (".".join(parts[:length]) for length in range(2, len(parts) + 1))
        yield from (prefix for prefix in prefixes if prefix in known)


def closure(edges: Graph, *starts: str) -> dict[str, str]:
    """All that these modules load sooner or later, each with who loads it first."""
    found = dict.fromkeys(starts, "")
    waiting = list(starts)
    for module in waiting:
        new = [each for each in sorted(edges[module]) if each not in found]
        found.update(dict.fromkeys(new, module))
        waiting += new
    return found


def circles(edges: Graph) -> list[list[str]]:
    """Groups of modules that import each other (Tarjan 1972)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in sorted(edges[module]):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == number[module]:
            at = stack.index(module)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for module in edges:
        if module not in number:
            visit(module)
    return found
