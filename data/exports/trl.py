"""TRL: prompt-only conversations for GRPOTrainer, preference conversations for DPOTrainer.

Form: https://huggingface.co/docs/trl/dataset_formats. With images, contents are lists of parts: TRL puts the images of
a text content before it, wherever their placeholders stand. The images themselves are a column `images`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contextpairs.data.exports.columns import IMAGES, TEXT, TURNS, TURNS_OF_PARTS, Column
from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.form import Form, Record, images_of, reply
from contextpairs.data.exports.options import ExportOptions
from contextpairs.data.exports.pair_in_record import carried, restored
from contextpairs.data.pairs.prompting import content_parts, other

PROMPT_START = """\
PYTHONPATH={here} trl grpo --model_name_or_path MODEL --dataset_name {here} --reward_funcs pair_reward.trl_reward \\
    --num_generations 8 --max_completion_length 16 --chat_template_kwargs '{"enable_thinking": false}' \\
    --output_dir run"""

PREFERENCE_START = """\
trl dpo --model_name_or_path MODEL --dataset_name {here} --max_length 32768 --output_dir run"""


def _prompt_columns(has_images: bool) -> dict[str, Column]:
    images = {"images": IMAGES} if has_images else {}
    return {"prompt": TURNS_OF_PARTS if has_images else TURNS, **images, "letter": TEXT, "pair": TEXT}


def _preference_columns(has_images: bool) -> dict[str, Column]:
    return {**_prompt_columns(has_images), "chosen": TURNS, "rejected": TURNS}


def _prompt_record(example: Example, options: ExportOptions) -> Record:
    record = {"prompt": example.turns, "letter": example.shown.letter, "pair": carried(example, options)}
    if not example.shown.images:
        return record
    prompt = [{"role": turn["role"], "content": content_parts(turn["content"])} for turn in example.turns]
    return {**record, "prompt": prompt, "images": images_of(example)}


def _preference_record(example: Example, options: ExportOptions) -> Record:
    right = example.shown.letter
    replies = {"chosen": reply(right, options.prompt), "rejected": reply(other(right), options.prompt)}
    turns = {name: [{"role": "assistant", "content": text}] for name, text in replies.items()}
    return {**_prompt_record(example, options), **turns}


def _pair(record: Mapping[str, Any]) -> Mapping[str, Any]:
    images = [image["bytes"] for image in record.get("images", ())]
    return restored(record["pair"], images, record["letter"])


PROMPT = Form(
    name="trl",
    record=_prompt_record,
    start=PROMPT_START,
    columns=_prompt_columns,
    pair=_pair,
    files=("pair_reward.py",),
)
PREFERENCE = Form(
    name="trl-preference",
    record=_preference_record,
    start=PREFERENCE_START,
    columns=_preference_columns,
    pair=_pair,
    has_reply=True,
)
