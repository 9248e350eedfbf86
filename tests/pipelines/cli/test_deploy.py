"""`deploy` and `run` where nothing can be made: one message, nothing sent; the rest is in test_flows_deployed.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.prefect_house import ROOT, free_port


def ended(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in an empty folder, with a server that does not answer."""
    address = {"PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api", "PREFECT_HOME": str(folder / "home")}
    return subprocess.run(
        [sys.executable, "-m", "contextpairs", *arguments],
        cwd=folder,
        env={**os.environ, **address, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deploy"], "error: refresh-image-pairs: no retrieval.model"),
        (["deploy", "--without", "smth"], "error: smth: there is no such deployment"),
        (["deploy", "--file", "absent.yaml"], "error: absent.yaml: cannot be read"),
        (["run", "build-coding-pairs", "limit"], "error: 'limit': expected key=value"),
        (["run", "build-coding-pairs", "storage.secret=hush"], "error: storage.secret: this is a credential"),
    ],
)
def test_a_bad_value_is_told_before_a_server_is_asked(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = ended(tmp_path, *arguments)
    assert (done.returncode, done.stderr.startswith(said)) == (2, True), done.stderr
    assert "hush" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    done = ended(tmp_path, "run", "build-coding-pairs")
    assert done.returncode == 1
    assert "does PREFECT_API_URL name a running server?" in done.stderr
    assert "Traceback" not in done.stderr
