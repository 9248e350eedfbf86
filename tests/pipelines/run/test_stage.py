"""A stage is an object that holds its function: pickle finds it by its name, and so does a reader."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import jedi
import pyarrow as pa
import pytest

import contextpairs
from contextpairs.pipelines.coding import build as coding_build
from contextpairs.pipelines.images import build as images_build
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.build_options import BuildConfig
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent
from contextpairs.pipelines.run.stage import Batch, Stage, code_version, stage
from contextpairs.pipelines.tasks import coding as coding_tasks
from contextpairs.pipelines.tasks.coding_stage import noted_partition

PACKAGE = Path(contextpairs.__path__[0])
NAMED = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_]\w*")


@stage("counted")
def counted(payload: int) -> Iterator[Batch]:
    """One number."""
    yield Batch(table=pa.table({"number": [payload]}))


@stage("other", runs_model=True)
def other(payload: int) -> Iterator[Batch]:
    """Another stage."""
    yield from counted(payload)


def test_a_stage_is_called_like_its_function() -> None:
    (batch,) = counted(3)
    assert batch.table == pa.table({"number": [3]})
    assert (counted.name, counted.__doc__, counted.runs_model, other.runs_model) == (
        "counted", "One number.", False, True,
    )  # fmt: skip


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_a_pickled_stage_is_the_stage_of_its_module(dumps: Callable[[Any], bytes]) -> None:
    assert pickle.loads(dumps(counted)) is counted
    assert pickle.loads(dumps(coding_build.STAGES)) == coding_build.STAGES


def test_a_code_version_tells_of_every_stage() -> None:
    assert code_version([counted, other]) == code_version([other, counted])
    assert len({code_version(each) for each in ([counted], [other], [counted, other])}) == 3


def test_a_build_runs_only_the_stages_that_its_manifest_tells_of(tmp_path: Path) -> None:
    build = Build(BuildConfig(out=str(tmp_path)), process_mapper(1), Silent(), (counted,))
    (output,) = build.run([build.work(counted, 3, 3)])
    assert (output.stage, output.rows) == ("counted", 1)
    with pytest.raises(ValueError, match="other is no stage of this build"):
        build.work(other, 3, 3)


CALLS = {
    coding_build: [
        "build_coding _facts facts_partition",
        "build_coding with_shared_names _shown shown_partition",
        "build_coding with_shared_names _names names_partition",
        "build_coding _candidates _fetch fetch_partition",
        "build_coding _candidates _mask mask_partition",
        "build_coding _release _release_works release_partition",
    ],
    images_build: [
        "build_images encoder_key encoder_partition",
        "build_images read_sources _source_works images_partition",
        "build_images read_sources _scene_works scenes_partition",
        "build_images _uncontaminated read_evaluation evaluation_partition",
        "build_images read_sources _read _embed _vectors_work vectors_partition",
        "build_images publish_images _scores text_vectors texts_partition",
        "build_images edit _works edits_partition",
        "build_images retrieve nearness_scale _altered altered_partition",
        "build_images apart _copied copies _work copies_partition",
        "build_images _release release_images",
    ],
    coding_tasks: ["build_coding_tasks _noted noted_partition"],
}


@pytest.mark.parametrize(("module", "calls"), [(module, calls) for module, each in CALLS.items() for calls in each])
def test_go_to_definition_leads_from_a_build_into_the_work_of_a_partition(module: Any, calls: str) -> None:
    start, *steps = calls.split()
    path, name = Path(module.__file__), start
    for step in steps:
        found = definition(path, name, step)
        assert (found.name, found.type) == (step, "function")
        path, name = found.module_path, step


def definition(path: Path, function: str, name: str) -> Any:
    """What an IDE opens for a name in the body of a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)
    at = next(node for node in ast.walk(body) if isinstance(node, ast.Name) and node.id == name)
    project = jedi.Project(PACKAGE.parent, added_sys_path=[str(PACKAGE.parent)], smart_sys_path=False)
    (found,) = jedi.Script(path=path, project=project).goto(at.lineno, at.col_offset, follow_imports=True)
    return found


def test_the_walks_reach_every_stage() -> None:
    reached = {calls.split()[-1] for each in CALLS.values() for calls in each}
    there: list[Stage[Any]] = [*coding_build.STAGES, *images_build.STAGES, noted_partition]
    assert reached == {each.__reduce__() for each in there}


def test_no_string_names_a_module_and_something_in_it() -> None:
    for path in (path for folder in PACKAGE.iterdir() for path in folder.rglob("*.py")):
        for text in texts(path):
            named = NAMED.fullmatch(text)
            assert not (named and is_module(named[1])), f"{path}: {text}"


def texts(path: Path) -> Iterator[str]:
    """Every literal text of a file."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_module(name: str) -> bool:
    """Whether a dotted name is one of the package's modules, with or without the package's own name."""
    place = PACKAGE.joinpath(*name.removeprefix("contextpairs.").split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()
