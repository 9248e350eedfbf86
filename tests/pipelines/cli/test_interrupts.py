"""An interrupt and SIGTERM end a build and its workers within seconds, and a rerun goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[3]
BUILDS = {"coding": ["limit=20"], "images": ["scenes.images=2000", "limit=20", "editing.enabled=false"]}
SCRIPT = "from contextpairs.pipelines.cli.main import main; main()"


def started(wing: str, kind: str, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SCRIPT, "build", wing, f"out={out}", *BUILDS[wing], f"engine.kind={kind}"]
    with open(out / "said", "wb") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said)


def at_work(build: subprocess.Popen[bytes], out: Path, kind: str) -> tuple[list[psutil.Process], list[psutil.Process]]:
    """What a build has started that has begun to write a partition: its workers, and the processes that fork them."""
    until = time.monotonic() + 300
    while True:
        helpers = psutil.Process(build.pid).children()
        workers = [each for helper in helpers for each in helper.children()]
        if list(out.glob(".work/*/.writing/*")) and (workers or kind == "threads"):
            return workers, helpers
        assert build.poll() is None, (out / "said").read_text()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wing", "kind", "number", "word"),
    [
        ("coding", "processes", signal.SIGINT, "interrupted"),
        ("images", "processes", signal.SIGTERM, "terminated"),
        ("coding", "threads", signal.SIGTERM, "terminated"),
    ],
)
def test_a_signal_ends_a_build_and_its_workers(
    wing: str, kind: str, number: signal.Signals, word: str, tmp_path: Path
) -> None:
    build = started(wing, kind, tmp_path)
    workers, helpers = at_work(build, tmp_path, kind)
    build.send_signal(number)
    assert build.wait(5) == 128 + number
    assert not psutil.wait_procs(workers, timeout=5)[1]
    # The process that forks them has loaded what they need, and takes its time to let go of it.
    assert not psutil.wait_procs(helpers, timeout=30)[1]
    said = (tmp_path / "said").read_text()
    assert f"{word}: what is finished is kept" in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("versions/*"))


def test_a_library_that_lets_no_code_run_is_not_waited_for() -> None:
    script = (
        "from contextpairs.pipelines.cli.interrupts import end_on_signals\n"
        "import numpy as np\nend_on_signals()\nprint('begun', flush=True)\n"
        "while True:\n    np.linalg.svd(np.random.rand(4000, 4000))"
    )
    child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    time.sleep(1)
    child.send_signal(signal.SIGTERM)
    assert child.wait(8) == 143


def test_what_is_told_to_ignore_interrupts_does() -> None:
    """As `nohup` and the shell's `&` do."""
    script = (
        "import os, signal\nfrom contextpairs.pipelines.cli.interrupts import end_on_signals\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nend_on_signals()\nos.kill(os.getpid(), signal.SIGINT)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=dict(os.environ), check=False).returncode == 0
