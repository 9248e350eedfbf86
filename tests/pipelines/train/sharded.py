"""Three steps on batches of pairs, by one process or by several that hold a part of every weight each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.finite import TermCheck
from contextpairs.pipelines.train.pairs import open_pairs
from contextpairs.pipelines.train.selection import SelectionTerm, Spot

CPU = torch.device("cpu")
STEPS = 3


def after_three_steps(config: TrainConfig, rank: int = 0, world: int = 1) -> dict[str, Any]:
    """Whole weights, by name. Gradients are clipped by their common norm, then Adam takes the step.

    In doubles: Adam makes whole steps of gradients that are nothing but rounding.
    """
    loaded = load_model(config.model)
    term = SelectionTerm(open_pairs(config, loaded.processor, config.max_length))
    model = loaded.model.double().train()
    if world > 1:
        _shard(model, world)
    check = TermCheck(("pairs",), CPU)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate)
    for step in range(STEPS):
        for micro in range(config.accumulation):
            spot = Spot(step, micro, config.accumulation, rank, world)
            share = term.share(spot)
            if share is not None:
                loss, _ = term.loss(model, share, spot, CPU)
                check.note("pairs", loss)
                loss.backward()  # type: ignore[no-untyped-call]
        gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
        norm = get_total_norm(gradients)
        assert not check.taken(norm).any()
        clip_grads_with_norm_(model.parameters(), 0.1, norm)
        optimizer.step()
        optimizer.zero_grad()
    return {name: _whole(weight) for name, weight in model.named_parameters()}


def _shard(model: Any, world: int) -> None:
    """As accelerate does it: layer by layer, then what is left."""
    mesh = init_device_mesh("cpu", (world,))
    for layer in model.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    assert all(isinstance(weight, DTensor) for weight in model.parameters())


def _whole(weight: Any) -> torch.Tensor:
    whole: torch.Tensor = weight.full_tensor() if isinstance(weight, DTensor) else weight
    return whole.detach().clone()


def main(settings: Path, target: Path) -> None:
    """Run as each of several processes; the first writes the weights."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    config = TrainConfig.model_validate_json(settings.read_text())
    weights = after_three_steps(config, dist.get_rank(), dist.get_world_size())
    if dist.get_rank() == 0:
        torch.save(weights, target)
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
