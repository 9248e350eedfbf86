"""From which checkpoints a run goes on, and when it is finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.config import LoraOptions
from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.record import ResumeError
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.killed import killed_before
from tests.pipelines.train.runs import small


def files(folder: Path) -> dict[Path, int]:
    """When each file under a folder was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("steps", [2, 1])
def test_a_finished_run_is_finished(llama_folder: Path, tmp_path: Path, steps: int) -> None:
    first = train(small(tmp_path, llama_folder, steps=2), lambda _: None)
    written, said = files(tmp_path / "out"), list[str]()
    again = train(small(tmp_path, llama_folder, steps=steps, resume=True, pairs=str(tmp_path / "store")), said.append)
    assert (said, files(tmp_path / "out")) == (["finished at step 2: nothing left to do"], written)
    assert (again.checkpoint, again.record) == (first.checkpoint, {**first.record, "config": again.record["config"]})
    assert again.history == first.history[:2]


@pytest.mark.parametrize(
    ("lost", "said"),
    [(["optimizer.pt"], "no optimizer state"), (["optimizer.pt", "rng_state.pth"], "no optimizer and no random state")],
)
def test_a_run_does_not_go_on_without_its_states(
    llama_folder: Path, tmp_path: Path, lost: list[str], said: str
) -> None:
    config = small(tmp_path, llama_folder, steps=1)
    train(config, lambda _: None)
    for name in lost:
        (config.out / "checkpoint-1" / name).unlink()
    with pytest.raises(ResumeError, match=f"checkpoint-1 holds {said} .*resume=weights begins a new run"):
        train(config.model_copy(update={"steps": 2, "resume": True}), lambda _: None)


@pytest.mark.parametrize("lora", [None, LoraOptions(r=2)])
def test_a_new_run_begins_from_weights_alone(llama_folder: Path, tmp_path: Path, lora: LoraOptions | None) -> None:
    fields: dict[str, Any] = {"steps": 1, "lora": lora, "beta": 0.1, "trl": {"save_only_model": True}}
    config = small(tmp_path, llama_folder, **fields)
    first = train(config, lambda _: None)
    said: list[str] = []
    still = config.model_copy(update={"resume": "weights", "learning_rate": 1e-12})
    begun = train(still, said.append)
    assert said[0] == f"a new run at step 0 from the weights of {first.checkpoint}, in {config.out}/from-checkpoint-1"
    assert begun.checkpoint == config.out / "from-checkpoint-1" / "checkpoint-1"
    one, other = (load_model(str(each.checkpoint)).model.state_dict() for each in (first, begun))
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)
    assert begun.history[0]["kl"] == pytest.approx(0, abs=1e-6)
    with pytest.raises(ResumeError, match=r"holds checkpoint-1 of a run begun from these weights: model=.* out="):
        train(still, lambda _: None)


def test_one_that_saved_weights_alone_does_not_go_on(llama_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, llama_folder, steps=1, trl={"save_only_model": True})
    train(config, lambda _: None)
    whole = {name: value for name, value in config.trl.items() if name != "save_only_model"}
    with pytest.raises(ResumeError, match="checkpoint-1 holds no optimizer and no random state"):
        train(config.model_copy(update={"steps": 2, "resume": True, "trl": whole}), lambda _: None)


def test_there_must_be_weights_to_begin_from(llama_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ResumeError, match="holds no whole checkpoint to begin from"):
        train(small(tmp_path, llama_folder, resume="weights"), lambda _: None)


@pytest.mark.slow
def test_a_run_killed_while_it_saves_goes_on_to_the_same_weights(llama_folder: Path, tmp_path: Path) -> None:
    """Killed at several moments of saving, resumed each time: as if never stopped, to the last bit."""
    fields: dict[str, Any] = {"steps": 3, "save_every": 1, "accumulation": 2}
    whole = train(small(tmp_path, llama_folder, out=tmp_path / "whole", **fields), lambda _: None)
    parts = small(tmp_path, llama_folder, out=tmp_path / "parts", pairs=str(tmp_path / "store"), **fields)
    for name, step in [("_save", 1), ("_save_optimizer_and_scheduler", 2), ("_save_rng_state", 2)]:
        killed_before(parts, "Trainer", name, step)
        parts = parts.model_copy(update={"resume": True})
    killed_before(parts, "TrainerState", "save_to_json", 3)
    resumed = train(parts, lambda _: None)
    one, other = (load_model(str(each.checkpoint)).model.state_dict() for each in (whole, resumed))
    assert all(torch.equal(one[name], other[name]) for name in one)
