"""Weights cut over several processes: accelerate's FSDP does not run on a CPU, so torch's own does it here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contextpairs.pipelines.train.context_selection.loading import load_model
from tests.import_graph import ROOT
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.runs import small
from tests.pipelines.train.test_gradient import PATHS, TORCHRUN


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "accumulation"), [(4, 1), (5, 2)])
def test_weights_in_two_parts_take_the_steps_of_whole_ones(
    llama_folder: Path, tmp_path: Path, batch: int, accumulation: int
) -> None:
    from tests.pipelines.train.sharded import after_three_steps

    config = small(tmp_path, llama_folder, pair_batch=batch, accumulation=accumulation)
    settings, target = tmp_path / "config.json", tmp_path / "weights.pt"
    settings.write_text(config.model_dump_json())
    done = subprocess.run(
        [sys.executable, "-m", *TORCHRUN, "-m", "tests.pipelines.train.sharded", str(settings), str(target)],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": PATHS},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    cut, whole = torch.load(target, weights_only=True), after_three_steps(config)
    assert cut.keys() == whole.keys()
    for name, weight in whole.items():
        assert float((cut[name] - weight).abs().max()) < 1e-6, name
    begun = load_model(str(llama_folder)).model.get_parameter("lm_head.weight")
    assert float((begun.detach() - whole["lm_head.weight"]).abs().max()) > 1e-3
