"""A function is named by all code that it can reach, and by nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import contextpairs
from contextpairs.builders.images.retrieval.search import search
from contextpairs.pipelines.coding.build import STAGES as CODING
from contextpairs.pipelines.coding.facts_stage import facts_partition
from contextpairs.pipelines.coding.mask_stage import mask_partition
from contextpairs.pipelines.images.build import STAGES as IMAGES
from contextpairs.pipelines.images.encoder_stage import vectors_partition
from contextpairs.pipelines.images.read_stage import images_partition
from contextpairs.pipelines.images.release_stage import release_images
from contextpairs.pipelines.run.code_identity import CodeMismatch, CodeTree, code_closure, installed
from contextpairs.pipelines.run.code_imports import files_beside, reads_of
from contextpairs.pipelines.run.stage import Stage
from contextpairs.pipelines.tasks.coding_stage import noted_partition

HERE = Path(contextpairs.__path__[0])
ALL = (*CODING, *IMAGES, noted_partition)
NOWHERE = Path("no file")


def first(name: str) -> Iterator[str]:
    """Every library in its first version."""
    yield f"{name}==1"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package at another place, without the weights of models."""
    place = tmp_path_factory.mktemp("code") / "anywhere"
    return Path(shutil.copytree(HERE, place, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors")))


def identity(root: Path, of: Callable[..., Any], installed: Callable[[str], Iterable[str]] = first) -> str:
    """Identity of a function of the package as it lies in a folder now."""
    return CodeTree(root, installed).identity(of.__module__, NOWHERE)


def files(root: Path, of: Callable[..., Any]) -> dict[str, Path]:
    return CodeTree(root, first).closure(of.__module__, NOWHERE).files


class Touched:
    """Files with one more line, while the context is open."""

    def __init__(self, *paths: Path) -> None:
        self._before = {path: path.read_bytes() for path in paths}

    def __enter__(self) -> None:
        for path, content in self._before.items():
            path.write_bytes(content + b"\n# touched\n")

    def __exit__(self, *_: object) -> None:
        for path, content in self._before.items():
            path.write_bytes(content)


@pytest.mark.parametrize(
    "of", [mask_partition, vectors_partition, release_images, search], ids=lambda of: of.__module__
)
def test_a_touch_of_any_file_that_it_reaches_gives_another_name(copy: Path, of: Callable[..., Any]) -> None:
    before = identity(copy, of)
    for path in files(copy, of).values():
        with Touched(path):
            assert identity(copy, of) != before, path
    assert identity(copy, of) == before


@pytest.mark.parametrize("of", ALL, ids=lambda of: of.__module__)
def test_a_touch_of_everything_else_leaves_the_name(copy: Path, of: Stage[Any]) -> None:
    before, reached = identity(copy, of), set(files(copy, of).values())
    others = [path for path in copy.rglob("*") if path.is_file() and path not in reached]
    assert len(others) > 100
    with Touched(*others):
        assert identity(copy, of) == before


@pytest.mark.parametrize("of", ALL, ids=lambda of: of.__module__)
def test_no_stage_reaches_the_command_line_the_trainer_or_the_flows(of: Stage[Any]) -> None:
    foreign = ("pipelines/cli", "pipelines/train", "pipelines/probe", "data/exports", "flows.py", "__init__.py")
    reached = [name.removeprefix("contextpairs/") for name in of.closure().files]
    assert not [name for name in reached if name.startswith(foreign)]


def test_data_that_it_reads_counts(copy: Path) -> None:
    before, path = identity(copy, facts_partition), copy / "filters" / "coding" / "evaluation_sets.yaml"
    with Touched(path):
        assert identity(copy, facts_partition) != before


def test_a_new_version_of_a_library_redoes_what_uses_it(copy: Path) -> None:
    def upgraded(name: str) -> Iterator[str]:
        yield f"{name}=={2 if name == 'PIL' else 1}"

    assert identity(copy, images_partition) != identity(copy, images_partition, upgraded)
    assert identity(copy, mask_partition) == identity(copy, mask_partition, upgraded)


def test_equal_code_has_one_name_at_every_place_and_in_every_process(copy: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from contextpairs.pipelines.run.code_identity import CodeTree; "
        "tree = CodeTree(Path(sys.argv[1]), lambda name: [f'{name}==1']); print(tree.identity(sys.argv[2], Path()))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(HERE.parent)}
    command = [sys.executable, "-c", script, str(copy), mask_partition.__module__]
    told = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == identity(copy, mask_partition) == identity(HERE, mask_partition)


def test_a_file_that_changed_after_the_process_began_is_not_what_runs(copy: Path) -> None:
    path = copy / "pipelines" / "coding" / "mask_stage.py"
    tree = CodeTree(copy, first, loaded=path.stat().st_mtime - 1)
    with pytest.raises(CodeMismatch, match=r"mask_stage\.py was changed after this process had begun: start it again"):
        tree.identity(mask_partition.__module__, NOWHERE)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small package, of which `contextpairs.work.stage` is asked for."""
    said = {
        "__init__.py": "from contextpairs.work import offered",
        "work/__init__.py": "",
        "work/stage.py": "from . import near\nimport contextpairs.far.inner\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from contextpairs.work import typed\n"
        "def work():\n    if True:\n        from contextpairs.work.lazy import thing\n        import PIL.Image",
        "work/near.py": "",
        "work/lazy.py": "import numpy, os.path\nfrom contextpairs.work import stage",
        "work/typed.py": "",
        "work/offered.py": "",
        "far/__init__.py": "from contextpairs.far.around import *",
        "far/around.py": "LISTS = __file__",
        "far/inner.py": "",
        "far/words.txt": "",
        "far/lists/more.txt": "",
        "far/apart/__init__.py": "",
        "far/apart/other.txt": "",
    }
    for name, text in said.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_lazy_imports_packages_and_data_beside_count_and_imports_for_type_checkers_do_not(small: Path) -> None:
    closure = CodeTree(small, first).closure("contextpairs.work.stage", NOWHERE)
    assert sorted(name.removeprefix("contextpairs/") for name in closure.files) == [
        "far/__init__.py", "far/around.py", "far/inner.py", "far/lists/more.txt", "far/words.txt",
        "work/__init__.py", "work/lazy.py", "work/near.py", "work/stage.py",
    ]  # fmt: skip
    assert closure.libraries == ("PIL==1", "numpy==1")


def test_a_new_file_of_data_counts_too(small: Path) -> None:
    before = CodeTree(small, first).identity("contextpairs.work.stage", NOWHERE)
    (small / "far" / "lists" / "new.txt").write_text("")
    assert CodeTree(small, first).identity("contextpairs.work.stage", NOWHERE) != before


def test_every_file_of_data_lies_beside_a_module_that_asks_where_it_lies() -> None:
    """So that no file is read that counts for nothing."""
    code = (path for folder in HERE.iterdir() for path in folder.rglob("*.py"))
    read = {each for path in code if reads_of(path.read_bytes(), "").beside for each in files_beside(path)}
    there = {path for folder in HERE.iterdir() for path in folder.rglob("*") if path.is_file()}
    assert {path for path in there - read if path.suffix not in (".py", ".pyc")} == set()


def test_libraries_are_told_by_distribution_and_version_but_not_by_build() -> None:
    assert list(installed("PIL")) == [f"pillow=={version('pillow')}"]
    assert list(installed("torch")) == [f"torch=={version('torch').partition('+')[0]}"]
    assert list(installed("absent_library")) == ["absent_library is not installed"]


def test_what_only_moves_bytes_redoes_nothing() -> None:
    assert list(installed("fsspec")) == []
    assert not [line for line in code_closure(facts_partition).libraries if line.startswith("fsspec")]
