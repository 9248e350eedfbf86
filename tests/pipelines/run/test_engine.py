"""A partition's work is done once, appears whole or not at all, and a failure leaves nothing that looks finished."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import contextpairs
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.store.stages import UNFINISHED, StageFolder, read_table
from contextpairs.pipelines.run.engine import Work, counts_of, examples_of, reasons_of, rejections_of, run
from contextpairs.pipelines.run.stage import Batch, Stage, stage


@stage("squares")
def squares(payload: tuple[int, str]) -> Iterator[Batch]:
    """Squares below a number, odd ones rejected; notes in a file that it ran."""
    number, log = payload
    with open(log, "a") as file:
        file.write(f"{number}\n")
    for value in range(number):
        if value % 2:
            yield Batch(rejections=[Rejection("square", "odd", "here", value, "", f"{value}")], counts={"seen": 1})
        else:
            yield Batch(table=pa.table({"square": [value * value]}), counts={"seen": 1})


@stage("squares")
def broken(payload: tuple[int, str]) -> Iterator[Batch]:
    """Writes a row, then fails."""
    yield Batch(table=pa.table({"square": [payload[0]]}))
    raise RuntimeError("power cut")


def work(tmp_path: Path, number: int, of: Stage[tuple[int, str]] | None = None) -> Work:
    return Work(of or squares, (number, str(tmp_path / "log")), [number], str(tmp_path / "work"))


def test_rows_rejections_and_counts_are_kept(tmp_path: Path) -> None:
    output = run(work(tmp_path, 5))
    assert read_table(output.path)["square"].to_pylist() == [0, 4, 16]
    assert (output.rows, reasons_of([output], "square"), counts_of([output])) == (3, {"odd": 2}, {"seen": 5})
    assert [row["row"] for row in rejections_of([output])] == [1, 3]
    assert examples_of([output, output], "square") == {"odd": "1"}
    assert examples_of([output], "cube") == {}


def test_finished_work_is_not_done_again(tmp_path: Path) -> None:
    first, second = run(work(tmp_path, 5)), run(work(tmp_path, 5))
    assert (first.reused, second.reused) == (False, True)
    assert (first.rows, first.reasons, first.counts) == (second.rows, second.reasons, second.counts)
    assert (tmp_path / "log").read_text() == "5\n"


def test_other_inputs_are_other_work(tmp_path: Path) -> None:
    assert work(tmp_path, 5).name != work(tmp_path, 6).name


def test_a_failure_leaves_nothing_and_is_owed_again(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        run(work(tmp_path, 5, broken))
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


def test_a_work_directory_may_be_any_fsspec_url(tmp_path: Path) -> None:
    remote = Work(squares, (5, str(tmp_path / "log")), [5], "memory://work")
    assert not run(remote).reused
    assert run(remote).reused
    assert read_table(run(remote).path)["square"].to_pylist() == [0, 4, 16]


@pytest.mark.parametrize("touched", [False, True])
def test_a_worker_with_other_code_refuses(tmp_path: Path, touched: bool) -> None:
    """A worker elsewhere: it has the package at another place, and one file of it may differ."""
    package, owed = Path(contextpairs.__path__[0]), tmp_path / "work.pickle"
    place = shutil.copytree(package, tmp_path / "src" / package.name, ignore=shutil.ignore_patterns("models"))
    if touched:
        (place / "data" / "store" / "stages.py").open("a").write("# changed\n")
    owed.write_bytes(pickle.dumps(work(tmp_path, 5)))
    script = "import pickle, sys; from contextpairs.pipelines.run.engine import run; run(pickle.load(sys.stdin.buffer))"
    environment = os.environ | {"PYTHONPATH": f"{place.parent}{os.pathsep}{Path(__file__).parents[3]}"}
    with owed.open("rb") as file:
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, env=environment, stdin=file, capture_output=True, text=True)
    if touched:
        assert "CodeMismatch: stage squares: this worker has other code" in done.stderr
    assert run(work(tmp_path, 5)).reused is not touched, done.stderr
