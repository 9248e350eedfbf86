"""EasyR1: Parquet of `problem`, `answer`, `images`.

Read by `RLHFDataset` of EasyR1's verl.utils.dataset: the problem is one user message with `<image>` where an image
stands. A column `images` makes it ask the processor, so coding pairs have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contextpairs.data.exports.columns import IMAGES, TEXT, Column
from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.form import Form, Record, images_of
from contextpairs.data.exports.options import ExportOptions
from contextpairs.data.exports.pair_in_record import carried, restored

START = """\
python3 -m verl.trainer.main config=examples/config.yaml worker.actor.model.model_path=MODEL \\
    data.train_files={train} data.val_files={probe} data.prompt_key=problem data.answer_key=answer \\
    data.image_key=images data.format_prompt=null data.max_prompt_length=32768 data.max_response_length=16 \\
    worker.rollout.n=8 worker.rollout.limit_images=2 \\
    worker.reward.reward_function={here}/pair_reward.py:easyr1_reward"""


def _columns(has_images: bool) -> dict[str, Column]:
    images = {"images": IMAGES} if has_images else {}
    return {"problem": TEXT, "answer": TEXT, **images, "pair": TEXT}


def _record(example: Example, options: ExportOptions) -> Record:
    record = {"problem": example.shown.text, "answer": example.shown.letter, "pair": carried(example, options)}
    return {**record, "images": images_of(example)} if example.shown.images else record


def _pair(record: Mapping[str, Any]) -> Mapping[str, Any]:
    images = [image["bytes"] for image in record.get("images", ())]
    return restored(record["pair"], images, record["answer"])


EASYR1 = Form(
    name="easyr1",
    record=_record,
    start=START,
    columns=_columns,
    pair=_pair,
    files=("pair_reward.py",),
    has_system=False,
)
