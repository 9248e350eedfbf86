"""How much of a step survives the rounding of weights in few bits."""

from __future__ import annotations

from typing import Any

SAMPLE = 10_000
"""Weights of a tensor that are looked at, at most."""
ENOUGH = 0.5
"""Share of the weights below which a run is told."""


def moved_share(model: Any, rate: float) -> float:
    """Share of the weights that a step as large as the learning rate, which Adam's are about, changes at all.

    Args:
        model: of transformers.
        rate: the learning rate.
    """
    moved = total = 0.0
    for weight in model.parameters():
        some = weight.detach().flatten()[:: -(-weight.numel() // SAMPLE) or 1]
        moved += weight.numel() * float(((some - rate) != some).float().mean())
        total += weight.numel()
    return moved / total


def rounding_warning(model: Any, rate: float) -> str | None:
    """What to know of a model whose weights hardly move at a rate; None where they do."""
    share = moved_share(model, rate)
    if share >= ENOUGH:
        return None
    return (
        f"warning: a step of learning_rate={rate:g} changes {100 * share:.1f} % of these weights, the others round it "
        "away (dtype=bfloat16); take dtype=float32, with which passes on a GPU run in bfloat16 too, or lora.r=16"
    )
