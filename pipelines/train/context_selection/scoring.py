"""One forward pass that scores pairs: logits at the last position alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from contextpairs.data.pairs.schemas import LETTERS
from contextpairs.pipelines.train.context_selection.encoding import Encoded
from contextpairs.pipelines.train.context_selection.letters import Letters


def last_logits(model: Any, batch: Mapping[str, Tensor]) -> Tensor:
    """Logits of the token that follows each prompt.

    Args:
        model: of transformers, bare or wrapped; its mode, and whether gradients are kept, are the caller's.
        batch: of `PairEncoder.collate`, on the model's device; left padded.

    Returns:
        [n, vocabulary], float32. The output layer runs on n positions, whatever the prompts' length.
    """
    logits: Tensor = model(**batch, use_cache=False, logits_to_keep=1).logits
    return logits[:, -1].float()


def letter_logits(model: Any, batch: Mapping[str, Tensor], letters: Letters) -> Tensor:
    """Logits of A and B after each prompt: [n, 2], float32; see `last_logits`."""
    return last_logits(model, batch)[:, letters.ids]


def positives(encoded: Sequence[Encoded]) -> Tensor:
    """Which letter is the positive's, 0 for A and 1 for B: [n]."""
    return torch.tensor([LETTERS.index(each.letter) for each in encoded])
