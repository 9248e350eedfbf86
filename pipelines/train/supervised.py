"""The supervised phase of the baseline DA-SFT: the letter of the positive as the next token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.utils.data import Dataset, SequentialSampler

from contextpairs.pipelines.train.context_selection.encoding import Encoded
from contextpairs.pipelines.train.context_selection.loss import letter_loss
from contextpairs.pipelines.train.context_selection.scoring import last_logits, positives
from contextpairs.pipelines.train.finite import LOSS, FiniteTrainer
from contextpairs.pipelines.train.pairs import TrainPairs
from contextpairs.pipelines.train.saving import RecordingTrainer, RecordWriter


class DrawnPairs(Dataset[Encoded]):
    """The first items of a sequence of pairs, read when they are asked for."""

    def __init__(self, pairs: TrainPairs, count: int) -> None:
        self._pairs, self._count, self._sequence = pairs, count, pairs.sequence

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int) -> Encoded:
        return self.__getitems__([place])[0]

    def __getitems__(self, places: Sequence[int]) -> list[Encoded]:
        return self._pairs.encoded([self._sequence.items(place, 1)[0] for place in places])


class LetterTrainer(FiniteTrainer, RecordingTrainer):
    """Minimizes the cross-entropy of the letters, one batch of pairs an optimizer step."""

    loss_is_scaled_for_ga = False

    def __init__(self, pairs: TrainPairs, *, write_record: RecordWriter, **named: Any) -> None:
        """Set up.

        Args:
            pairs: trained on in their sequence.
            write_record: called with the folder of each checkpoint and its step.
            named: of Trainer.
        """
        super().__init__(data_collator=self._batch, **named)
        self._pairs, self.write_record = pairs, write_record

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean over the pairs of a micro-step."""
        del return_outputs, num_items_in_batch
        positive = inputs.pop("positive")
        with self.accelerator.autocast():
            logits = last_logits(model, inputs)
        loss = letter_loss(logits, self._pairs.letters, positive).mean()
        self.term_check.note(LOSS, loss)
        return loss

    def _batch(self, encoded: list[Encoded]) -> dict[str, Tensor]:
        return {**self._pairs.encoder.collate(encoded), "positive": positives(encoded)}

    def _get_train_sampler(self, train_dataset: Any = None) -> SequentialSampler:
        dataset: Any = self.train_dataset if train_dataset is None else train_dataset
        return SequentialSampler(dataset)
