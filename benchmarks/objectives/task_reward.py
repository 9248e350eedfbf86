"""The reward that a model earns on held-out naming tasks: one greedy completion each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from contextpairs.pipelines.tasks.rewards import reward_functions
from contextpairs.pipelines.tasks.storing import load_tasks

BATCH = 50


def task_reward(model: Path, tasks: Path, longest: int) -> float:
    """Mean over the tasks of a folder; completions have `longest` tokens at most."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model, padding_side="left")
    loaded: Any = AutoModelForCausalLM.from_pretrained(model)
    (reward,) = reward_functions("coding")
    rewards: list[float] = []
    for rows in _batches(tasks):
        said = _completions(loaded, tokenizer, rows["prompt"], longest)
        rewards += reward(rows["prompt"], said, reference=rows["reference"])
    return float(np.mean(rewards))


def _batches(tasks: Path) -> Iterator[dict[str, list[Any]]]:
    dataset = load_tasks(str(tasks))
    yield from (dataset[start : start + BATCH] for start in range(0, len(dataset), BATCH))


def _completions(model: Any, tokenizer: Any, prompts: list[Any], longest: int) -> list[str]:
    texts = [tokenizer.apply_chat_template(each, add_generation_prompt=True, tokenize=False) for each in prompts]
    asked = tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt")
    with torch.inference_mode():
        written = model.generate(
            asked["input_ids"], attention_mask=asked["attention_mask"], max_new_tokens=longest, do_sample=False
        )
    said: list[str] = tokenizer.batch_decode(written[:, asked["input_ids"].shape[1] :], skip_special_tokens=True)
    return said
