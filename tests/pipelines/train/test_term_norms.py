"""Norms of either term's gradient at the last weight, beside gradients that were computed apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from contextpairs.pipelines.train.config import LoraOptions
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.reference import DESCENT, selection_gradient, step_taken
from tests.pipelines.train.runs import small
from tests.pipelines.train.test_gradient import one_step

LAST = "model.norm.weight"


@pytest.mark.parametrize("accumulation", [1, 4])
def test_they_are_those_of_the_terms_alone(llama_folder: Path, tmp_path: Path, accumulation: int) -> None:
    _, policy, _ = one_step(tmp_path, llama_folder, "grpo", objective="grpo", accumulation=accumulation)
    config, _, logged = one_step(
        tmp_path, llama_folder, "joint", coefficient=0.3, accumulation=accumulation, pairs=str(tmp_path / "store")
    )
    _, selection = selection_gradient(config)
    assert logged["grad_norm/policy"] == pytest.approx(float(policy[LAST].norm()), rel=1e-3)
    assert logged["grad_norm/selection"] == pytest.approx(float(selection[LAST].norm()), rel=1e-4)


def test_clipping_does_not_touch_them(llama_folder: Path, tmp_path: Path) -> None:
    free = train(small(tmp_path, llama_folder, steps=1, trl=DESCENT), lambda _: None).history[0]
    clipped = {"out": tmp_path / "clipped", "pairs": str(tmp_path / "store"), "trl": {**DESCENT, "max_grad_norm": 1e-3}}
    bound = train(small(tmp_path, llama_folder, steps=1, **clipped), lambda _: None)
    for name in ("grad_norm/policy", "grad_norm/selection"):
        assert bound.history[0][name] == pytest.approx(free[name], rel=1e-5)
    taken = step_taken(llama_folder, bound.checkpoint)
    assert float(sum(each.square().sum() for each in taken.values())) ** 0.5 < 1e-5


def test_an_adapter_has_them(llama_folder: Path, tmp_path: Path) -> None:
    logged = train(small(tmp_path, llama_folder, steps=1, lora=LoraOptions(r=2)), lambda _: None).history[0]
    assert logged["grad_norm/policy"] > 0
    assert logged["grad_norm/selection"] > 0


def test_grpo_alone_has_none(llama_folder: Path, tmp_path: Path) -> None:
    logged = train(small(tmp_path, llama_folder, steps=1, objective="grpo"), lambda _: None).history[0]
    assert not any(name.startswith("grad_norm/") for name in logged)
