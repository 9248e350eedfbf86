"""A run whose steps are rounded away says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.config import LoraOptions
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.runs import small

from contextpairs.pipelines.train.rounding import moved_share  # isort: skip


@pytest.mark.parametrize(("dtype", "share"), [("float32", 1.0), ("bfloat16", 0.25)])
def test_the_share_that_moves_is_that_of_weights_near_the_rate(dtype: str, share: float) -> None:
    layer = torch.nn.Linear(4, 1, bias=False)
    with torch.no_grad():
        layer.weight[:] = torch.tensor([[1e-4, 1e-2, 0.1, 1.0]])
    assert moved_share(layer.to(getattr(torch, dtype)), 1e-6) == share


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"dtype": "bfloat16"}, True),
        ({"dtype": "bfloat16", "learning_rate": 1e-3}, False),
        ({"dtype": "bfloat16", "lora": LoraOptions(r=2)}, False),
        ({"dtype": "float32"}, False),
    ],
)
def test_a_run_that_hardly_moves_says_so(
    llama_folder: Path, tmp_path: Path, fields: dict[str, Any], told: bool
) -> None:
    said: list[str] = []
    train(small(tmp_path, llama_folder, **{"steps": 1, "learning_rate": 1e-6, **fields}), said.append)
    warned = [each for each in said if each.startswith("warning: a step of learning_rate=1e-06 changes")]
    assert bool(warned) is told
