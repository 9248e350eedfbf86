"""verl: Parquet of `data_source`, `prompt`, `images`, `ability`, `reward_model`, `extra_info`.

Read by `RLHFDataset` of verl.utils.dataset.rl_dataset: contents are text with `<image>` where an image stands, as many
as `images` has; metrics are reported by `data_source`; `extra_info.index` is the record's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contextpairs.data.exports.columns import IMAGES, NUMBER, TEXT, TURNS, Column, struct
from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.form import Form, Record, images_of
from contextpairs.data.exports.options import ExportOptions
from contextpairs.data.exports.pair_in_record import carried, restored

START = """\
python3 -m verl.trainer.main_ppo algorithm.adv_estimator=grpo actor_rollout_ref.model.path=MODEL \\
    data.train_files={train} data.val_files={probe} data.filter_overlong_prompts=true \\
    data.max_prompt_length=32768 data.max_response_length=16 actor_rollout_ref.rollout.name=vllm \\
    +data.apply_chat_template_kwargs.enable_thinking=false actor_rollout_ref.rollout.n=8 \\
    custom_reward_function.path={here}/pair_reward.py custom_reward_function.name=verl_reward"""


def data_source(example: Example) -> str:
    """Names domain and strategy, so that a trainer's metrics tell them apart."""
    return f"contextpairs/{example.domain}/{example.row['strategy']}"


def extra_info(example: Example, options: ExportOptions) -> Record:
    """Place, split and pair of an example."""
    return {"index": example.index, "split": example.split, "pair": carried(example, options)}


def _columns(has_images: bool) -> dict[str, Column]:
    return {
        "data_source": TEXT,
        "prompt": TURNS,
        **({"images": IMAGES} if has_images else {}),
        "ability": TEXT,
        "reward_model": struct(style=TEXT, ground_truth=TEXT),
        "extra_info": struct(index=NUMBER, split=TEXT, pair=TEXT),
    }


def _record(example: Example, options: ExportOptions) -> Record:
    record = {
        "data_source": data_source(example),
        "prompt": example.turns,
        "ability": "context-selection",
        "reward_model": {"style": "rule", "ground_truth": example.shown.letter},
        "extra_info": extra_info(example, options),
    }
    return {**record, "images": images_of(example)} if example.shown.images else record


def _pair(record: Mapping[str, Any]) -> Mapping[str, Any]:
    images = [image["bytes"] for image in record.get("images", ())]
    return restored(record["extra_info"]["pair"], images, record["reward_model"]["ground_truth"])


VERL = Form(name="verl", record=_record, start=START, columns=_columns, pair=_pair, files=("pair_reward.py",))
