"""Where tokens stand in a batch: a prompt that is padded on the left counts from its own first token.

Models with learned places otherwise read a padded prompt as if it began later, and answer it otherwise than alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from contextpairs.pipelines.train.context_selection.encoding import pad_left
from contextpairs.pipelines.train.context_selection.scoring import last_logits

PROMPT = "Which option supports the answer? Output A or B directly."
PADDING = 16
"""Tokens of padding that the check puts before its prompt."""
TOLERANCE = 1e-4
"""Of the spread of the logits, what rounding may change in float32."""
ROUNDINGS = 16
"""Coarser formats may be off by so many of their smallest steps."""


class PaddingError(ValueError):
    """A model that answers a prompt otherwise when it is padded."""


def positions(mask: Tensor) -> Tensor:
    """Places of the tokens that a mask shows, counted from 0 in each row, as `generate` counts them.

    Args:
        mask: 1 for a token, 0 for padding on either side, [n, tokens].

    Returns:
        [n, tokens]; 0 where padding stands before.
    """
    return (mask.long().cumsum(-1) - 1).clamp(min=0)


def place_tokens(model: Any) -> None:
    """Have a model place tokens by the mask whenever a padded batch comes without positions.

    The hook stands before the backbone, so it serves pairs, GRPO's own passes, and adapters around the model. A model
    that takes no positions, or builds its own from the mask or the grid of images, is left as it is.

    Args:
        model: of transformers, bare.
    """
    backbone = model.base_model
    if _takes(backbone, "position_ids") and not any(map(_places, backbone.modules())):
        backbone.register_forward_pre_hook(_placed, with_kwargs=True)


def check_padding(model: Any, tokenizer: Any) -> None:
    """Compare the answer to a short prompt alone with that to the same prompt padded.

    Args:
        model: of transformers, bare or with an adapter, in evaluation mode.
        tokenizer: of the model.

    Raises:
        PaddingError: they differ by more than rounding explains; says by how much.
    """
    found = tokenizer(PROMPT, add_special_tokens=False, return_tensors="pt")
    alone = {name: found[name].to(model.device) for name in ("input_ids", "attention_mask")}
    padded = {name: pad_left(value, PADDING, tokenizer, name) for name, value in alone.items()}
    with torch.inference_mode():
        one, other = (last_logits(model, each)[0] for each in (alone, padded))
    off, spread = float((one - other).abs().max()), float(one.max() - one.min())
    allowed = max(TOLERANCE, ROUNDINGS * torch.finfo(model.dtype).eps)
    if off > allowed * spread:
        raise PaddingError(
            f"{tokenizer.name_or_path}: a prompt padded on the left by {PADDING} tokens is answered otherwise than "
            f"alone: logits off by {off:.2g}, their spread is {spread:.2g}, at most {allowed:.1g} of it is allowed; "
            "every figure would follow from what shares a batch. Use another model, or a version of transformers in "
            "which it takes position_ids"
        )


def _places(module: Any) -> bool:
    """Whether a module finds places by itself: from the grid of images, or, an embedding of places, from the mask."""
    return hasattr(module, "get_rope_index") or (
        isinstance(module, torch.nn.Embedding) and _takes(module, "attention_mask")
    )


def _takes(module: Any, name: str) -> bool:
    return name in inspect.signature(module.forward).parameters


def _placed(module: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """Positions by the mask, unless they are given, nothing is padded, or a cache holds what came before."""
    del module
    mask = named.get("attention_mask")
    if named.get("position_ids") is not None or mask is None or mask.dim() != 2 or mask.all():
        return None
    if mask.shape[1] != _tokens(arguments, named):
        return None
    return arguments, {**named, "position_ids": positions(mask)}


def _tokens(arguments: tuple[Any, ...], named: Mapping[str, Any]) -> int | None:
    given = (*arguments[:1], named.get("input_ids"), named.get("inputs_embeds"))
    return next((int(each.shape[1]) for each in given if each is not None), None)
