"""An image build killed at any moment: what was stored is not made again, and it ends in the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contextpairs.data.store.store import Store

ROOT = Path(__file__).resolve().parents[3]
KILLS = 4
OVERRIDES = ["scenes.images=400", "editing.candidates=48", "editing.batch_size=4", "limit=200"]

pytestmark = pytest.mark.slow


def start(out: Path) -> subprocess.Popen[bytes]:
    script = "from contextpairs.pipelines.cli.main import main; main()"
    command = [sys.executable, "-c", script, "build", "images", f"out={out}", *OVERRIDES]
    return subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def finished(out: Path) -> None:
    """Build to the end."""
    assert start(out).wait(300) == 0


def content(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.glob("versions/**/*")) if p.is_file()}


def edits(out: Path) -> dict[Path, tuple[int, int]]:
    """Stored edits with what changes when one is written again."""
    files = sorted((out / ".work/edited").rglob("*.png"))
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def embedded(out: Path) -> list[str]:
    """Images of all stored vectors, as often as they were stored."""
    segments = sorted((out / ".work/vectors").glob("*/*.parquet"))
    return [name for path in segments for name in pq.read_table(path, columns=["image_id"])["image_id"].to_pylist()]


def test_kills_cost_no_finished_edit_and_no_stored_vector(tmp_path: Path) -> None:
    finished(tmp_path / "whole")
    expected = content(tmp_path / "whole")
    assert expected
    out, rng = tmp_path / "out", random.Random(11)
    for number in range(KILLS):
        process = start(out)
        before = edits(out)
        while process.poll() is None and len(edits(out)) < number * len(edits(tmp_path / "whole")) / KILLS:
            time.sleep(0.05)
        time.sleep(rng.uniform(0, 1))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        after = edits(out)
        assert {path: after[path] for path in before} == before
        store = Store(out)
        assert all(store.verify(version) == [] for version in store.versions())
    before = edits(out)
    assert before
    finished(out)
    assert {path: edits(out)[path] for path in before} == before
    assert len(embedded(out)) == len(set(embedded(out))) == 400
    assert content(out) == expected
