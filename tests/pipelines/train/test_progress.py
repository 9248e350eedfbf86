"""What a person sees: one line a step, and the curves as a table and a picture."""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

import pytest

from contextpairs.pipelines.train.curves import MISSING, PICTURE, TABLE, picture, steps, table
from contextpairs.pipelines.train.progress import step_line
from tests.pipelines.train.watched import Watched, watched

LINE = re.compile(
    r"step \d/4: reward \d\.\d{3}, selection \d\.\d{3}, margin [+-]\d+\.\d{3}, "
    r"gradient \S+ \(at the last weight: GRPO \S+, pairs \S+\), \d+\.\d s"
)


def test_a_step_says_one_line(probed: Watched) -> None:
    lines = [line for line in probed.said if line.startswith("step ") and "probe" not in line]
    assert [line[:8] for line in lines] == [f"step {step}/4" for step in range(1, 5)]
    assert all(LINE.fullmatch(line) for line in lines), lines


def test_nothing_else_is_printed(llama_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watched(tmp_path, llama_folder, steps=1, probe_every=0, trl={"disable_tqdm": False})
    printed = capsys.readouterr()
    assert "'loss'" not in printed.out + printed.err
    assert "it/s]" not in printed.out.replace("examples/s]", "")


@pytest.mark.parametrize(
    ("logs", "said"),
    [
        ({"loss": 0.5, "grad_norm": 2.0}, "step 1,200/3,000: loss 0.500, gradient 2"),
        ({"reward": 0.25, "loss": 0.5, "seconds": 61.04}, "step 1,200/3,000: reward 0.250, 61.0 s"),
        (
            {"reward": 0.25, "context_selection/margin": float("nan"), "grad_norm": 12345.0, "grad_norm/policy": 1.0},
            "step 1,200/3,000: reward 0.250, gradient 1.23e+04",
        ),
        ({"probe/accuracy": 0.75, "probe/consistent": None}, "step 1,200/3,000: probe: right 0.750"),
    ],
)
def test_a_line_says_what_is_known(logs: dict[str, float], said: str) -> None:
    assert step_line(1200, 3000, logs) == said


def test_the_table_holds_all_that_was_logged(probed: Watched) -> None:
    rows = list(csv.DictReader(io.StringIO((probed.config.out / TABLE).read_text())))
    assert [row["step"] for row in rows] == ["0", "1", "2", "3", "4"]
    logged = {each["step"]: each for each in probed.trained.history if "loss" in each}
    for row in rows[1:]:
        assert float(row["context_selection/loss"]) == logged[int(row["step"])]["context_selection/loss"]
        assert float(row["seconds"]) > 0
        assert row["probe/accuracy"]
    assert (rows[0]["reward"], rows[0]["probe/accuracy"] != "") == ("", True)


def test_steps_stand_once_and_in_order() -> None:
    history = [{"step": 2, "a": 1}, {"step": 2, "b": 2}, {"step": 1, "a": 0}, {"step": 2, "train_runtime": 9}]
    assert table(steps(history)) == b"step,a,b\n1,0,\n2,1,2\n"


def test_the_supervised_phase_has_its_own(llama_folder: Path, tmp_path: Path) -> None:
    run = watched(tmp_path, llama_folder, objective="da_sft", sft_steps=2, steps=1, probe_every=0, accumulation=1)
    rows = list(csv.DictReader(io.StringIO((run.config.out / "supervised" / TABLE).read_text())))
    assert [row["step"] for row in rows] == ["1", "2"]
    assert [line[:14] for line in run.said if "loss" in line] == ["step 1/2: loss", "step 2/2: loss"]


def test_curves_are_drawn(probed: Watched, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra: pip install -e '.[curves]'")
    from PIL import Image

    (tmp_path / PICTURE).write_bytes(picture(steps(probed.trained.history)))
    with Image.open(tmp_path / PICTURE) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width > 500 < drawn.height
    assert (probed.config.out / PICTURE).is_file()


def test_without_matplotlib_a_run_says_once_what_draws_them(
    llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    run = watched(tmp_path, llama_folder, steps=2, probe_every=0)
    assert run.said.count(MISSING) == 1
    assert not (run.config.out / PICTURE).exists()
    assert (run.config.out / TABLE).is_file()
