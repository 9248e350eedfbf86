"""The deployments through a real server, worker and the `prefect` command, from a checkout that is not installed."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import httpx
import psutil
import pytest
from PIL import Image

from contextpairs.data.store.store import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
COMMAND = str(Path(sys.executable).parent / "prefect")
BUILD, REFRESH = "build-coding-pairs/build-coding-pairs", "refresh-pairs/refresh-pairs"
IMAGES = "build-image-pairs/build-image-pairs"


@dataclass(frozen=True)
class House:
    """A Prefect server with a worker that serves the deployments of a checkout."""

    checkout: Path
    env: dict[str, str]

    def prefect(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command in the checkout."""
        command = [COMMAND, *arguments]
        return subprocess.run(
            command, cwd=self.checkout, env=self.env, capture_output=True, text=True, timeout=900, check=False
        )

    def must(self, *arguments: str) -> str:
        """Run the command, which must succeed; what it printed."""
        done = self.prefect(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_of(self, said: str) -> dict[str, Any]:
        """The flow run that `deployment run` said it created, as the API tells of it."""
        created = re.search(r"UUID: (\S+)", said)
        assert created, said
        run: dict[str, Any] = httpx.get(f"{self.api}/flow_runs/{created[1]}").raise_for_status().json()
        return run

    def runs_of(self, flow: str) -> list[dict[str, Any]]:
        """All flow runs of a flow, scheduled ones too."""
        criteria = {"flows": {"name": {"any_": [flow]}}}
        answer = httpx.post(f"{self.api}/flow_runs/filter", json=criteria)
        runs: list[dict[str, Any]] = answer.raise_for_status().json()
        return runs

    def left_by(self, run: dict[str, Any], kind: Literal["artifacts", "task_runs"]) -> list[dict[str, Any]]:
        """All that a flow run left of a kind."""
        criteria = {"flow_runs": {"id": {"any_": [run["id"]]}}}
        left: list[dict[str, Any]] = (
            httpx.post(f"{self.api}/{kind}/filter", json=criteria, timeout=60).raise_for_status().json()
        )
        return left

    @property
    def api(self) -> str:
        """URL of the server's API."""
        return self.env["PREFECT_API_URL"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    port = free_port()
    house = House(copied_checkout(folder / "checkout"), environment(folder / "home", port))
    with (folder / "server.log").open("w") as log:
        started = [start(house, log, "server", "start", "--host", "127.0.0.1", "--port", str(port))]
        try:
            wait_until(lambda: is_healthy(house), 120, folder / "server.log")
            house.must("work-pool", "create", "pairs", "--type", "process")
            house.must("--no-prompt", "deploy", "--all")
            started.append(start(house, log, "worker", "start", "--pool", "pairs"))
            yield house
        finally:
            for process in reversed(started):
                stop(process)


def copied_checkout(target: Path) -> Path:
    for package in ("data", "builders", "filters", "pipelines"):
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("flows.py", "prefect.yaml", "prefect.toml"):
        shutil.copy(ROOT / file, target)
    return target


def environment(home: Path, port: int) -> dict[str, str]:
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    ours = {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "DO_NOT_TRACK": "1",
        "COLUMNS": "1000",
    }
    return theirs | ours


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(house: House, log: Any, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [COMMAND, *arguments], cwd=house.checkout, env=house.env, stdout=log, stderr=subprocess.STDOUT
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all it started; those that ignore SIGTERM are killed."""
    if process.poll() is not None:
        return
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=15)
    for each in alive:
        each.kill()
    psutil.wait_procs(alive, timeout=15)


def is_healthy(house: House) -> bool:
    try:
        return httpx.get(f"{house.api}/health").is_success
    except httpx.TransportError:
        return False


def wait_until(holds: Any, seconds: float, log: Path | None = None) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        said = log.read_text()[-2000:] if log else ""
        assert time.monotonic() < deadline, f"still not so after {seconds} s {said}"
        time.sleep(1)


def test_a_watched_run_ends_with_the_versions_path(house: House, tmp_path: Path) -> None:
    said = house.must(
        "deployment", "run", BUILD, "--watch", "-p", "limit=40", "-p", f"out={tmp_path}", "-p", 'caps={"trajectory": 2}'
    )  # fmt: skip
    assert f"published v000001: {tmp_path}/versions/v000001" in said
    state = house.run_of(said)["state"]
    assert state["type"] == "COMPLETED"
    assert state["message"] == f"published v000001: {tmp_path}/versions/v000001"
    configuration = Store(tmp_path).manifest().configuration
    assert configuration["limit"] == 40
    assert (configuration["caps"]["trajectory"], configuration["caps"]["function"]) == (2, 20)


def test_a_preset_brings_its_cascade(house: House, tmp_path: Path) -> None:
    said = house.prefect(
        "deployment", "run", BUILD, "--watch", "-p", "preset=attempts", "-p", "limit=40", "-p", f"out={tmp_path}"
    ).stdout  # fmt: skip
    assert "same instance: " in said
    assert "different instance: " not in said


def test_a_failed_run_says_why(house: House, tmp_path: Path) -> None:
    done = house.prefect(
        "deployment", "run", BUILD, "--watch", "-p", f"out={tmp_path}", "-p", 'sources=["absent.parquet"]'
    )  # fmt: skip
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
        ('caps={"trajectry": 2}', "trajectry"),
    ],
)
def test_a_bad_parameter_is_refused_before_a_run_exists(house: House, parameter: str, said: str) -> None:
    before = len(house.runs_of("build-coding-pairs"))
    done = house.prefect("deployment", "run", BUILD, "-p", parameter)
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
    assert len(house.runs_of("build-coding-pairs")) == before


def test_a_refresh_runs_every_night_and_its_runs_are_scheduled(house: House) -> None:
    said = house.must("deployment", "inspect", REFRESH)
    assert "0 3 * * *" in said

    def scheduled() -> list[dict[str, Any]]:
        return [run for run in house.runs_of("refresh-pairs") if run["state"]["type"] == "SCHEDULED"]

    wait_until(scheduled, 150)
    starts = [datetime.fromisoformat(run["expected_start_time"]) for run in scheduled()]
    assert {(start.hour, start.minute) for start in starts} == {(3, 0)}
    assert all(run["auto_scheduled"] for run in scheduled())


def test_a_refresh_without_news_publishes_nothing(house: House) -> None:
    arguments = ("deployment", "run", REFRESH, "--watch", "-p", "limit=40")
    out = house.checkout / "out" / "coding"
    assert f"new content published as v000001: {out}/versions/v000001" in house.must(*arguments)
    assert f"nothing changed since v000001: {out}/versions/v000001" in house.must(*arguments)
    assert Store(out).versions() == ["v000001"]


def build_images(house: House, out: Path, scenes: dict[str, int], editing: dict[str, int]) -> dict[str, Any]:
    """A watched run of the image deployment."""
    said = house.must(
        "deployment", "run", IMAGES, "--watch", "-p", f"out={out}", "-p", "limit=60",
        "-p", f"scenes={json.dumps(scenes)}", "-p", f"editing={json.dumps(editing)}",
    )  # fmt: skip
    return house.run_of(said)


def test_an_image_run_shows_funnel_audit_and_pairs_and_tags_the_tasks_that_run_a_model(
    house: House, tmp_path: Path
) -> None:
    run = build_images(house, tmp_path, {"images": 300}, {"candidates": 8})
    assert run["state"]["message"] == f"published v000001: {tmp_path}/versions/v000001"
    manifest = Store(tmp_path).manifest()
    assert manifest.configuration["scenes"] == {"images": 300, "questions": 5, "seed": 0}
    artifacts = {artifact["key"]: artifact for artifact in house.left_by(run, "artifacts")}
    assert {key: artifacts[key]["type"] for key in ("funnel", "audit", "pairs")} == {
        "funnel": "table", "audit": "markdown", "pairs": "image"
    }  # fmt: skip
    stages = [(row["stage"], row["in"], row["out"]) for row in json.loads(artifacts["funnel"]["data"])]
    assert stages == [(line.stage, line.rows_in, line.rows_out) for line in manifest.funnel]
    assert f"{tmp_path}/versions/v000001" in artifacts["audit"]["data"]
    encoded = artifacts["pairs"]["data"].removeprefix("data:image/png;base64,")
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
    house.must("concurrency-limit", "create", "gpu", "1")
    try:
        limited = build_images(house, tmp_path / "limited", {"images": 400, "seed": 1}, editing)
    finally:
        house.must("concurrency-limit", "delete", "gpu")
    models = {
        run["id"]: [task for task in house.left_by(run, "task_runs") if "gpu" in task["tags"]]
        for run in (free, limited)
    }
    for tasks in models.values():
        kinds = Counter(task["name"].rpartition("-")[0] for task in tasks)
        assert kinds == {"vectors": 1, "encoder": 1, "texts": 1, "altered": 1, "edits": 2}
    assert overlapping(models[free["id"]])
    assert not overlapping(models[limited["id"]])
