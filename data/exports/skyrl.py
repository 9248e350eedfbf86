"""SkyRL: JSON lines of `prompt`, `correct_answer`, `env_class`, `reward_spec`.

Read by `PromptDataset` of skyrl.train.dataset: the prompt is a conversation, all other fields reach the environment as
`extras`. Images are data URLs inside the prompt, as its vision generator reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contextpairs.data.exports.data_urls import bytes_of, parts_with_images
from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.form import Form, Record
from contextpairs.data.exports.options import ExportOptions
from contextpairs.data.exports.pair_in_record import restored
from contextpairs.data.exports.verl import data_source, extra_info

START = """\
python3 {here}/skyrl_env.py trainer.policy.model.path=MODEL trainer.algorithm.advantage_estimator=grpo \\
    data.train_data="['{train}']" data.val_data="['{probe}']" environment.env_class=contextpairs \\
    trainer.max_prompt_length=32768 generator.sampling_params.max_generate_length=16 \\
    generator.n_samples_per_prompt=8 generator.inference_engine.backend=vllm \\
    generator.batched=false generator.chat_template_kwargs.enable_thinking=false
    # image pairs: generator.vision_language_generator=true"""


def _record(example: Example, options: ExportOptions) -> Record:
    letter = example.shown.letter
    return {
        "prompt": _prompt(example),
        "correct_answer": letter,
        "env_class": "contextpairs",
        "reward_spec": {"method": "rule", "ground_truth": letter},
        "data_source": data_source(example),
        "extra_info": extra_info(example, options),
    }


def _prompt(example: Example) -> list[dict[str, Any]]:
    images = [image["bytes"] for image in example.shown.images]
    if not images:
        return list(example.turns)
    *before, asked = example.turns
    return [*before, {"role": asked["role"], "content": parts_with_images(asked["content"], images)}]


def _pair(record: Mapping[str, Any]) -> Mapping[str, Any]:
    content = record["prompt"][-1]["content"]
    parts = content if isinstance(content, list) else []
    images = [bytes_of(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"]
    return restored(record["extra_info"]["pair"], images, record["correct_answer"])


SKYRL = Form(name="skyrl", record=_record, start=START, pair=_pair, files=("pair_reward.py", "skyrl_env.py"))
