"""The command line as a user meets it: help at once, errors that name what is wrong, versions that can be looked at."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contextpairs.data.demo.samples import sample_path

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = "from contextpairs.pipelines.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "out"
    for limit in (20, 30):
        done = run("build", "coding", f"out={folder}", f"limit={limit}", "engine.workers=1")
        assert done.returncode == 0, done.stderr
        assert "funnel" in done.stdout
        assert str(folder / "versions") in done.stdout
    return folder


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom contextpairs.pipelines.cli.main import main\nsys.argv = ['contextpairs', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = ('numpy', 'pyarrow', 'pydantic', 'datasets', 'prefect', 'torch', 'sklearn')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Build a version of pairs" in done.stdout
    assert done.stdout.rstrip().endswith("[]")


def test_list_verify_diff_and_show(out: Path) -> None:
    assert [line.split()[0] for line in run("list", str(out)).stdout.splitlines()] == ["v000001", "v000002"]
    assert run("verify", str(out)).stdout.splitlines() == ["v000001: whole", "v000002: whole"]
    difference = run("diff", str(out), "v000001", "v000002").stdout
    assert "limit: 20 -> 30" in difference
    assert re.search(r"^train: \d+ added, \d+ removed, \d+ kept", difference, re.M)
    shown = run("show", str(out), "-n", "2", "--seed", "3").stdout
    assert shown.count("--- positive context") == 2
    assert "[masked:" in shown


def test_a_store_or_version_that_is_not_there_is_said_so(out: Path, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none")
    looks = [[command, nowhere] for command in ("show", "list", "verify", "du", "gc", "prune", "unpin")]
    for arguments in [*looks, ["rollback", nowhere, "v1"], ["show", str(out), "--version", "v000009"]]:
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("error: ")
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists(), "a look at a mistyped path makes nothing there"


def test_verify_fails_on_a_changed_byte(out: Path) -> None:
    file = next((out / "versions/v000001").rglob("train-*.parquet"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    done = run("verify", str(out), "v000001")
    assert done.returncode == 1
    assert file.name in done.stdout


def bad(tmp_path: Path, name: str) -> list[str]:
    """Arguments of a build that must fail, prepared on disk."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.parquet").write_bytes(b"\x00\x01garbage" * 100)
    (tmp_path / "notes.txt").write_text("these are no trajectories\n")
    pq.write_table(pq.read_table(sample_path()).slice(0, 3), tmp_path / "rows.parquet")
    return {
        "empty folder": [f"sources={tmp_path / 'empty'}"],
        "no such file": [f"sources={tmp_path / 'absent.jsonl'}"],
        "unknown format": [f"sources={tmp_path / 'notes.txt'}"],
        "damaged file": [f"sources={tmp_path / 'binary.parquet'}"],
        "absent column": [f"sources={tmp_path / 'rows.parquet'}", "source.columns={patch: no_such_column}"],
        "wrong preset": ["preset=smiht"],
        "wrong field": ["limt=3"],
        "too little data": [f"sources={tmp_path / 'rows.parquet'}"],
        "impossible store": ["out=http://127.0.0.1:1/store"],
        "absent mirror": [f"facts.mirror={tmp_path / 'no_such_folder'}"],
    }[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty folder", "empty"),
        ("no such file", "absent.jsonl"),
        ("unknown format", "notes.txt"),
        ("damaged file", "binary.parquet"),
        ("absent column", "no_such_column"),
        ("wrong preset", "preset"),
        ("wrong field", "limt"),
        ("too little data", "no pair survived"),
        ("impossible store", "http"),
        ("absent mirror", "no_such_folder"),
    ],
)
def test_a_build_that_cannot_be_says_why_without_a_traceback(tmp_path: Path, name: str, said: str) -> None:
    done = run("build", "coding", f"out={tmp_path / 'out'}", "engine.workers=1", *bad(tmp_path, name))
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out/versions").exists()


def test_damaged_rows_and_files_are_counted_and_harm_nothing_else(tmp_path: Path) -> None:
    """The sample as JSON lines, with rows and files among them that cannot be read: the rest gives the same pairs."""
    rows = pq.read_table(sample_path()).to_pylist()
    lines = [json.dumps(row) for row in rows]
    damaged = [
        lines[0][:500],
        '{"instance_id": 5, "messages": "text"}',
        '{"instance_id": "a__b-1"}',
        "[1, 2]",
        "nonsense",
    ]
    (tmp_path / "in").mkdir()
    (tmp_path / "in/rows.jsonl").write_text("\n".join([*lines[:100], *damaged, *lines[100:]]) + "\n")
    (tmp_path / "in/broken.parquet").write_bytes(b"PAR1 this is none")
    (tmp_path / "in/picture.jsonl").write_bytes(bytes(range(256)) * 4)
    done = run(
        "build", "coding", f"sources={tmp_path / 'in'}", f"out={tmp_path / 'out'}", "limit=40", "engine.workers=1"
    )
    assert done.returncode == 0, done.stderr
    manifest = json.loads(next((tmp_path / "out").rglob("manifest.json")).read_text())
    read = manifest["funnel"][0]
    assert (read["rows_in"], read["rows_out"]) == (len(lines) + len(damaged) + 2, len(lines))
    assert sum(read["reasons"].values()) == len(damaged) + 2
    assert "broken.parquet" in done.stdout
    assert "picture.jsonl" in done.stdout
