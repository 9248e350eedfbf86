"""Which tasks a model can be given: every prompt is measured before the first step, images included."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contextpairs.pipelines.train.checking import Check, Size
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.tasks import ROW, Tasks, UnfitTasksError, check_count

READ = ("prompt", "images", "image", ROW)
"""Columns of a task that its prompt is made of."""
OBJECT = re.compile(r"<\S{1,80} object at 0x[0-9a-f]{1,16}>")
"""What an error calls an image that it was given in memory."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How TRL makes a prompt of a task.

    Attributes:
        processor: of a vision-language model, or a tokenizer.
        template: what else its chat template is given, such as whether the model thinks.
        most: tokens of a prompt at most.
    """

    processor: Any
    template: Mapping[str, Any]
    most: int

    @property
    def sees(self) -> bool:
        """Whether the model takes images."""
        return hasattr(self.processor, "tokenizer")

    def tokens(self, task: Mapping[str, Any]) -> int:
        """Length of a task's prompt as it is sent, images included.

        Raises:
            ValueError: there is no prompt; or whatever reading its images raises.
        """
        prompt = task["prompt"]
        if not prompt:
            raise ValueError(f"its prompt is {prompt!r}")
        if isinstance(prompt, str):
            return len(self.processor(text=[prompt])["input_ids"][0])
        if self.sees:
            from trl.data_utils import prepare_multimodal_messages

            prompt = prepare_multimodal_messages(prompt, images=_images(task))
        made = self.processor.apply_chat_template(
            [prompt], add_generation_prompt=True, tokenize=True, return_dict=True, **self.template
        )
        return len(made["input_ids"][0])


def fitting(tasks: Tasks, config: TrainConfig, measure: Measure, check: Check | None = None) -> Tasks:
    """Tasks whose prompt can be made and is not too long.

    Args:
        tasks: all, numbered.
        config: too_long says what happens to the others.
        measure: of their prompts.
        check: keeps what was measured; None keeps nothing.

    Raises:
        UnfitTasksError: a prompt is too long or cannot be made, and too_long is refuse; or too few are left; or tasks
            show images to a model that sees none.
    """
    if {"images", "image"} & set(tasks.dataset.column_names) and not measure.sees:
        raise UnfitTasksError(f"tasks: {config.tasks} shows images, which need a vision-language model")
    limit = f"max_length, or what the model takes less max_completion={config.max_completion}"
    sizes = enumerate(_sizes(tasks, measure, check or Check()))
    faults = [_fault(place, size, measure.most, limit) for place, size in sizes]
    dropped = [fault for fault in faults if fault is not None]
    if not dropped:
        return tasks
    if config.too_long == "refuse":
        else_do = "mend it" if dropped[0].broken else "raise what can be"
        raise UnfitTasksError(f"tasks: {dropped[0].said}; drop such tasks (too_long=drop), or {else_do}")
    broken = [fault.said for fault in dropped if fault.broken]
    dataset = tasks.dataset.select([place for place, fault in enumerate(faults) if fault is None])
    check_count(config, dataset, f"{len(dropped)} left out: {dropped[0].said}")
    return replace(tasks, dataset=dataset, dropped=len(dropped) - len(broken), broken=tuple(broken))


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a task cannot be given; `broken` tells a prompt that cannot be made from one that is too long."""

    said: str
    broken: bool


def _sizes(tasks: Tasks, measure: Measure, check: Check) -> list[Size]:
    columns = [name for name in READ if name in tasks.dataset.column_names]
    dataset = tasks.dataset.select_columns(columns)
    of = {"tasks": tasks.digest, "template": dict(measure.template)}
    return check.sizes("tasks", of, len(dataset), lambda places: (_size(dataset, place, measure) for place in places))


def _size(dataset: Any, place: int, measure: Measure) -> Size:
    try:
        return measure.tokens(dataset[place])
    except Exception as error:  # whatever a stranger's row raises is a fault of that row
        first = OBJECT.sub("its bytes", (str(error).splitlines() or [""])[0][:200])
        return f"{type(error).__name__}: {first}"


def _fault(place: int, size: Size, most: int, limit: str) -> _Fault | None:
    if isinstance(size, str):
        return _Fault(f"row {place} cannot be read: {size}", broken=True)
    long = f"prompt {place} has {size} tokens, at most {most} are taken ({limit})"
    return _Fault(long, broken=False) if size > most else None


def _images(task: Mapping[str, Any]) -> list[Any]:
    return task.get("images") or ([task["image"]] if task.get("image") is not None else [])
