"""TRL's GRPO trainer with the context-selection loss added to its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor
from trl.trainer.grpo_trainer import GRPOTrainer

from contextpairs.pipelines.train.context_selection.positions import place_tokens
from contextpairs.pipelines.train.selection import SelectionTerm, Share, Spot

RecordWriter = Callable[[Path, int], None]


class ContextTrainer(GRPOTrainer):
    """Minimizes L_GRPO + lambda * mean(L_CA), the mean over one batch of pairs for every optimizer step.

    That holds whatever the number of micro-steps and processes, and however often GRPO uses its completions. The pairs
    run in the trainer's mode and precision: where the model has dropout, it is on for them as for the completions.
    """

    def __init__(
        self, *arguments: Any, selection: SelectionTerm | None = None, write_record: RecordWriter, **named: Any
    ) -> None:
        """Set up.

        Args:
            arguments: of GRPOTrainer.
            selection: the term; None for GRPO alone.
            write_record: called with the folder of each checkpoint and its step, once, by the process that saves.
            named: of GRPOTrainer.
        """
        super().__init__(*arguments, **named)
        if self.ref_model is not None:
            place_tokens(self.accelerator.unwrap_model(self.ref_model))
        self._selection, self._write_record = selection, write_record
        self._at, self._micro = -1, 0
        self._sums: Tensor | None = None

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """GRPO's loss of a micro-step, and what of the pairs falls on it. In evaluation GRPO's alone."""
        policy = partial(super().compute_loss, model, inputs, return_outputs, num_items_in_batch)
        if self._selection is None or not model.training:
            return policy()
        return self._joint_loss(policy, model, self._selection, self._spot())

    def _joint_loss(self, policy: Callable[[], Tensor], model: Any, term: SelectionTerm, spot: Spot) -> Tensor:
        share = term.share(spot)
        if share is None:
            return policy()
        selection = partial(self._selection_loss, model, term, share, spot)
        # Of two passes before one backward pass, DDP asks only the last which weights stay unused, so the one that may
        # run the vision tower comes last.
        first, last = (policy, selection) if share.sees else (selection, policy)
        loss = first() + last()
        if spot.micro == spot.micros - 1:
            self._log_selection(term)
        return loss

    def _selection_loss(self, model: Any, term: SelectionTerm, share: Share, spot: Spot) -> Tensor:
        with self.accelerator.autocast():
            loss, sums = term.loss(model, share, spot, self.accelerator.device)
        self._sums = sums if self._sums is None else self._sums + sums
        return loss

    def _spot(self) -> Spot:
        """A new optimizer step begins where the trainer's count of them has moved."""
        step = self.state.global_step
        self._at, self._micro = step, self._micro + 1 if step == self._at else 0
        micros = self.current_gradient_accumulation_steps
        return Spot(step, self._micro, micros, self.accelerator.process_index, self.accelerator.num_processes)

    def _log_selection(self, term: SelectionTerm) -> None:
        sums = self.accelerator.reduce(self._sums, reduction="sum")
        for name, value in term.figures(sums).items():
            self._metrics["train"][f"context_selection/{name}"].append(value)
        self._sums = None

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        super()._save(output_dir, state_dict)
        self._write_record(Path(output_dir or str(self.args.output_dir)), self.state.global_step)
