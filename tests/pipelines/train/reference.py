"""The context-selection gradient once more, from the formula: float64, whole logits, one pair after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    if hasattr(model.config, "num_experts"):
        model.set_experts_implementation("eager")  # one by one: their grouped product takes no doubles
    model.double().eval()
    store = Store(str(config.pairs))
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
        lowest = -config.clip if config.clip_form == "symmetric" else -math.inf
        margin = (logits[right] - logits[wrong]).clamp(lowest, config.clip)
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


def policy_gradient(model: Path, rows: Sequence[dict[str, Any]], rewards: Sequence[float], size: int) -> Gradients:
    """Gradient of GRPO's loss at a first step, by weight: float64, one sequence after the other, without padding.

    The first step is on policy, so every ratio is 1 and its gradient that of the log-probability: the loss is minus the
    advantage times it, summed over all tokens of all completions and divided by their number.

    Args:
        model: folder.
        rows: ids of `prompt` and `completion` each; completions of a prompt one after another.
        rewards: of each.
        size: completions of a prompt.
    """
    network = transformers.AutoModelForCausalLM.from_pretrained(model).double().eval()
    tokens = sum(len(row["completion"]) for row in rows)
    for row, advantage in zip(rows, _advantages(rewards, size), strict=True):
        ids = torch.tensor([[*row["prompt"], *row["completion"]]])
        said = len(row["completion"])
        logits = network(input_ids=ids).logits[0, -said - 1 : -1]
        of_tokens = logits.log_softmax(-1).gather(1, ids[0, -said:, None])
        (-advantage * of_tokens.sum() / tokens).backward()
    return {name: weight.grad for name, weight in network.named_parameters() if weight.grad is not None}


def _advantages(rewards: Sequence[float], size: int) -> list[float]:
    found = []
    for start in range(0, len(rewards), size):
        group = rewards[start : start + size]
        mean = sum(group) / size
        deviation = math.sqrt(sum((each - mean) ** 2 for each in group) / (size - 1))
        found += [(each - mean) / (deviation + 1e-4) for each in group]
    return found
