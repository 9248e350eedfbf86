"""The context-selection term of an optimizer step: which pairs a process takes in a micro-step, and their loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from contextpairs.data.pairs.schemas import LETTERS
from contextpairs.pipelines.train.context_selection.encoding import Encoded
from contextpairs.pipelines.train.context_selection.letters import Letters
from contextpairs.pipelines.train.context_selection.loss import (
    accuracy,
    dead_right,
    dead_wrong,
    letter_mass,
    margins,
    selection_loss,
)
from contextpairs.pipelines.train.context_selection.scoring import last_logits, positives
from contextpairs.pipelines.train.pairs import TrainPairs

FIGURES = ("loss", "accuracy", "margin", "letter_mass", "dead_right", "dead_wrong")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in an optimizer step a process is.

    Attributes:
        step: optimizer steps before this one.
        micro: micro-steps of it before this one.
        micros: how many it has.
        rank: of the process.
        world: how many processes there are.
    """

    step: int
    micro: int
    micros: int
    rank: int
    world: int


@dataclass(frozen=True, slots=True)
class Share:
    """The pairs of a process in a micro-step.

    Attributes:
        encoded: as inputs; the same number in every process, for those that share a model call it together.
        weights: 1 for each pair of the batch, 0 for one that only fills up.
    """

    encoded: list[Encoded]
    weights: list[float]


def dealt(size: int, spot: Spot) -> list[int]:
    """Places in a batch that a process takes in a micro-step.

    The batch is dealt out to the processes one by one, filled up to the same number for each, and a process's part is
    spread over its micro-steps; the last of them is never without. Places from `size` on only fill up.
    """
    each = -(-size // spot.world)
    own = range(spot.micro * each // spot.micros, (spot.micro + 1) * each // spot.micros)
    return [place * spot.world + spot.rank for place in own]


class SelectionTerm:
    """One batch of pairs for every optimizer step.

    Attributes:
        coefficient: lambda.
    """

    def __init__(self, pairs: TrainPairs) -> None:
        """Set up. Raises ValueError where there are no pairs."""
        self._pairs = pairs
        self._sequence = pairs.sequence
        config = pairs.config
        self._size, self._clip, self._form = config.pair_batch, config.clip, config.clip_form
        self.coefficient = config.coefficient

    def goes_last(self, tasks_see: bool) -> bool:
        """Whether the pairs are to be the last of a micro-step's two passes, alike in every process.

        Of two passes before one backward pass, DDP asks only the last which weights stay unused: so that comes last
        whose every batch runs the vision tower, or, where tasks show no images, that which may run it.

        Args:
            tasks_see: whether the tasks show images.
        """
        domains = self._pairs.domains
        return domains == {"images"} or ("images" in domains and not tasks_see)

    def share(self, spot: Spot) -> Share | None:
        """What a process takes in a micro-step; None where it is nothing."""
        places = dealt(self._size, spot)
        if not places:
            return None
        batch = self._sequence.items(spot.step * self._size, self._size)
        encoded = self._pairs.encoded([batch[place % self._size] for place in places])
        return Share(encoded, [float(place < self._size) for place in places])

    def loss(self, model: Any, share: Share, spot: Spot, device: torch.device) -> tuple[Tensor, Tensor]:
        """The term's part of a micro-step's loss.

        A process's losses of an optimizer step are summed, and its gradient is averaged with those of the others; so a
        pair weighs lambda * processes / batch, and the step's whole gradient is that of lambda * mean(L).

        Returns:
            The loss, a scalar, and the sums of its figures, without gradient.
        """
        inputs = {name: value.to(device) for name, value in self._pairs.encoder.collate(share.encoded).items()}
        logits = last_logits(model, inputs)
        positive, weights = positives(share.encoded).to(device), torch.tensor(share.weights, device=device)
        margin = margins(logits[:, self._letters.ids], positive)
        losses = selection_loss(margin, self._clip, self._form)
        scale = self.coefficient * spot.world / self._size
        sums = self._sums(
            losses.detach(), margin.detach(), letter_mass(logits.detach(), self._letters), positive, weights
        )
        return scale * (weights * losses).sum(), sums

    def figures(self, sums: Tensor) -> dict[str, float]:
        """Means over the pairs of a step; that of a letter that none had is not a number."""
        means = (sums[1 : len(FIGURES) + 1] / sums[0]).tolist()
        of_letters = (sums[len(FIGURES) + 1 :: 2] / sums[len(FIGURES) + 2 :: 2]).tolist()
        names = [f"accuracy_{letter.lower()}" for letter in LETTERS]
        return dict(zip([*FIGURES, *names], means + of_letters, strict=True))

    @property
    def _letters(self) -> Letters:
        return self._pairs.letters

    def _sums(self, losses: Tensor, margin: Tensor, mass: Tensor, positive: Tensor, weights: Tensor) -> Tensor:
        """Number of pairs, sum of each figure, then right ones and number of either letter."""
        right = accuracy(margin)
        dead = dead_right(margin, self._clip), dead_wrong(margin, self._clip, self._form)
        columns = [torch.ones_like(margin), losses, right, margin, mass, *dead]
        for letter in range(len(LETTERS)):
            columns += [right * (positive == letter), (positive == letter).to(margin.dtype)]
        return torch.stack([(column * weights).sum() for column in columns])
