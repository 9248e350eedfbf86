"""Imports run one way: flows -> pipelines -> builders, filters -> data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "data": {"data"},
    "builders": {"builders", "data"},
    "filters": {"filters", "data"},
    "pipelines": {"pipelines", "builders", "filters", "data"},
}
OURS = {*ALLOWED, "flows", "benchmarks", "tests"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        names = set(imported(path))
        assert not (names & OURS) - ALLOWED[package], path
        assert not names & {"prefect", "torch"}, path
