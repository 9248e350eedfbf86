"""Works are done on threads and processes as they are in place, and worker processes are nobody else's."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from contextpairs.data.sources.files.backstop import SECONDS
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.run.engine import Mapper, Output, Work, run
from contextpairs.pipelines.run.mappers import process_mapper, thread_mapper
from contextpairs.pipelines.run.stage import Batch, stage
from tests.pipelines.run.test_engine import broken, work

HERE = "tests.pipelines.run.test_mappers"
ROOT = Path(__file__).parents[3]


@stage("noted")
def imported(payload: tuple[int, str]) -> Iterator[Batch]:  # noqa: ARG001
    """Which process imported a module, and which one runs."""
    from tests.pipelines.run import preloaded

    yield Batch(table=pa.table({"imported": [preloaded.PROCESS], "runs": [os.getpid()]}))


def import_noted(tmp_path: Path, number: int) -> Work:
    return Work(imported, (number, ""), [number], str(tmp_path / "work"))


@stage("bounded")
def bounds(payload: int) -> Iterator[Batch]:
    """How much processor time is left to a row."""

    def left() -> float:
        return signal.getitimer(signal.ITIMER_PROF)[0]

    yield Batch(table=pa.table({"inside": [guarded(left, "bounded", "", payload)], "outside": [left()]}))


@stage("asleep")
def asleep(payload: Path) -> Iterator[Batch]:
    """Says which process it is in, and stays there."""
    payload.with_name(f"asleep-{os.getpid()}").touch()
    time.sleep(600)
    yield Batch()


@stage("held")
def held(payload: Path) -> Iterator[Batch]:
    """The same in an expression that takes ages, and lets no other thread run meanwhile."""
    payload.with_name(f"asleep-{os.getpid()}").touch()
    re.match(r"(a|aa)+$", "a" * 60 + "b")
    yield Batch()


@pytest.mark.parametrize(
    "mapper", [process_mapper(1), process_mapper(2), thread_mapper(2)], ids=["inline", "processes", "threads"]
)
def test_every_mapper_keeps_the_order_and_tells_of_each(tmp_path: Path, mapper: Mapper) -> None:
    seen: list[Output] = []
    outputs = mapper([work(tmp_path, number) for number in (5, 3, 4)], seen.append)
    assert [output.rows for output in outputs] == [3, 2, 2]
    assert len(seen) == 3


def test_rows_are_bounded_in_worker_processes(tmp_path: Path) -> None:
    works = [Work(bounds, number, [number], str(tmp_path / "work")) for number in range(2)]
    for output in process_mapper(2)(works, lambda _: None):
        (row,) = read_table(output.path).to_pylist()
        assert 0 < row["inside"] < SECONDS + 1
        assert row["outside"] == 0


def test_what_is_done_starts_no_worker(tmp_path: Path) -> None:
    works = [work(tmp_path, number) for number in (5, 3)]
    process_mapper(1)(works, lambda _: None)
    before = active_children()
    seen: list[Output] = []
    outputs = process_mapper(2)(works, seen.append)
    assert [output.reused for output in outputs] == [True, True]
    assert seen == outputs
    assert active_children() == before


@pytest.mark.parametrize("mapper", [process_mapper(2), thread_mapper(2)], ids=["processes", "threads"])
def test_a_failing_partition_fails_the_stage(tmp_path: Path, mapper: Mapper) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        mapper([work(tmp_path, 5), work(tmp_path, 6, broken)], lambda _: None)


@pytest.mark.parametrize("preload", [[], ["tests.pipelines.run.preloaded"]])
def test_what_is_preloaded_is_imported_where_processes_are_forked(tmp_path: Path, preload: list[str]) -> None:
    """In a process of its own: the forking process starts once and for all."""
    script = (
        "from pathlib import Path; from contextpairs.pipelines.run.mappers import process_mapper; "
        "from tests.pipelines.run.test_mappers import import_noted; "
        f"made = [import_noted(Path({str(tmp_path)!r}), number) for number in (1, 2)]; "
        f"process_mapper(2, {preload!r})(made, lambda output: None)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
    rows = [run(import_noted(tmp_path, number)) for number in (1, 2)]
    tables = [read_table(output.path).to_pylist()[0] for output in rows]
    assert all(output.reused for output in rows)
    assert [row["imported"] != row["runs"] for row in tables] == [bool(preload) and sys.platform == "linux"] * 2


OURS = "process_mapper(2)(made, lambda output: None)"
SPAWNED = (
    "from concurrent.futures import ProcessPoolExecutor\n"
    "from multiprocessing import get_context\n"
    "from contextpairs.pipelines.run.engine import run\n"
    "from contextpairs.pipelines.run.workers import begin\n"
    "list(ProcessPoolExecutor(2, get_context('spawn'), initializer=begin).map(run, made))"
)
"""A pool as Prefect starts it for a flow."""


def started(folder: Path, pool: str, stage: str) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    """A process with a pool, and its two workers at work on a stage of this module."""
    script = (
        "from contextpairs.pipelines.run.engine import Work\n"
        "from contextpairs.pipelines.run.mappers import process_mapper\n"
        f"from {HERE} import {stage}\n"
        "from pathlib import Path\n"
        f"folder = Path({str(folder)!r})\n"
        f"made = [Work({stage}, folder / 'x', [number], str(folder / 'work')) for number in (1, 2)]\n"
        "if __name__ == '__main__':\n" + "".join(f"    {line}\n" for line in pool.split("\n"))
    )
    (folder / "script.py").write_text(script, encoding="utf-8")
    command = [sys.executable, str(folder / "script.py")]
    parent = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"})
    return parent, [psutil.Process(int(path.name.partition("-")[2])) for path in awaited(folder, 2)]


def alive_after(seconds: float, processes: list[psutil.Process]) -> list[psutil.Process]:
    return list(psutil.wait_procs(processes, timeout=seconds)[1])


@pytest.mark.parametrize(
    ("pool", "stage"), [(OURS, "asleep"), (OURS, "held"), (SPAWNED, "asleep")], ids=["forked", "held", "spawned"]
)
def test_workers_end_within_seconds_of_a_parent_that_is_killed(tmp_path: Path, pool: str, stage: str) -> None:
    """Where a library holds the interpreter too, so that no thread of the worker runs."""
    parent, workers = started(tmp_path, pool, stage)
    parent.kill()
    parent.wait()
    assert not alive_after(5, workers)


def test_workers_end_where_their_build_is_interrupted_and_its_process_goes_on(tmp_path: Path) -> None:
    """As in a notebook."""
    caught = f"try:\n    {OURS}\nexcept KeyboardInterrupt:\n    import time; time.sleep(60)"
    parent, workers = started(tmp_path, caught, "asleep")
    parent.send_signal(signal.SIGINT)
    assert not alive_after(5, workers)
    assert parent.poll() is None
    parent.kill()
    parent.wait()


def awaited(folder: Path, count: int) -> list[Path]:
    """The files of workers that have begun."""
    until = time.monotonic() + 60
    while len(found := list(folder.glob("asleep-*"))) < count:
        assert time.monotonic() < until
        time.sleep(0.05)
    return found
