"""How strong either term's gradient is, measured at one weight where that costs next to nothing.

Both terms share one backward pass and one gradient, so neither's norm over all weights is ever there. At the last
weight before the output layer the pairs' part is had by a backward pass through that layer alone; the rest of the
weight's gradient is GRPO's.
"""

from __future__ import annotations

from typing import Any

import torch
from accelerate.utils import DistributedType
from torch import Tensor

WHOLE = (DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU)
"""Where every process holds weights and gradients whole."""


class TermNorms:
    """The pairs' part of one weight's gradient over the micro-steps of an optimizer step."""

    def __init__(self, weight: Tensor, accelerator: Any) -> None:
        """Args: weight: that is looked at. accelerator: of the run."""
        self._weight, self._accelerator = weight, accelerator
        self._of_pairs: Tensor | None = None

    def note(self, loss: Tensor) -> None:
        """The pairs' loss of a micro-step, before its backward pass; the graph stays."""
        (gradient,) = torch.autograd.grad(loss, [self._weight], retain_graph=True, allow_unused=True)
        if gradient is not None:
            self._of_pairs = gradient if self._of_pairs is None else self._of_pairs + gradient

    def taken(self) -> dict[str, float]:
        """Norms of either term's gradient at the weight; after a step's last backward pass, before it is clipped."""
        own, self._of_pairs = self._of_pairs, None
        of_pairs = self._accelerator.reduce(torch.zeros_like(self._weight) if own is None else own, reduction="mean")
        whole = of_pairs if self._weight.grad is None else self._weight.grad
        return {"policy": float((whole - of_pairs).norm()), "selection": float(of_pairs.norm())}


def term_norms(model: Any, accelerator: Any, reentrant: bool) -> TermNorms | None:
    """Norms of the terms of a run; None where weights are sharded, gradients scaled, or checkpoints forbid it.

    Args:
        model: that is trained, bare or with an adapter.
        accelerator: of the run.
        reentrant: whether gradient checkpointing is of the kind that takes no gradient of single weights.
    """
    if accelerator.distributed_type not in WHOLE or accelerator.scaler is not None or reentrant:
        return None
    output = model.get_output_embeddings()
    trained = [
        each for each in model.parameters() if each.requires_grad and each is not getattr(output, "weight", None)
    ]
    return TermNorms(trained[-1], accelerator) if trained else None
