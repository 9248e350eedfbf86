"""TRL's GRPO trainer with the context-selection loss added to its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor
from trl.trainer.grpo_trainer import GRPOTrainer

from contextpairs.pipelines.train.context_selection.positions import place_tokens
from contextpairs.pipelines.train.ending import RunEndedError
from contextpairs.pipelines.train.finite import LOSS, FiniteTrainer
from contextpairs.pipelines.train.rewards import DeadSteps, check_rewards, groups_without_variance
from contextpairs.pipelines.train.saving import RecordingTrainer, RecordWriter
from contextpairs.pipelines.train.selection import SelectionTerm, Share, Spot
from contextpairs.pipelines.train.term_norms import term_norms

POLICY, SELECTION = "GRPO's loss", "the context-selection loss"


class ContextTrainer(FiniteTrainer, RecordingTrainer, GRPOTrainer):
    """Minimizes L_GRPO + lambda * mean(L_CA), the mean over one batch of pairs for every optimizer step.

    That holds whatever the number of micro-steps and processes, and however often GRPO uses its completions. The pairs
    run in the trainer's mode and precision: where the model has dropout, it is on for them as for the completions.
    """

    terms = (POLICY, SELECTION, LOSS)

    def __init__(
        self,
        *arguments: Any,
        selection: SelectionTerm | None = None,
        write_record: RecordWriter,
        dead_steps: DeadSteps | None = None,
        **named: Any,
    ) -> None:
        """Set up.

        Args:
            arguments: of GRPOTrainer.
            selection: the term; None for GRPO alone.
            write_record: called with the folder of each checkpoint and its step, once, by the process that saves.
            dead_steps: counts steps in which rewards move nothing.
            named: of GRPOTrainer.
        """
        super().__init__(*arguments, **named)
        if self.ref_model is not None:
            place_tokens(self.accelerator.unwrap_model(self.ref_model))
        self._selection, self.write_record = selection, write_record
        self._dead_steps = dead_steps or DeadSteps(0, print)
        self._at, self._micro = -1, 0
        self._sums: Tensor | None = None
        checkpointing: Any = self.args.gradient_checkpointing_kwargs or {}
        reentrant = bool(checkpointing.get("use_reentrant"))
        self._term_norms = selection and term_norms(self.model, self.accelerator, reentrant)

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """GRPO's loss of a micro-step, and what of the pairs falls on it. In evaluation GRPO's alone."""
        policy = partial(super().compute_loss, model, inputs, return_outputs, num_items_in_batch)
        if not model.training:
            return policy()
        noted = partial(self._noted, POLICY, policy)
        if self._selection is None:
            return noted()
        return self._noted(LOSS, partial(self._joint_loss, noted, model, self._selection, self._spot()))

    def _noted(self, term: str, compute: Callable[[], Tensor]) -> Tensor:
        loss = compute()
        self.term_check.note(term, loss)
        return loss

    def _joint_loss(self, policy: Callable[[], Tensor], model: Any, term: SelectionTerm, spot: Spot) -> Tensor:
        share = term.share(spot)
        if share is None:
            return policy()
        selection = partial(self._noted, SELECTION, partial(self._selection_loss, model, term, share, spot))
        tasks: Any = self.train_dataset
        tasks_see = bool({"images", "image"} & set(tasks.column_names))
        first, last = (policy, selection) if term.goes_last(tasks_see) else (selection, policy)
        loss = first() + last()
        if spot.micro == spot.micros - 1:
            self._log_selection(term)
        return loss

    def _selection_loss(self, model: Any, term: SelectionTerm, share: Share, spot: Spot) -> Tensor:
        with self.accelerator.autocast():
            loss, sums = term.loss(model, share, spot, self.accelerator.device)
        if self._term_norms:
            self._term_norms.note(loss)
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

    @property
    def _trains(self) -> bool:
        model: Any = self.model
        return bool(model.training)

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        """Weights that are no numbers would end this in an error of the sampler's, which names no cause."""
        if self._trains:
            self.check_weights(f"after step {self.state.global_step}")
        try:
            return super()._generate_and_score_completions(inputs)
        except RuntimeError as error:
            if "probability tensor" not in str(error):
                raise
            when = f"replies of step {self.state.global_step + 1}"
            raise RunEndedError(
                f"{when}: the model's probabilities are not finite, though its weights are; {self.where_to_go_on()}"
            ) from error

    def _calculate_rewards(self, inputs: Any, *given: Any, **named: Any) -> Tensor:
        """Rewards of all processes, [completions, functions]; not a number where a function gave none."""
        rewards: Tensor = super()._calculate_rewards(inputs, *given, **named)
        check_rewards(rewards, self.reward_func_names, inputs, self.accelerator.gather)
        if self._trains:
            weighted = rewards * self.reward_weights.to(rewards.device)
            self._dead_steps.found(bool(groups_without_variance(weighted, self.num_generations or 1).all()))
        return rewards

    def _clip_grad_norm(self, model: Any) -> Any:
        self._log_term_norms()
        return super()._clip_grad_norm(model)  # type: ignore[no-untyped-call]

    def _log_term_norms(self) -> None:
        if self._term_norms:
            for term, norm in self._term_norms.taken().items():
                self._metrics["train"][f"grad_norm/{term}"].append(norm)

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        if grad_norm is None:  # nothing was clipped
            self._log_term_norms()
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        self._metrics["train"]["dead_step"].append(float(self._dead_steps.dead))
        self._dead_steps.count(self.state.global_step + 1, idle=not self._moved_otherwise())
        return norm

    def _moved_otherwise(self) -> bool:
        """Whether something besides the rewards has a gradient."""
        pairs = self._selection is not None and self._selection.coefficient > 0
        return bool(pairs or self.beta or self._entropy_bonus_enabled or self.aux_loss_enabled)
