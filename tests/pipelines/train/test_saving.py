"""What stands in a checkpoint, and what happens where one cannot be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.ending import RunEndedError
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.context_selection.tiny_models import torch, transformers
from tests.pipelines.train.runs import small


def test_no_token_of_the_hub_is_in_a_checkpoint(llama_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, llama_folder, objective="da_sft", sft_steps=1, steps=1, trl={"hub_token": "hf_private"})
    train(config, lambda _: None)
    files = [path for path in config.out.rglob("*") if path.is_file()]
    assert {path.name for path in files} > {"training_args.bin", "contextpairs.json"}
    assert not [path for path in files if b"hf_private" in path.read_bytes()]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), RuntimeError("PytorchStreamWriter failed writing file data/0")]
)
def test_a_full_disk_ends_a_run_that_then_goes_on_as_if_it_had_not(
    llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    fields: dict[str, Any] = {"steps": 3, "save_every": 1}
    whole = train(small(tmp_path, llama_folder, out=tmp_path / "whole", **fields), lambda _: None)
    config = small(tmp_path, llama_folder, pairs=str(tmp_path / "store"), **fields)
    save = transformers.Trainer._save_rng_state

    def full(trainer: Any, folder: str) -> None:
        if trainer.state.global_step == 2:
            raise error
        save(trainer, folder)

    monkeypatch.setattr(transformers.Trainer, "_save_rng_state", full)
    said = (
        rf"the checkpoint of step 2 could not be written to .*{error.args[-1]}.* is .*out/checkpoint-1 \(resume=true\)"
    )
    with pytest.raises(RunEndedError, match=said):
        train(config, lambda _: None)
    monkeypatch.setattr(transformers.Trainer, "_save_rng_state", save)
    resumed = train(config.model_copy(update={"resume": True}), lambda _: None)
    one, other = (load_model(str(each.checkpoint)).model.state_dict() for each in (whole, resumed))
    assert all(torch.equal(one[name], other[name]) for name in one)
