"""No step is taken, and no weight saved, that is no number; a run that stops for it says where and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train import selection, supervised
from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.ending import RunEndedError
from contextpairs.pipelines.train.finite import FiniteTrainer
from contextpairs.pipelines.train.run import train
from contextpairs.pipelines.train.trainer import ContextTrainer
from tests.pipelines.train.context_selection.tiny_models import torch, transformers
from tests.pipelines.train.runs import small

ALL = "the loss, the norm of the gradient"


def spoiled(compute: Callable[..., Any], call: int, spoil: Callable[[Any], Any]) -> Callable[..., Any]:
    """A function whose result is spoiled at one of its calls, counted from 1."""
    calls = iter(range(1, 1000))

    def other(*given: Any, **named: Any) -> Any:
        found = compute(*given, **named)
        return spoil(found) if next(calls) == call else found

    return other


def unknown(loss: Any) -> Any:
    return loss * math.nan


def with_infinite_gradient(loss: Any) -> Any:
    loss.register_hook(lambda slope: slope * math.inf)
    return loss


def of_first(found: Any) -> Any:
    return (found[0] * math.nan, *found[1:])


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Weights of the model when its run was ended."""
    weights: dict[str, Any] = {}
    end = FiniteTrainer._end

    def noting(trainer: Any, what: str) -> None:
        weights.update({name: each.detach().clone() for name, each in trainer.model.state_dict().items()})
        end(trainer, what)

    monkeypatch.setattr(FiniteTrainer, "_end", noting)
    return weights


@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize(
    ("where", "name", "spoil", "said"),
    [
        (selection, "selection_loss", unknown, f"the context-selection loss, {ALL}"),
        (selection, "selection_loss", with_infinite_gradient, "the norm of the gradient"),
        (ContextTrainer, "_get_per_token_logps_and_entropies", of_first, f"GRPO's loss, {ALL}"),
    ],
)
def test_a_term_that_is_no_number_ends_the_run_before_the_step(
    llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: dict[str, Any],
    where: Any, name: str, spoil: Any, said: str, accumulation: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(where, name, spoiled(getattr(where, name), accumulation + 1, spoil))
    config = small(tmp_path, llama_folder, steps=2, save_every=1, accumulation=accumulation)
    with pytest.raises(RunEndedError, match=rf"^step 2 was not taken, for not finite are: {said}; .*out/checkpoint-1 "):
        train(config, lambda _: None)
    stored = load_model(str(config.out / "checkpoint-1")).model.state_dict()
    assert all(torch.equal(stored[each], left[each]) for each in stored)
    assert not (config.out / "checkpoint-2").exists()


def test_so_does_one_of_the_supervised_phase(
    llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: dict[str, Any]
) -> None:
    name = "letter_loss"
    monkeypatch.setattr(supervised, name, spoiled(getattr(supervised, name), 1, unknown))
    config = small(tmp_path, llama_folder, objective="da_sft", sft_steps=2)
    with pytest.raises(RunEndedError, match=rf"^step 1 was not taken, for not finite are: {ALL}; there is no"):
        train(config, lambda _: None)
    begun = load_model(str(llama_folder)).model.state_dict()
    assert all(torch.equal(begun[each], left[each]) for each in begun)


@pytest.mark.parametrize(
    ("steps", "said"), [(1, "after step 1, before saving: weights are not"), (2, "after step 1: weights are not")]
)
def test_weights_that_are_no_numbers_are_not_saved(llama_folder: Path, tmp_path: Path, steps: int, said: str) -> None:
    config = small(tmp_path, llama_folder, steps=steps, learning_rate=1e39)
    with pytest.raises(RunEndedError, match=said):
        train(config, lambda _: None)
    assert not list(config.out.glob("checkpoint-*"))


def test_a_sampler_without_probabilities_is_explained(llama_folder: Path, tmp_path: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(llama_folder)
    with torch.no_grad():
        model.lm_head.weight.sign_().mul_(3e38)
    model.save_pretrained(tmp_path / "steep")
    transformers.AutoTokenizer.from_pretrained(llama_folder).save_pretrained(tmp_path / "steep")
    with pytest.raises(RunEndedError, match=r"replies of step 1: the model's probabilities are not finite"):
        train(small(tmp_path, tmp_path / "steep", objective="grpo"), lambda _: None)


def test_a_scaler_may_look_for_its_scale_for_ten_steps(
    llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflowing(trainer: Any, model: Any, grad_norm: Any = None) -> float:
        del model, grad_norm
        trainer.accelerator.scaler = torch.amp.GradScaler("cpu", enabled=False)
        return math.inf

    monkeypatch.setattr(transformers.Trainer, "_get_grad_norm", overflowing)
    config = small(tmp_path, llama_folder, objective="da_sft", sft_steps=12, pair_batch=1)
    with pytest.raises(RunEndedError, match="step 10 was not taken, for not finite are: the norm of the gradient"):
        train(config, lambda _: None)


def test_a_checkpoint_with_such_weights_is_passed_over(llama_folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    config = small(tmp_path, llama_folder, steps=2, save_every=1)
    train(config, lambda _: None)
    file = config.out / "checkpoint-2" / "model.safetensors"
    weights = load_file(file)
    weights["lm_head.weight"][0, 0] = math.nan
    save_file(weights, file, {"format": "pt"})
    said: list[str] = []
    resumed = train(config.model_copy(update={"resume": True}), said.append)
    assert said[0] == f"warning: {file.parent} is passed over: {file.name} holds weights that are not finite"
    assert [each["step"] for each in resumed.history if "loss" in each] == [1, 2]
    assert torch.isfinite(load_file(file)["lm_head.weight"]).all()
