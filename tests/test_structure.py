"""How the house stands: floors, two wings that never meet, no circles, and one name for one thing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.import_graph import FLOORS, PACKAGE, ROOT, circles, closure, graph, imports_of, modules

ALLOWED = {
    "data": {"data"},
    "builders": {"builders", "data"},
    "filters": {"filters", "data"},
    "pipelines": {"pipelines", "builders", "filters", "data"},
}
"""Imports run one way: flows -> pipelines -> builders, filters -> data."""
WINGS = ("coding", "images")
OF_A_WING = {
    "coding": (
        "pipelines.coding.build", "pipelines.tasks.coding", "pipelines.tasks.coding_stage",
    ),
    "images": (
        "pipelines.images.build", "pipelines.tasks.images",
    ),
}  # fmt: skip
"""Where the builds and the tasks of a wing begin."""
ROOMS_WITHIN = ("data/sources", "data/demo")
"""Folders that hold rooms, not files."""
DEMO_CHOSEN = {
    "pipelines/coding/build.py", "pipelines/tasks/coding.py", "pipelines/images/config.py",
    "pipelines/images/build_models.py", "pipelines/images/read_step.py", "pipelines/images/read_stage.py",
}  # fmt: skip
"""Where the embedded samples, scenes and models stand in for a user's."""
OURS = {*FLOORS, "flows"}
"""Folders of the checkout that are no import names."""
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
import contextpairs.flows, contextpairs.pipelines.cli.main, contextpairs.pipelines.coding.build
import contextpairs.pipelines.train.config
"""
FILES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
KNOWN = modules()


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def wing_of(module: str) -> str | None:
    """The wing that a module belongs to, by its second level."""
    room = module.split(".")[2:3]
    return room[0] if room and room[0] in WINGS and module.split(".")[1] != "data" else None


def named_by(path: Path) -> set[str]:
    """Dotted names that a file imports anywhere."""
    imports = imports_of(path)
    return set(imports.running | imports.typing)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_only_what_lies_below_it(floor: str) -> None:
    for path in (path for path in FILES if path.is_relative_to(ROOT / floor)):
        ours = {name.split(".")[1] for name in named_by(path) if name.startswith(f"{PACKAGE}.")}
        assert ours & OURS <= ALLOWED[floor], shown(path)


def test_prefect_is_imported_in_the_flows_alone() -> None:
    assert not [shown(path) for path in FILES if any(name.split(".")[0] == "prefect" for name in named_by(path))]


@pytest.mark.parametrize(("folder", "also"), [*((floor, set()) for floor in FLOORS), ("tests", {"tests", "benchmarks"}),
                                              ("benchmarks", {"benchmarks"})])  # fmt: skip
def test_nothing_of_the_checkout_is_imported_but_by_the_package_s_name(folder: str, also: set[str]) -> None:
    foreign = {*OURS, "tests", "benchmarks"} - also
    for path in (ROOT / folder).rglob("*.py"):
        assert not {name.split(".")[0] for name in named_by(path)} & foreign, shown(path)


@pytest.mark.parametrize(("wing", "start"), [(wing, start) for wing in WINGS for start in OF_A_WING[wing]])
def test_a_wing_never_loads_the_other(wing: str, start: str) -> None:
    loaded = closure(graph(KNOWN, typing=False), f"{PACKAGE}.{start}")
    leaks = {f"{by} -> {module}" for module, by in loaded.items() if wing_of(module) not in (None, wing)}
    assert not leaks


@pytest.mark.parametrize("wing", WINGS)
def test_no_file_of_a_wing_names_the_other(wing: str) -> None:
    edges = graph(KNOWN, typing=True)
    assert not [f"{module} -> {other}" for module in edges if wing_of(module) == wing for other in edges[module]
                if wing_of(other) not in (None, wing)]  # fmt: skip


def test_the_judge_and_exports_name_no_wing() -> None:
    edges = graph(KNOWN, typing=True)
    judge = [module for module in edges if module.startswith((f"{PACKAGE}.filters.judge", f"{PACKAGE}.data.exports"))]
    assert not {module: by for module, by in closure(edges, *judge).items() if wing_of(module)}


def test_shared_rooms_load_a_wing_only_when_it_is_called() -> None:
    command = f"import sys, {PACKAGE}.pipelines.cli.main, {PACKAGE}.pipelines.cli.describe; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=True, capture_output=True, text=True)
    assert not [name for name in done.stdout.split() if name.startswith(PACKAGE) and wing_of(name)]


def test_no_modules_import_each_other() -> None:
    assert not circles(graph(KNOWN, typing=True))


def test_demonstrations_know_no_pipeline_and_only_defaults_know_demonstrations() -> None:
    edges = graph(KNOWN, typing=True)
    demo = f"{PACKAGE}.data.demo"
    users = {shown(KNOWN[module]) for module in edges for other in edges[module]
             if other.startswith(demo) and not module.startswith(demo)}  # fmt: skip
    assert users <= DEMO_CHOSEN


def imported_at_once(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_models_are_imported_only_where_one_runs() -> None:
    for path in FILES:
        if not WHERE_MODELS_RUN & {path, *path.parents}:
            assert not set(imported_at_once(path)) & HEAVY, shown(path)


def test_the_coding_pipeline_and_the_flows_need_no_torch_and_no_pillow() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_IMAGES], cwd=ROOT, check=True)


def test_every_file_stands_in_a_room() -> None:
    loose = [ROOT / floor for floor in FLOORS] + [ROOT / folder for folder in ROOMS_WITHIN]
    assert not [shown(path) for path in FILES if path.parent in loose and path.name != "__init__.py"]


def test_tests_mirror_the_rooms() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert not [folder.as_posix() for folder in folders if not (ROOT / folder).is_dir()]


def room_of(path: Path) -> str:
    """A wing over all floors, or a shared room with the folders in it."""
    floor, room, *inner = path.relative_to(ROOT).parent.parts
    if room in WINGS:
        return room
    return "/".join((floor, room, *inner[:1])) if f"{floor}/{room}" in ROOMS_WITHIN else f"{floor}/{room}"


def test_a_file_name_stands_once_in_a_room() -> None:
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in FILES:
        if path.name != "__init__.py":
            named[room_of(path), path.name].append(shown(path))
    assert not [paths for paths in named.values() if len(paths) > 1]


def public_classes(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


TWICE: dict[str, str] = {}
"""Class names that stand more than once on purpose, with the reason; ten at most."""


def test_a_class_name_stands_for_one_thing() -> None:
    named: dict[str, list[str]] = defaultdict(list)
    for path in FILES:
        for name in public_classes(path):
            named[name].append(shown(path))
    assert len(TWICE) <= 10
    several = {name: paths for name, paths in named.items() if len(paths) > 1}
    assert not {name: paths for name, paths in several.items() if name not in TWICE}
    assert several.keys() >= TWICE.keys()
