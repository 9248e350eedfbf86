"""The deployments through a real server, worker and commands, made from an installed package in an empty folder."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from contextpairs.data.store.store import Store
from contextpairs.pipelines.run.shown import key_of
from tests.prefect_house import CANARY, House, opened, wait_until

pytestmark = pytest.mark.slow

BUILD, REFRESH, IMAGES = "build-coding-pairs", "refresh-coding-pairs", "build-image-pairs"
WATCHES = ["failed run", "lost run", f"nothing published by {REFRESH}"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as house:
        yield house


def test_a_watched_run_ends_with_the_versions_path(house: House, tmp_path: Path) -> None:
    said = house.must("run", BUILD, "--watch", "limit=40", f"out={tmp_path}", "caps.trajectory=2")
    assert f"published v000001: {tmp_path}/versions/v000001" in said
    state = house.run_of(said)["state"]
    assert state["type"] == "COMPLETED"
    assert state["message"] == f"published v000001: {tmp_path}/versions/v000001"
    configuration = Store(tmp_path).manifest().configuration
    assert configuration["limit"] == 40
    assert (configuration["caps"]["trajectory"], configuration["caps"]["function"]) == (2, 20)


def test_a_preset_brings_its_cascade(house: House, tmp_path: Path) -> None:
    arguments = ("-p", "preset=attempts", "-p", "limit=40", "-p", f"out={tmp_path}")
    said = house.prefect("deployment", "run", f"{BUILD}/{BUILD}", "--watch", *arguments).stdout
    assert "same instance: " in said
    assert "different instance: " not in said


def test_a_failed_run_says_why(house: House, tmp_path: Path) -> None:
    done = house.contextpairs("run", BUILD, "--watch", f"out={tmp_path}", "sources=absent.parquet")
    assert done.returncode == 1
    run = house.run_of(done.stdout)
    assert run["state"]["type"] == "FAILED"
    assert "SourceError: " in run["state"]["message"]
    assert "absent.parquet" in run["state"]["message"]
    assert run["run_count"] == 1


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("limit=many", "limit"),
        ("limit=1", "limit"),
        ("preset=smth", "preset"),
        ("limits=3", "limits"),
        ("caps.trajectry=2", "trajectry"),
    ],
)
def test_a_bad_parameter_is_refused_before_a_run_exists(house: House, parameter: str, said: str) -> None:
    before = len(house.runs_of(BUILD))
    done = house.contextpairs("run", BUILD, parameter)
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
    assert len(house.runs_of(BUILD)) == before


def test_a_refresh_runs_every_night_and_its_runs_are_scheduled(house: House) -> None:
    assert "0 3 * * *" in house.prefect("deployment", "inspect", f"{REFRESH}/{REFRESH}").stdout

    def scheduled() -> list[dict[str, Any]]:
        return [run for run in house.runs_of(REFRESH) if run["state"]["type"] == "SCHEDULED"]

    starts = [datetime.fromisoformat(run["expected_start_time"]) for run in wait_until(scheduled, 150)]
    assert {(start.hour, start.minute) for start in starts} == {(3, 0)}
    assert all(run["auto_scheduled"] for run in scheduled())


def test_a_refresh_without_news_publishes_nothing(house: House) -> None:
    arguments = ("run", REFRESH, "--watch", "limit=40")
    out = house.site / "out" / "nightly" / "coding"
    assert f"new content published as v000001: {out}/versions/v000001" in house.must(*arguments)
    assert f"nothing changed since v000001: {out}/versions/v000001" in house.must(*arguments)
    assert Store(out).versions() == ["v000001"]


def test_the_automations_watch_the_deployments_and_a_second_deploy_changes_them_in_place(house: House) -> None:
    before = {each["name"]: each["id"] for each in house.found("automations", {})}
    assert sorted(before) == [f"contextpairs: {name}" for name in WATCHES]
    house.must("deploy", "--without", "refresh-image-pairs", "--days", "2")
    after = {each["name"]: each for each in house.found("automations", {})}
    assert {name: each["id"] for name, each in after.items()} == before
    assert after["contextpairs: nothing published by refresh-coding-pairs"]["trigger"]["within"] == 2 * 86_400


def test_credentials_reach_neither_database_nor_log_nor_a_run(house: House, tmp_path: Path) -> None:
    """The worker has one in its environment; others are given where they would be stored."""
    house.must("run", BUILD, "--watch", "limit=40", f"out={tmp_path}")
    for given in ("storage.secret=hush-a", "source.storage={token: hush-b}", "out=s3://me:hush-c@bucket/pairs"):
        done = house.contextpairs("run", BUILD, given)
        assert done.returncode == 2
        assert "hush" not in done.stdout + done.stderr
    for given in ('storage={"secret": "hush-d"}', 'sources=["https://me:hush-e@host/runs.jsonl"]'):
        assert house.prefect("deployment", "run", f"{BUILD}/{BUILD}", "-p", given).returncode == 1
    kept = [path for folder in (house.home, house.site) for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in kept)
    for path in kept:
        assert not re.search(rf"hush-|{CANARY}".encode(), path.read_bytes()), path


def build_images(house: House, out: Path, scenes: dict[str, int], editing: dict[str, int]) -> dict[str, Any]:
    """A watched run of the image deployment."""
    given = (f"out={out}", "limit=60", f"scenes={json.dumps(scenes)}", f"editing={json.dumps(editing)}")
    said = house.must("run", IMAGES, "--watch", *given)
    return house.run_of(said)


def test_an_image_run_shows_funnel_audit_and_pairs_and_tags_the_tasks_that_run_a_model(
    house: House, tmp_path: Path
) -> None:
    run = build_images(house, tmp_path, {"images": 300}, {"candidates": 8})
    assert run["state"]["message"] == f"published v000001: {tmp_path}/versions/v000001"
    manifest = Store(tmp_path).manifest()
    assert manifest.configuration["scenes"] == {"images": 300, "questions": 5, "seed": 0}
    artifacts = {artifact["key"]: artifact for artifact in house.left_by(run, "artifacts")}
    funnel, version, pairs = (artifacts[key_of(kind, str(tmp_path))] for kind in ("funnel", "version", "pairs"))
    assert (funnel["type"], version["type"], pairs["type"]) == ("table", "markdown", "image")
    stages = [(row["stage"], row["in"], row["out"]) for row in json.loads(funnel["data"])]
    assert stages == [(line.stage, line.rows_in, line.rows_out) for line in manifest.funnel]
    assert f"{tmp_path}/versions/v000001" in version["data"]
    assert f"(/artifacts/key/{pairs['key']})" in version["data"]
    encoded = pairs["data"].removeprefix("data:image/png;base64,")
    picture = Image.open(BytesIO(base64.b64decode(encoded, validate=True)))
    assert (picture.format, picture.width > 500) == ("PNG", True)
    tags = {task["name"].rpartition("-")[0]: task["tags"] for task in house.left_by(run, "task_runs")}
    models = ("vectors", "encoder", "texts", "altered", "edits")
    assert tags == {"images": [], "release": []} | {key: ["gpu"] for key in models}


def overlapping(tasks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Names of tasks that ran at the same time."""
    spans = sorted(
        (datetime.fromisoformat(t["start_time"]), datetime.fromisoformat(t["end_time"]), t["name"]) for t in tasks
    )
    return [(a[2], b[2]) for a, b in itertools.combinations(spans, 2) if b[0] < a[1]]


def test_a_limit_on_the_tag_gpu_lets_one_task_run_a_model_at_a_time(house: House, tmp_path: Path) -> None:
    """Two processes edit two partitions: side by side without the limit, one after the other with it."""
    editing = {"candidates": 65, "tries": 1}
    free = build_images(house, tmp_path / "free", {"images": 400}, editing)
    house.prefect("concurrency-limit", "create", "gpu", "1")
    try:
        limited = build_images(house, tmp_path / "limited", {"images": 400, "seed": 1}, editing)
    finally:
        house.prefect("concurrency-limit", "delete", "gpu")
    models = {
        run["id"]: [task for task in house.left_by(run, "task_runs") if "gpu" in task["tags"]]
        for run in (free, limited)
    }
    for tasks in models.values():
        kinds = Counter(task["name"].rpartition("-")[0] for task in tasks)
        assert {**kinds, "altered": 1} == {"vectors": 1, "encoder": 1, "texts": 1, "altered": 1, "edits": 2}
    assert overlapping(models[free["id"]])
    assert not overlapping(models[limited["id"]])
