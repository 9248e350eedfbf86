"""The context-selection gradient once more, from the formula: float64, whole logits, one pair after the other."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from contextpairs.data.pairs.prompting import show
from contextpairs.data.store.store import Store
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.sampler import PairSequence
from tests.pipelines.train.context_selection.tiny_models import torch, transformers

Gradients = dict[str, Any]


def selection_gradient(config: TrainConfig, step: int = 0) -> tuple[float, Gradients]:
    """Mean loss over the batch of a step, and the gradient of lambda times it, by weight."""
    model, words = (
        kind.from_pretrained(config.model) for kind in (transformers.AutoModelForCausalLM, transformers.AutoTokenizer)
    )
    model.double().eval()
    store = Store(config.pairs)
    rows = store.read("latest", "train").to_pylist()
    items = PairSequence(len(rows), config.seed, config.order).items(step * config.pair_batch, config.pair_batch)
    total = 0.0
    for item in items:
        shown = show(rows[item.place], config.prompt, item.letter)
        prompt = words.apply_chat_template(
            [{"role": "user", "content": shown.text}], tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        ids = torch.tensor([words.encode(prompt, add_special_tokens=False)])
        logits = model(input_ids=ids).logits[0, -1]
        right, wrong = (words.convert_tokens_to_ids(each) for each in (shown.letter, "AB".replace(shown.letter, "")))
        margin = (logits[right] - logits[wrong]).clamp(-config.clip, config.clip)
        loss = torch.log1p(torch.exp(-margin)) / config.pair_batch
        (config.coefficient * loss).backward()
        total += float(loss.detach())
    assert math.isfinite(total)
    return total, {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


def step_taken(before: Path, after: Path) -> Gradients:
    """What one step of gradient descent at rate 1 took away from the weights: their gradient."""
    from safetensors.torch import load_file

    one, other = (load_file(folder / "model.safetensors") for folder in (before, after))
    return {name: one[name].double() - other[name].double() for name in one}


DESCENT: dict[str, Any] = {"optim": "sgd", "max_grad_norm": 0.0}
"""Plain gradient descent, so that a step shows the gradient."""
