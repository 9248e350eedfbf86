"""What the RL term trains on: a data set with prompts, and the functions that reward completions."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from contextpairs.pipelines.train.config import TrainConfig

if TYPE_CHECKING:
    from datasets import Dataset

Reward: TypeAlias = Callable[..., list[float | None]]
MANIFEST = "tasks.json"
ROW = "task_row"
"""Column that says where in the file a task stands."""
DIGESTED = 256
"""Rows that are read at a time."""
READERS = {".parquet": "parquet", ".jsonl": "json", ".json": "json"}


class UnfitTasksError(ValueError):
    """Tasks that cannot be trained on."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """Prompts with their rewards.

    Attributes:
        dataset: column `prompt`, for images `images`, and what the rewards read.
        rewards: in TRL's form.
        kind: of tasks that `contextpairs tasks` made, else None.
        digest: what identifies them.
        dropped: how many were too long.
        broken: what was said of those whose prompt cannot be made, and which were left out.
    """

    dataset: Dataset
    rewards: list[Reward]
    kind: str | None
    digest: str
    dropped: int = 0
    broken: tuple[str, ...] = ()


def open_tasks(config: TrainConfig) -> Tasks:
    """Read what `tasks` and `reward` name.

    Raises:
        UnfitTasksError: columns or rewards are missing, or there are fewer prompts than a step takes.
        LookupError: the data set is not there.
    """
    if not config.tasks:
        raise UnfitTasksError(
            "tasks: nothing to train GRPO on; write some with `contextpairs tasks`, or name a TRL data set"
        )
    return _made_here(config) if (Path(config.tasks) / MANIFEST).is_file() else _any(config)


def _made_here(config: TrainConfig) -> Tasks:
    from contextpairs.pipelines.tasks.rewards import reward_functions
    from contextpairs.pipelines.tasks.storing import load_tasks, read_manifest

    manifest = read_manifest(config.tasks)
    rewards: list[Any] = [reward_named(name) for name in config.reward] or list(reward_functions(manifest.kind))
    dataset = load_tasks(config.tasks)
    _check(config, dataset)
    return Tasks(dataset, rewards, manifest.kind, manifest.digest)


def _any(config: TrainConfig) -> Tasks:
    if not config.reward:
        raise UnfitTasksError(
            f"reward: {config.tasks} brings no reward; name yours as module:function or file.py:function"
        )
    dataset = _dataset(config.tasks)
    _check(config, dataset)
    return Tasks(dataset, [reward_named(name) for name in config.reward], None, _digest(dataset))


def _digest(dataset: Dataset) -> str:
    """sha256 over the rows, images as they are stored: the library's own fingerprints change with the machine."""
    whole = hashlib.sha256()
    for batch in dataset.with_format("arrow").iter(DIGESTED):
        for row in batch.to_pylist():
            whole.update(json.dumps(row, sort_keys=True, default=_told).encode())
    return whole.hexdigest()


def _told(value: Any) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def _dataset(path: str) -> Dataset:
    from datasets import load_dataset, load_from_disk

    place = Path(path)
    if (place / "dataset_info.json").is_file():
        return load_from_disk(path)
    if place.suffix in READERS and place.is_file():
        dataset: Dataset = load_dataset(READERS[place.suffix], data_files=path, split="train")
        return dataset
    try:
        return load_dataset(path, split="train")
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0][:300]
        raise LookupError(f"tasks: {path} is no folder, file or data set that can be read: {said}") from error


def reward_named(name: str) -> Reward:
    """A reward function by `module:function` or `file.py:function`.

    Raises:
        UnfitTasksError: there is no such function; says what is missing.
    """
    where, separator, function = name.rpartition(":")
    if not separator:
        raise UnfitTasksError(f"reward: {name!r} names no function; expected module:function or file.py:function")
    found = getattr(_module(where, name), function, None)
    if not callable(found):
        raise UnfitTasksError(f"reward: {where} has no function {function!r}")
    reward: Reward = found
    return reward


def _module(where: str, name: str) -> Any:
    if not where.endswith(".py"):
        try:
            return importlib.import_module(where)
        except ModuleNotFoundError as error:
            raise UnfitTasksError(f"reward: {name!r}: {error}; a file is named as path/file.py:function") from error
    spec = importlib.util.spec_from_file_location(Path(where).stem, where)
    if spec is None or spec.loader is None or not Path(where).is_file():
        raise UnfitTasksError(f"reward: there is no file {where}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _check(config: TrainConfig, dataset: Dataset) -> None:
    if "prompt" not in dataset.column_names:
        raise UnfitTasksError(f"tasks: {config.tasks} has no column 'prompt'; found {sorted(dataset.column_names)}")
    check_count(config, dataset)


def check_count(config: TrainConfig, dataset: Dataset, left_out: str = "") -> None:
    """Refuse fewer prompts than a step takes; `left_out` says why some do not count."""
    if len(dataset) < config.prompts_per_step:
        why = f" ({left_out})" if left_out else ""
        raise UnfitTasksError(
            f"tasks: {config.tasks} has {len(dataset)} prompts{why}, and a step takes {config.prompts_per_step} "
            "(prompts_per_step); lower it, or bring more"
        )


def numbered(tasks: Tasks) -> Tasks:
    """Tasks with a column that says where each stands, so that a fault in one can be named."""
    dataset = tasks.dataset.add_column(ROW, list(range(len(tasks.dataset))))
    return replace(tasks, dataset=dataset)
