"""Builds that hold their store, and what they leave to a collection: two operators, one store."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from contextpairs.data.store.collect import collect
from contextpairs.data.store.lease import Held
from contextpairs.data.store.store import Store
from contextpairs.data.store.work_dir import WorkDir
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.engine import Mapper, Output, Work
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Recorded, Silent

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = "from contextpairs.pipelines.cli.main import main; main()"


def counting(outputs: list[Output]) -> Mapper:
    """A mapper that keeps what it was given."""
    mapper = thread_mapper(1)

    def run(works: Sequence[Work], done: object) -> list[Output]:
        found = mapper(works, done)  # type: ignore[arg-type]
        outputs.extend(found)
        return found

    return run


def build(out: Path, *fields: str) -> list[Output]:
    outputs: list[Output] = []
    config = load_config(overrides=[f"out={out}", "limit=20", *fields])
    build_coding(config, counting(outputs), Silent())
    return outputs


def two_weeks_later(work: Path) -> None:
    for path in work.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - 15 * 86_400,) * 2)


def test_a_collection_leaves_what_the_last_run_used_and_takes_what_others_did(tmp_path: Path) -> None:
    work = tmp_path / "work"
    shared = f"engine.work_dir={work}"
    build(tmp_path / "one", shared, "budget.tokens=6000")
    two_weeks_later(work)
    used = build(tmp_path / "two", shared)
    assert not all(output.reused for output in used)
    gone = collect(WorkDir(str(work)))
    assert {each.path.partition("/")[0] for each in gone} >= {"mask", "release"}
    assert all(output.reused for output in build(tmp_path / "three", shared))
    assert collect(WorkDir(str(work))) == []


def test_a_second_build_ends_with_exit_code_3_and_names_the_holder(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.held("build coding"), pytest.raises(Held):
        build(tmp_path)
    with store.held("build coding"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, "build", "coding", f"out={tmp_path}", "limit=20"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert f"held by: build coding, process {os.getpid()} on" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_that_waits_says_for_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextpairs.data.store import lease

    monkeypatch.setattr(lease, "ASKED_AGAIN", 0.01)
    held = Store(tmp_path).held("build images")

    class Releasing(Recorded):
        """Lets the store go when it hears that somebody waits."""

        def note(self, message: str) -> None:
            if not self.notes:
                held.__exit__(None, None, None)
            super().note(message)

    recorded = Releasing(None)
    held.__enter__()
    build_coding(load_config(overrides=[f"out={tmp_path}", "limit=20", "wait=true"]), thread_mapper(1), recorded)
    assert f"held by: build images, process {os.getpid()}" in recorded.notes[0]
    assert Store(tmp_path).versions() == ["v000001"]
