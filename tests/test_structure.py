"""Imports run one way: flows -> pipelines -> builders, filters -> data."""

from __future__ import annotations

import ast
import subprocess
import sys
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
TOP = {*ALLOWED, "flows", "benchmarks", "tests"}
"""Folders of the checkout: none of them is an import name but `benchmarks` and `tests`, which no package file uses."""
HEAVY = {"torch", "torchvision", "open_clip", "diffusers", "transformers", "trl", "peft", "accelerate"}
RUNNING = ("data/demo/train_models", "pipelines/probe/local_asker.py", "pipelines/train")
WHERE_MODELS_RUN = {ROOT / name for name in RUNNING}
WITHOUT_IMAGES = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "open_clip", "diffusers", "PIL"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import flows, contextpairs.pipelines.cli.main, contextpairs.pipelines.coding.build, contextpairs.pipelines.train.config
"""


def imported(path: Path) -> Iterator[str]:
    """Dotted names that a file imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        names = [name.split(".") for name in imported(path)]
        assert not {name[0] for name in names} & {*TOP, "prefect"}, path
        ours = {name[1] for name in names if name[0] == "contextpairs"}
        assert ours <= ALLOWED[package], path


def imported_at_once(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", ALLOWED)
def test_models_are_imported_only_where_one_runs(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        if not WHERE_MODELS_RUN & {path, *path.parents}:
            assert not set(imported_at_once(path)) & HEAVY, path


def test_the_coding_pipeline_and_the_flows_need_no_torch_and_no_pillow() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_IMAGES], cwd=ROOT, check=True)
