"""The context-selection loss: pure functions on the logits at the place of the answer.

For a pair z = (Q, A, C+, C-), with the letters of C+ and C- as the two answers and teacher forcing (ContextRL, arXiv
2606.17053):

    d = logit(letter of C+) - logit(letter of C-)
    L = -log sigmoid(clip(d, -c, c))

The clip ends the gradient where the model is already right by c, and also where it is wrong by c: such a pair never
learns. `one_sided` clips from above only, min(d, c), so that confidently wrong pairs still learn. The loss lies
within [log(1 + e^-c), log(1 + e^c)], or above the lower bound alone when one-sided; at d = 0 it is log 2.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid

from contextpairs.pipelines.train.context_selection.letters import Letters

ClipForm: TypeAlias = Literal["symmetric", "one_sided"]


def margins(logits: Tensor, positive: Tensor) -> Tensor:
    """How far the letter of the positive is ahead.

    Args:
        logits: of the letters A and B, [n, 2].
        positive: which of them is the positive's, 0 or 1, [n].

    Returns:
        [n], logit of the positive's letter minus that of the other.
    """
    a_ahead = logits[:, 0] - logits[:, 1]
    return torch.where(positive == 0, a_ahead, -a_ahead)


def selection_loss(margin: Tensor, clip: float, form: ClipForm = "symmetric") -> Tensor:
    """-log sigmoid of the clipped margin, of each pair.

    Args:
        margin: of any shape.
        clip: c, above 0.
        form: `symmetric`, the paper's: clip(d, -c, c); `one_sided`: min(d, c).

    Returns:
        In the shape of `margin`. Beyond the clip the gradient is exactly 0; on it, that of either side, by
        torch's version.
    """
    return -logsigmoid(torch.clamp(margin, min=-clip if form == "symmetric" else None, max=clip))


def letter_loss(logits: Tensor, letters: Letters, positive: Tensor) -> Tensor:
    """Cross-entropy of the positive's letter over the whole vocabulary: the supervised baseline.

    Args:
        logits: at the place of the answer, [n, vocabulary].
        letters: token ids.
        positive: 0 or 1, [n].

    Returns:
        [n].
    """
    targets = torch.tensor(letters.ids, device=logits.device)[positive]
    return cross_entropy(logits, targets, reduction="none")


def letter_mass(logits: Tensor, letters: Letters) -> Tensor:
    """P(A) + P(B): how much of the model's belief the margin is about.

    Args:
        logits: at the place of the answer, [n, vocabulary].
        letters: token ids.

    Returns:
        [n], in [0, 1].
    """
    return torch.softmax(logits, dim=-1)[:, letters.ids].sum(-1)


def accuracy(margin: Tensor) -> Tensor:
    """1 where the positive is preferred, 0.5 for a tie, 0 else; in the shape of `margin`."""
    return (margin > 0).to(margin.dtype) + (margin == 0).to(margin.dtype) / 2


def dead_right(margin: Tensor, clip: float) -> Tensor:
    """1 where a pair gives no gradient because it is right by more than the clip; in the shape of `margin`."""
    return (margin > clip).to(margin.dtype)


def dead_wrong(margin: Tensor, clip: float, form: ClipForm = "symmetric") -> Tensor:
    """1 where a pair gives no gradient though it is wrong by more than the clip; in the shape of `margin`."""
    dead = margin < -clip if form == "symmetric" else torch.zeros_like(margin, dtype=torch.bool)
    return dead.to(margin.dtype)
