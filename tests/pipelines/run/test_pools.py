"""Works run for threads that wait; what is killed or given up lets them go."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from contextpairs.pipelines.run.engine import Work
from contextpairs.pipelines.run.pools import GivenUp, ProcessPool, ThreadPool, WorkerLost, WorkPool
from contextpairs.pipelines.run.stage import Batch, stage
from tests.pipelines.run.test_engine import broken, work


@stage("waits")
def waits(payload: Path) -> Iterator[Batch]:
    """Says which process it is in, and ends when a file beside is there."""
    payload.with_suffix(".begun").write_text(str(os.getpid()))
    while not payload.with_suffix(".end").exists():
        time.sleep(0.05)
    yield Batch(table=pa.table({"process": [os.getpid()]}))


def waiting(tmp_path: Path) -> Work:
    return Work(waits, tmp_path / "note", [str(tmp_path)], str(tmp_path / "work"))


def begun(tmp_path: Path) -> int:
    """The process in which the work is under way."""
    path = tmp_path / "note.begun"
    for _ in range(2400):
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("it never began")


@pytest.fixture(params=["processes", "threads"])
def pool(request: pytest.FixtureRequest) -> Iterator[WorkPool]:
    pool = ProcessPool(2) if request.param == "processes" else ThreadPool()
    yield pool
    pool.close()


def test_a_call_waits_for_its_work(tmp_path: Path, pool: WorkPool) -> None:
    assert pool(work(tmp_path, 5)).rows == 3
    with pytest.raises(RuntimeError, match="power cut"):
        pool(work(tmp_path, 6, broken))


def test_who_waits_for_what_is_given_up_is_let_go_and_nobody_begins_again(tmp_path: Path, pool: WorkPool) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiter = threads.submit(pool, waiting(tmp_path))
        process = begun(tmp_path)
        pool.give_up()
        with pytest.raises(GivenUp):
            waiter.result(120)
    with pytest.raises(GivenUp):
        pool(work(tmp_path, 5))
    (tmp_path / "note.end").touch()
    if process != os.getpid():
        psutil.wait_procs([psutil.Process(process)] if psutil.pid_exists(process) else [], timeout=60)
        assert not psutil.pid_exists(process)


def test_a_killed_process_is_told_and_the_next_call_finds_another(tmp_path: Path) -> None:
    pool = ProcessPool(1)
    with ThreadPoolExecutor(1) as threads:
        waiter = threads.submit(pool, waiting(tmp_path))
        killed = begun(tmp_path)
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(WorkerLost, match="its process was killed, often for want of memory"):
            waiter.result(120)
    (tmp_path / "note.end").touch()
    assert pool(waiting(tmp_path)).rows == 1
    assert begun(tmp_path) != killed
    pool.close()
