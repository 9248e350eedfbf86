"""The functions take what the commands take, fail as they fail, and return what explains itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import contextpairs
from contextpairs.data.demo.samples import sample_path
from contextpairs.pipelines.interface.results import BuildResult

ONE = {"workers": 1}
IN_PLACE = "engine.workers=1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    out = tmp_path_factory.mktemp("built") / "coding"
    return contextpairs.build_coding(IN_PLACE, sources=str(sample_path()), limit=20, out=out)


def test_a_build_says_what_came_of_it(built: BuildResult) -> None:
    assert (built.version, built.created, sum(built.rows.values())) == ("v000001", True, 20)
    assert Path(built.path, "manifest.json").is_file()
    assert built.funnel == built.manifest.funnel
    assert repr(built) == f"BuildResult(version='v000001', created=True, rows={built.rows}, path={built.path!r})"
    assert f"  {built.funnel[0].stage}: {built.funnel[0].rows_out} of {built.funnel[0].rows_in}" in str(built)


def test_equal_content_is_no_new_version(built: BuildResult, tmp_path: Path) -> None:
    """The same fields by other means: a file, dots, mappings, path objects."""
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"limit": 7, "sources": "not/there.jsonl"}))
    again = contextpairs.build_coding(
        "limit=20", config=file, sources=[sample_path()], out=Path(built.path).parents[1], engine=ONE, view=True
    )
    assert (again.version, again.created, again.rows) == (built.version, False, built.rows)
    assert Path(built.path).parents[1].joinpath("views", "v000001.html").is_file()
    assert [stage.rows_out for stage in again.funnel] == [stage.rows_out for stage in built.funnel]


def test_keywords_go_over_overrides_and_they_over_files(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("{limit: 1, caps: {function: 0}}")
    dotted: dict[str, Any] = {"caps.trajectory": 0}
    with pytest.raises(contextpairs.ConfigError) as refused:
        contextpairs.build_coding("limit=0", "caps.instance=0", config=tmp_path / "mine.yaml", **dotted)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "limit",
        "caps.trajectory",
        "caps.instance",
        "caps.function",
    ]
    assert "given was 0" in str(refused.value).splitlines()[0]


REFUSED: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (contextpairs.build_coding, {"limt": 3}, "limt: there is no such field"),
    (contextpairs.build_coding, {"preset": "smiht"}, "preset: Input should be"),
    (contextpairs.build_coding, {"engine": {"kind": "ray"}}, "engine.kind: ray runs through Prefect"),
    (contextpairs.build_images, {"limit": 1}, "limit: Input should be greater than or equal to 2; given was 1"),
    (contextpairs.train, {"modle": "x"}, "modle: there is no such field"),
    (contextpairs.probe, {"model": ""}, "model: which one"),
    (contextpairs.export, {"to": "verlx"}, "to: Input should be"),
    (contextpairs.tasks.coding, {"out": "s3://bucket/tasks"}, "out: Value error, tasks are written to a local folder"),
    (contextpairs.tasks.images, {"caps": {"image": 0}}, "caps.image: Input should be"),
]


@pytest.mark.parametrize(("call", "fields", "said"), REFUSED)
def test_a_bad_value_names_its_field_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Any], fields: dict[str, Any], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(contextpairs.ConfigError, match=said):
        call(**fields)
    assert not (tmp_path / "out/coding/versions").exists()


def test_a_build_without_pairs_carries_its_funnel(tmp_path: Path) -> None:
    cascade = [{"same": "instance"}, {"different": "instance"}]
    with pytest.raises(contextpairs.NothingToPublish, match=r"no pair survived.*instance: 0 of") as nothing:
        contextpairs.build_coding(cascade=cascade, out=tmp_path, engine=ONE)
    assert [stage.stage for stage in nothing.value.funnel][:2] == ["read", "facts"]


def test_an_export_says_what_is_in_it_and_gives_the_pairs_back(built: BuildResult, tmp_path: Path) -> None:
    store, dest = Path(built.path).parents[1], tmp_path / "trl"
    exported = contextpairs.export(store, "split=train", to="trl", dest=dest)
    assert (exported.form, exported.created, exported.versions) == ("trl", True, {"coding": "v000001"})
    assert (exported.rows, exported.path) == ({"train": built.rows["train"]}, str(dest))
    assert not contextpairs.export(stores=[str(store)], split="train", to="trl", dest=dest).created
    rows = contextpairs.Store(store).read("latest", "train").to_pylist()
    assert list(contextpairs.pairs_of(dest, "train")) == rows
    said = f"form='trl', created=True, versions={exported.versions}, rows={exported.rows}, path={exported.path!r}"
    assert repr(exported) == f"ExportResult({said})"


def test_verify_is_true_of_whole_versions(built: BuildResult, tmp_path: Path) -> None:
    import shutil

    store = tmp_path / "store"
    shutil.copytree(Path(built.path).parents[1], store)
    whole = contextpairs.verify(store)
    assert whole
    assert repr(whole) == "VerifyResult(whole=True, problems={'v000001': 0})"
    next(store.rglob("train-*.parquet")).write_bytes(b"changed")
    altered = contextpairs.verify(store, "v000001")
    assert not altered
    assert "train-" in str(altered)


def test_tasks_are_written_once_and_load_with_their_reward(tmp_path: Path) -> None:
    written = contextpairs.tasks.coding(limit=8, out=tmp_path / "tasks", engine=ONE)
    assert (written.kind, written.created, written.rows) == ("coding", True, 8)
    assert written.funnel == written.manifest.funnel
    assert repr(written) == f"TasksResult(kind='coding', created=True, rows=8, path={str(tmp_path / 'tasks')!r})"
    assert str(written).splitlines()[1].startswith("  read: ")
    assert not contextpairs.tasks.coding("limit=8", IN_PLACE, out=tmp_path / "tasks").created
    tasks = contextpairs.load_tasks(written.path)
    [reward] = contextpairs.reward_functions("coding")
    assert reward(tasks["prompt"], ["no places"] * 8, reference=tasks["reference"]) == [0.0] * 8
