"""What trackers are told of a run, and what is said where one is not there."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from contextpairs.pipelines.cli.main import app
from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.arguments import grpo_arguments
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.tracking import EXTRA
from tests.pipelines.train.runs import REWARD, text_tasks
from tests.pipelines.train.watched import watched


@pytest.mark.parametrize("name", EXTRA)
def test_a_tracker_that_is_not_installed_is_told_in_one_line(llama_folder: Path, tmp_path: Path, name: str) -> None:
    if find_spec(name):
        pytest.skip(f"{name} is installed here")
    given = [f"model={llama_folder}", f"tasks={text_tasks(tmp_path)}", f"reward=[{REWARD}]", "objective=grpo",
             f"out={tmp_path / 'out'}", "trl.use_cpu=true", f"trl.report_to={name}"]  # fmt: skip
    result = CliRunner().invoke(app, ["train", *given])
    assert (result.exit_code, result.output) == (
        2,
        f"error: trl: report_to={name} needs the package {name}, which is not installed: pip install -e '.[track]', "
        "or leave the field out\n",
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("weights", "report_to=weights: there is no such tracker; expected none, all or some of"),
        (["none", "comet_ml"], "report_to=comet_ml needs the package comet_ml, .*: pip install comet_ml, or leave"),
    ],
)
def test_so_are_others_and_unknown_ones(asked: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        grpo_arguments(TrainConfig(trl={"use_cpu": True, "report_to": asked}))


def test_arguments_hold_what_is_ours() -> None:
    arguments: Any = grpo_arguments(TrainConfig(coefficient=0.5, clip=3.0, pair_batch=6, trl={"use_cpu": True}))
    said = arguments.to_dict()["context_selection"]
    assert (said["coefficient"], said["clip"], said["pair_batch"], said["objective"]) == (0.5, 3.0, 6, "contextrl")
    assert json.loads(arguments.to_json_string())["context_selection"] == said


@pytest.mark.slow
def test_tensorboard_is_told(llama_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="trackers need the extra: pip install -e '.[track]'")
    from tensorboard.backend.event_processing.event_accumulator import (  # type: ignore[import-not-found,unused-ignore]
        EventAccumulator,
    )

    run = watched(tmp_path, llama_folder, steps=2, coefficient=0.75, trl={"report_to": "tensorboard"})
    folder = next(path.parent for path in run.config.out.rglob("events.out.tfevents.*"))
    events = EventAccumulator(str(folder), {"tensors": 0, "scalars": 0}).Reload()
    text = events.Tensors("args/text_summary")[0].tensor_proto.string_val[0].decode()
    assert json.loads(text)["context_selection"]["coefficient"] == 0.75
    assert {"train/probe/accuracy", "train/grad_norm/policy", "train/seconds"} <= set(events.Tags()["scalars"])


@pytest.mark.slow
def test_wandb_is_told(llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="trackers need the extra: pip install -e '.[track]'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    watched(tmp_path, llama_folder, steps=1, coefficient=0.75, trl={"report_to": "wandb"})
    import wandb  # type: ignore[import-not-found,unused-ignore]

    said = wandb.run.config["context_selection"]
    wandb.finish()
    assert (said["coefficient"], said["clip"], said["pair_batch"]) == (0.75, 5.0, 4)
