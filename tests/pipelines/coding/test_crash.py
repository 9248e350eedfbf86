"""A build killed at any moment shows no half version, and a rerun ends in the bytes of a build that was left alone."""

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

from contextpairs.data.demo.samples import sample_path
from contextpairs.data.store.store import Store

ROOT = Path(__file__).resolve().parents[3]
KILLS = 50
LIVES = 6
"""Kills of one build before it may finish; then the next starts afresh, so that every stage is hit."""

pytestmark = pytest.mark.slow


def small_sources(folder: Path) -> Path:
    """Part of the sample in several files, so that every stage has several partitions."""
    table = pq.read_table(sample_path()).slice(0, 160)
    folder.mkdir()
    for number in range(4):
        pq.write_table(table.slice(number * 40, 40), folder / f"part-{number}.parquet")
    return folder


def command(sources: Path, out: Path) -> list[str]:
    script = "from contextpairs.pipelines.cli.main import main; main()"
    overrides = [f"sources={sources}", f"out={out}", "limit=120", "source.partition_bytes=1"]
    return [sys.executable, "-c", script, "build", "coding", *overrides]


def killed_after(seconds: float, sources: Path, out: Path) -> bool:
    """Start a build in a process group of its own and kill -9 the group; False if it was done before."""
    process = subprocess.Popen(
        command(sources, out), cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    assert process.returncode == 0
    return False


def content(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.glob("versions/**/*")) if p.is_file()}


def assert_only_whole_versions(out: Path) -> None:
    store = Store(out)
    for version in store.versions():
        assert store.verify(version) == []


def test_fifty_kills(tmp_path: Path) -> None:
    sources = small_sources(tmp_path / "sources")
    start = time.monotonic()
    assert not killed_after(600, sources, tmp_path / "whole")
    whole = time.monotonic() - start
    expected = content(tmp_path / "whole")
    assert expected
    rng, kills, builds = random.Random(7), 0, 0
    while kills < KILLS:
        out = tmp_path / f"out-{builds}"
        builds += 1
        for _ in range(LIVES):
            if not killed_after(rng.uniform(0.2, whole), sources, out):
                break
            kills += 1
            assert_only_whole_versions(out)
        assert not killed_after(600, sources, out)
        assert content(out) == expected
        assert list(Store(out).versions()) == ["v000001"]
    assert kills >= KILLS
