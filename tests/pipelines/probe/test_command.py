"""`contextpairs probe` and `probe-table` as a user meets them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contextpairs.pipelines.probe.results import Results, read_results
from contextpairs.pipelines.probe.tables import Sheet, mixed, model_sheet
from tests.filters.judge.judge_endpoint import Body, Endpoint, Response, says, user_text
from tests.pipelines.probe.asked import coding_store, truth

ROOT = Path(__file__).resolve().parents[3]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = "from contextpairs.pipelines.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def reply(body: Body) -> Response:
    return says("A" if body["model"] == "lazy" else truth(user_text(body)))


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    with Endpoint(reply) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def out(server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a model that always names A, and of one that is right."""
    folder = tmp_path_factory.mktemp("probe")
    store = coding_store(folder / "coding")
    for model in ("lazy", "sound"):
        done = command("probe", f"endpoint={server.url}", f"model={model}", f"pairs={store}", f"out={folder / 'out'}")
        assert done.returncode == 0, done.stderr
        assert re.search(rf"written: \S+/{model}-[0-9a-f]{{8}}\.parquet", done.stdout.replace("\n", ""))
        assert "strategy trajectory" in done.stdout
    return folder / "out"


def results(out: Path) -> list[Path]:
    return [next(out.glob(f"{model}-*.parquet")) for model in ("lazy", "sound")]


def test_a_table_over_models_tells_the_difference(out: Path) -> None:
    done = command("probe-table", *map(str, results(out)))
    assert done.returncode == 0, done.stderr
    assert re.search(r"right\s+│ 50\.0 \[\S+ \S+\]\s+│ 100\.0 \[", done.stdout)
    assert re.search(r"right in both orders\s+│ 0\.0 \[\S+ \S+\]\s+│ 100\.0 \[", done.stdout)
    assert re.search(r"right, against first\s+│\s+│ \+50\.0 \[", done.stdout)


def test_markdown_has_a_line_a_model(out: Path) -> None:
    lines = command("probe-table", "--markdown", *map(str, results(out))).stdout.splitlines()
    assert [line.split("|")[1].strip() for line in lines] == ["model", "---", "lazy", "sound"]
    assert len({line.count("|") for line in lines}) == 1


def test_errors_name_what_is_wrong_and_show_no_traceback(out: Path, tmp_path: Path) -> None:
    wrong = {
        ("probe", "modle=x"): (2, "modle: there is no such field"),
        ("probe",): (2, "model: which one?"),
        ("probe", "model=x", f"pairs={tmp_path}"): (2, "there is no store with a version"),
        ("probe-table", str(tmp_path / "none.parquet")): (2, "none.parquet"),
        ("probe-table", str(next(out.glob("*.json")))): (2, "no Parquet file"),
    }
    for arguments, (code, message) in wrong.items():
        done = command(*arguments)
        assert (done.returncode, message in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr


def test_the_configuration_explains_itself() -> None:
    done = command("config", "--of", "probe", "model=m")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^# Longest prompt in tokens.*\nmax_length: 32768$", done.stdout, re.M)


def test_runs_on_other_versions_are_told_apart(out: Path) -> None:
    first, second = (read_results(path) for path in results(out))
    other = Results({**second.facts, "digest": "0" * 64}, second.rows)
    assert not list(mixed([first, second]))
    assert ["versions" in note for note in mixed([first, other])] == [True]


def test_models_of_one_name_are_told_apart_by_their_revision(out: Path) -> None:
    read = read_results(results(out)[0])
    runs = [Results({**read.facts, "revision": revision}, read.rows) for revision in ("1" * 64, "2" * 64)]
    assert [row[0] for row in model_sheet(runs).rows] == ["lazy (11111111)", "lazy (22222222)"]


def test_a_sheet_turned_twice_is_itself() -> None:
    sheet = Sheet("title", ("a", "b"), (("1", "x|y"), ("2", "z")))
    assert sheet.turned().turned() == sheet
    assert sheet.markdown().splitlines()[2] == r"| 1 | x\|y |"
