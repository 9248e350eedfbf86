"""Trainers that take no step, and save no weights, that are not numbers."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm
from transformers import Trainer

from contextpairs.pipelines.train.checkpoints import newest_said
from contextpairs.pipelines.train.ending import RunEndedError

NORM = "the norm of the gradient"
LOSS = "the loss"
SKIPS = 10
"""Steps in a row that the scaler of fp16 may skip while it looks for its scale."""


class TermCheck:
    """What of an optimizer step is not finite: each term of its loss over all micro-steps, then the gradient's norm."""

    def __init__(self, terms: tuple[str, ...], device: torch.device) -> None:
        """Args: terms: what `note` is told of, the same in every process. device: of the losses."""
        self._terms, self._device = terms, device
        self._broken = self._none()

    def note(self, term: str, loss: Tensor) -> None:
        """A term's loss in a micro-step; nothing waits for the device."""
        self._broken[self._terms.index(term)] |= ~torch.isfinite(loss.detach()).all()

    def taken(self, norm: Any) -> Tensor:
        """1 for each term that was not finite in this process since the last call, and for the norm: [terms + 1]."""
        known = 0.0 if norm is None else _full(norm)  # an engine may keep it to itself
        of_norm = ~torch.isfinite(torch.as_tensor(known, device=self._device)).reshape(1)
        broken, self._broken = torch.cat([self._broken, of_norm]).float(), self._none()
        return broken

    def _none(self) -> Tensor:
        return torch.zeros(len(self._terms), dtype=torch.bool, device=self._device)


class FiniteTrainer(Trainer):
    """Ends a run before a step whose loss, terms or gradient are not finite, in all processes alike.

    Under fp16 a scaler skips such steps while it looks for its scale; there the tenth in a row ends the run.
    """

    terms: tuple[str, ...] = (LOSS,)
    """What `term_check.note` is told of."""
    _skipped = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Set up as Trainer is. Raises ImportError where transformers would never ask for the check."""
        if not hasattr(Trainer, "_get_grad_norm"):
            raise ImportError("this transformers is too old for the check of each step; install a later 5.x")
        super().__init__(*arguments, **named)

    @cached_property
    def term_check(self) -> TermCheck:
        """To be told of every term of a micro-step."""
        return TermCheck(self.terms, self.accelerator.device)

    def check_weights(self, when: str) -> None:
        """Raise RunEndedError where a weight that is trained is not finite; `when` says at which time."""
        model: Any = self.model
        trained = [each.detach() for each in model.parameters() if each.requires_grad and each.numel()]
        broken = ~torch.isfinite(_full(get_total_norm(trained, norm_type=float("inf"))))
        if bool(self.accelerator.reduce(broken.float().to(self.accelerator.device), reduction="sum")):
            self._end(f"{when}: weights are not finite, and were not saved")

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Called once an optimizer step, after the last backward pass and before the optimizer."""
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)  # type: ignore[no-untyped-call]
        broken = self.accelerator.reduce(self.term_check.taken(norm), reduction="sum").tolist()
        named = [name for name, count in zip((*self.terms, NORM), broken, strict=True) if count]
        self._skipped = self._skipped + 1 if named else 0
        if named and (self.accelerator.scaler is None or self._skipped >= SKIPS):
            self._end(f"step {self.state.global_step + 1} was not taken, for not finite are: {', '.join(named)}")
        return norm

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        self.check_weights(f"after step {self.state.global_step}, before saving")
        super()._save_checkpoint(model, trial)

    def _end(self, what: str) -> None:
        raise RunEndedError(f"{what}; {self.where_to_go_on()}")

    def where_to_go_on(self) -> str:
        """The last whole checkpoint, and what might help."""
        last = newest_said(Path(str(self.args.output_dir)))
        return f"{last}. A lower learning_rate, or trl.max_grad_norm, may keep it from happening again"


def _full(norm: Any) -> Any:
    """A norm over sharded weights as one of a process's own."""
    return norm.full_tensor() if hasattr(norm, "full_tensor") else norm
