"""A partition's work is done once, appears whole or not at all, and a failure leaves nothing that looks finished."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import pyarrow as pa
import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.store.stages import UNFINISHED, StageFolder, read_table
from contextpairs.pipelines.run.engine import (
    Batch,
    Mapper,
    Output,
    Work,
    counts_of,
    process_mapper,
    reasons_of,
    rejections_of,
    run,
    thread_mapper,
)

HERE = "tests.pipelines.run.test_engine"


def squares(payload: tuple[int, str]) -> Iterator[Batch]:
    """Squares below a number, odd ones rejected; notes in a file that it ran."""
    number, log = payload
    with open(log, "a") as file:
        file.write(f"{number}\n")
    for value in range(number):
        if value % 2:
            yield Batch(rejections=[Rejection("square", "odd", "here", value)], counts={"seen": 1})
        else:
            yield Batch(table=pa.table({"square": [value * value]}), counts={"seen": 1})


def broken(payload: tuple[int, str]) -> Iterator[Batch]:
    """Writes a row, then fails."""
    yield Batch(table=pa.table({"square": [payload[0]]}))
    raise RuntimeError("power cut")


def imported(payload: tuple[int, str]) -> Iterator[Batch]:  # noqa: ARG001
    """Which process imported a module, and which one runs."""
    from tests.pipelines.run import preloaded

    yield Batch(table=pa.table({"imported": [preloaded.PROCESS], "runs": [os.getpid()]}))


def work(tmp_path: Path, number: int, function: str = "squares") -> Work:
    return Work("squares", f"{HERE}:{function}", (number, str(tmp_path / "log")), [number], str(tmp_path / "work"))


def test_rows_rejections_and_counts_are_kept(tmp_path: Path) -> None:
    output = run(work(tmp_path, 5))
    assert read_table(output.path)["square"].to_pylist() == [0, 4, 16]
    assert (output.rows, reasons_of([output], "square"), counts_of([output])) == (3, {"odd": 2}, {"seen": 5})
    assert [row["row"] for row in rejections_of([output])] == [1, 3]


def test_finished_work_is_not_done_again(tmp_path: Path) -> None:
    first, second = run(work(tmp_path, 5)), run(work(tmp_path, 5))
    assert (first.reused, second.reused) == (False, True)
    assert (first.rows, first.reasons, first.counts) == (second.rows, second.reasons, second.counts)
    assert (tmp_path / "log").read_text() == "5\n"


def test_other_inputs_are_other_work(tmp_path: Path) -> None:
    assert work(tmp_path, 5).name != work(tmp_path, 6).name


def test_a_failure_leaves_nothing_and_is_owed_again(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        run(work(tmp_path, 5, "broken"))
    assert list((tmp_path / "work").rglob("*.parquet")) == []
    assert run(work(tmp_path, 5)).rows == 3


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "work" / "squares" / UNFINISHED / "dead"
    left.mkdir(parents=True)
    (left / "rows").write_bytes(b"half")
    StageFolder(str(tmp_path / "work"), "squares").clean()
    assert not left.exists()


def test_a_truncated_output_is_done_again(tmp_path: Path) -> None:
    output = run(work(tmp_path, 5))
    Path(output.path).write_bytes(Path(output.path).read_bytes()[:-20])
    again = run(work(tmp_path, 5))
    assert not again.reused
    assert read_table(again.path).num_rows == 3


@pytest.mark.parametrize(
    "mapper", [process_mapper(1), process_mapper(2), thread_mapper(2)], ids=["inline", "processes", "threads"]
)
def test_every_mapper_keeps_the_order_and_tells_of_each(tmp_path: Path, mapper: Mapper) -> None:
    seen: list[Output] = []
    outputs = mapper([work(tmp_path, number) for number in (5, 3, 4)], seen.append)
    assert [output.rows for output in outputs] == [3, 2, 2]
    assert len(seen) == 3


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
        mapper([work(tmp_path, 5), work(tmp_path, 6, "broken")], lambda _: None)


def test_a_work_directory_may_be_any_fsspec_url(tmp_path: Path) -> None:
    remote = Work("squares", f"{HERE}:squares", (5, str(tmp_path / "log")), [5], "memory://work")
    assert not run(remote).reused
    assert run(remote).reused
    assert read_table(run(remote).path)["square"].to_pylist() == [0, 4, 16]


@pytest.mark.parametrize("preload", [[], ["tests.pipelines.run.preloaded"]])
def test_what_is_preloaded_is_imported_where_processes_are_forked(tmp_path: Path, preload: list[str]) -> None:
    """In a process of its own: the forking process starts once and for all."""
    script = (
        "from pathlib import Path; from contextpairs.pipelines.run.engine import process_mapper; "
        "from tests.pipelines.run.test_engine import work; "
        f"made = [work(Path({str(tmp_path)!r}), number, 'imported') for number in (1, 2)]; "
        f"process_mapper(2, {preload!r})(made, lambda output: None)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[3])
    rows = [run(work(tmp_path, number, "imported")) for number in (1, 2)]
    tables = [read_table(output.path).to_pylist()[0] for output in rows]
    assert all(output.reused for output in rows)
    assert [row["imported"] != row["runs"] for row in tables] == [bool(preload) and sys.platform == "linux"] * 2
