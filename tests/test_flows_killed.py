"""What is killed ends, or goes on: worker, flow, pool process and server, each by a signal that nobody can handle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from contextpairs.data.store.store import Store
from tests.prefect_house import House, kill, opened, wait_until

pytestmark = pytest.mark.slow

BUILD = "build-coding-pairs"
PATIENCE = 420
"""Seconds in which something has to have happened on a machine that does other things too."""
SOON = 45
"""Seconds without a sign of life here, in place of those of the deployed automation."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("killed")) as house:
        look_sooner(house)
        yield house


def look_sooner(house: House) -> None:
    lost = next(each for each in house.found("automations", {}) if each["name"] == "contextpairs: lost run")
    lost["trigger"]["within"] = SOON
    kept = {name: lost[name] for name in ("name", "trigger", "actions", "enabled")}
    httpx.put(f"{house.api}/automations/{lost['id']}", json=kept).raise_for_status()


def started(house: House, out: Path) -> str:
    """A run that is to begin; its id."""
    parameters = {"limit": 40, "out": str(out)}
    path = f"{house.api}/deployments/{deployed(house)}/create_flow_run"
    created = wait_until(lambda: answered(lambda: httpx.post(path, json={"parameters": parameters})), PATIENCE)
    return str(created["id"])


def answered(ask: Callable[[], httpx.Response]) -> Any:
    """What a server answers; nothing where it is too busy."""
    try:
        return ask().raise_for_status().json()
    except httpx.HTTPError:
        return None


def begun(house: House, out: Path) -> dict[str, Any]:
    """A run that has begun to work."""
    run = started(house, out)
    wait_until(lambda: list((out / ".work").glob("*/*.parquet")), PATIENCE)
    read: dict[str, Any] = wait_until(lambda: answered(lambda: httpx.get(f"{house.api}/flow_runs/{run}")), PATIENCE)
    return read


def flow_of(run: dict[str, Any]) -> psutil.Process:
    """The process that the flow runs in."""
    return psutil.Process(int(run["infrastructure_pid"]))


def becomes(house: House, run: dict[str, Any], state: str) -> bool:
    """Whether the server comes to have a run in a state; it may first take one for lost that is not."""

    def there() -> bool:
        read = answered(lambda: httpx.get(f"{house.api}/flow_runs/{run['id']}"))
        return bool(read) and read["state"]["type"] == state

    return bool(wait_until(there, PATIENCE))


def test_a_killed_flow_crashes_at_once_and_the_next_run_goes_on_from_its_outputs(house: House, tmp_path: Path) -> None:
    run = begun(house, tmp_path)
    kill(flow_of(run))
    assert becomes(house, run, "CRASHED")
    there = {path: path.stat().st_mtime_ns for path in (tmp_path / ".work").glob("*/*.parquet")}
    assert becomes(house, {"id": started(house, tmp_path)}, "COMPLETED")
    assert {path: path.stat().st_mtime_ns for path in there} == there
    assert Store(tmp_path).verify("v000001") == []


def test_a_killed_process_of_the_pool_costs_a_try(house: House, tmp_path: Path) -> None:
    run = begun(house, tmp_path)
    workers = [each for each in flow_of(run).children(recursive=True) if each.cpu_times().user > 0]
    kill(workers[-1])
    assert becomes(house, run, "COMPLETED")


def test_a_run_goes_on_while_the_server_is_away(house: House, tmp_path: Path) -> None:
    run = begun(house, tmp_path)
    assert house.server
    kill(house.server)
    wait_until(lambda: (tmp_path / "versions" / "v000001").is_dir(), PATIENCE)
    house.start_server()
    assert becomes(house, run, "COMPLETED")
    keys = {artifact["key"].partition("-")[0] for artifact in house.left_by(run, "artifacts")}
    assert {"funnel", "version"} <= keys


def test_a_run_that_outlives_its_worker_completes_and_one_that_dies_with_it_crashes(
    house: House, tmp_path: Path
) -> None:
    run = begun(house, tmp_path / "outlives")
    assert house.worker
    kill(house.worker)
    assert becomes(house, run, "COMPLETED")
    house.start_worker()
    run = begun(house, tmp_path / "dies")
    flow = flow_of(run)
    kill(house.worker, flow)
    assert becomes(house, run, "CRASHED")
    assert "no sign of life" in house.read_run(run["id"])["state"]["message"]


def test_a_run_that_died_with_worker_and_server_crashes_when_the_server_answers_again(
    house: House, tmp_path: Path
) -> None:
    """After a reboot: the slot that the run held of a limit is free again, and nobody waits for it in vain."""
    house.start_worker()
    path = f"{house.api}/deployments/{deployed(house)}"
    wait_until(lambda: httpx.patch(path, json={"concurrency_limit": 1}, timeout=60).is_success, PATIENCE)
    run = begun(house, tmp_path)
    assert active_slots(house) == 1
    assert house.worker
    assert house.server
    kill(house.server, house.worker, flow_of(run))
    house.start_server()
    assert becomes(house, run, "CRASHED")
    assert active_slots(house) == 0


def deployed(house: House) -> str:
    criteria = {"deployments": {"name": {"any_": [BUILD]}}}
    path = f"{house.api}/deployments/filter"
    return str(wait_until(lambda: answered(lambda: httpx.post(path, json=criteria)), PATIENCE)[0]["id"])


def active_slots(house: House) -> int:
    return sum(each["active_slots"] for each in house.found("v2/concurrency_limits", {}))
