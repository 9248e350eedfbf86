"""The forms that the authors' own training code reads (ContextAwareRL on GitHub), one a domain.

Coding pairs: `ChooseTrajectoryDataset` of Training/SkyRL/examples/train/mini_swe_agent/ct_dataset.py reads JSON lines,
the prompt one string, the letter in `correct_answer`. Image pairs: `RLHFDataset` of Training/EasyR1's
verl/utils/dataset.py with data_type=choose_image reads Parquet, keeps rows of several images answered A or B, and adds
the line that asks for a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contextpairs.data.exports.examples import Example, carried, restored
from contextpairs.data.exports.export_form import IMAGES, TEXT, Column, ExportForm, Record
from contextpairs.data.exports.record import ExportOptions

ASKED = "Output A or B directly."
"""What their loader of images puts behind every prompt."""

CODING_START = """\
python -m examples.train.mini_swe_agent.main_mini_swe_ct trainer.policy.model.path=MODEL \\
    data.choose_trajectory_data="['{train}']" data.choose_trajectory_max_prompt_length=32768"""

IMAGES_START = """\
python3 -m verl.trainer.main config=examples/config.yaml worker.actor.model.model_path=MODEL \\
    data.train_files={train} data.val_files={probe} data.choose_image_batch_size=32 worker.rollout.limit_images=2
    # train_files also holds the tasks that are rolled out: put both into one folder"""


def _coding_record(example: Example, options: ExportOptions) -> Record:
    shown = example.shown
    return {"prompt": shown.text, "correct_answer": shown.letter, "pair": carried(example, options)}


def _coding_pair(record: Record) -> Mapping[str, Any]:
    return restored(record["pair"], (), record["correct_answer"])


def _image_columns(has_images: bool) -> dict[str, Column]:  # noqa: ARG001
    return {"problem": TEXT, "answer": TEXT, "images": IMAGES, "pair": TEXT}


def _image_record(example: Example, options: ExportOptions) -> Record:
    shown = example.shown
    problem = shown.text.removesuffix(ASKED).rstrip()
    return {
        "problem": problem,
        "answer": shown.letter,
        "images": list(shown.images),
        "pair": carried(example, options),
    }


def _image_pair(record: Record) -> Mapping[str, Any]:
    return restored(record["pair"], [image["bytes"] for image in record["images"]], record["answer"])


CODING = ExportForm(name="contextrl", record=_coding_record, start=CODING_START, pair=_coding_pair, has_system=False)
IMAGE_PAIRS = ExportForm(
    name="contextrl",
    record=_image_record,
    start=IMAGES_START,
    columns=_image_columns,
    pair=_image_pair,
    has_system=False,
)
