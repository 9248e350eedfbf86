"""`contextpairs.json` beside each checkpoint: which data, prompt and settings made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contextpairs.data.pairs.prompting import PromptOptions, prompt_digest
from contextpairs.data.sources.files.safe_text import SECRET_NAME
from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.manifest import portable_uri
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.pairs import OpenStore, TrainPairs
from contextpairs.pipelines.train.tasks import Tasks

NAME = "contextpairs.json"
FREE = (
    "out", "steps", "save_every", "pairs", "version", "tasks", "trl", "preset", "too_long", "dead_steps", "device_map",
    "probe_every",
)  # fmt: skip
"""Settings that a resumed run may change: none of them changes a step under a constant learning rate, and data is
compared by its digest."""
CONSTANT = ("constant", "constant_with_warmup")
"""Schedules of the learning rate that do not ask how long a run is."""
FREE_TRL = ("disable_tqdm", "logging_steps", "report_to", "run_name", "save_only_model", "save_total_limit", "use_cpu")


class ResumeError(ValueError):
    """A run that cannot be continued as it was begun."""


def run_record(config: TrainConfig, pairs: TrainPairs | None, tasks: Tasks) -> dict[str, Any]:
    """What a run is: its data by digest, how pairs are shown, its settings.

    Args:
        config: of the run.
        pairs: None where the objective reads none.
        tasks: of the RL term.
    """
    return {
        "format": 1,
        "objective": config.objective,
        "pairs": None if pairs is None else _of_pairs(config, pairs),
        "tasks": {"path": portable_uri(config.tasks), "digest": tasks.digest, "dropped": tasks.dropped},
        "prompt": {**config.prompt.model_dump(), "digest": prompt_digest(config.prompt)},
        "config": _without_secrets(config.model_dump(mode="json", exclude={"storage", "resume"})),
    }


def _without_secrets(config: dict[str, Any]) -> dict[str, Any]:
    trl = {name: value for name, value in config["trl"].items() if not SECRET_NAME.search(name)}
    return {**config, "trl": trl}


def _of_pairs(config: TrainConfig, pairs: TrainPairs) -> Any:
    """One store or a list of them, as the configuration gives them."""
    said = [_of_store(config, store) for store in pairs.stores]
    if isinstance(config.pairs, str):
        return said[0]
    return [{**each, "share": store.given.share} for each, store in zip(said, pairs.stores, strict=True)]


def _of_store(config: TrainConfig, store: OpenStore) -> dict[str, Any]:
    manifest = store.manifest
    return {
        "store": portable_uri(store.given.store),
        "version": store.version,
        "digest": manifest.digest,
        "content": manifest.content,
        "domain": manifest.domain,
        "split": config.split,
        "used": len(store.places),
        "dropped": store.dropped,
    }


def recorded_stores(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a run's record says of each store of its pairs; none where it read none."""
    pairs = record["pairs"]
    stores = pairs if isinstance(pairs, list) else [pairs] if pairs else []
    return [{"share": 1, **each} for each in stores]


def write_record(record: Mapping[str, Any], pairs: TrainPairs | None, folder: Path, step: int) -> None:
    """Write the record of a checkpoint: that of the run, the step, and how far it is in the sequence of pairs."""
    position = None if pairs is None else _position(pairs, step * pairs.config.pair_batch)
    said = {**record, "step": step, "position": position}
    write_atomic(folder / NAME, (json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())


def _position(pairs: TrainPairs, items: int) -> Any:
    """How far a run is in its store, or in each of its stores."""
    found = pairs.sequence.position(items)
    return [each._asdict() for each in found] if isinstance(found, list) else found._asdict()


def check_same_run(checkpoint: Path, record: Mapping[str, Any]) -> None:
    """Refuse to continue a run on other data, prompts or settings.

    Raises:
        ResumeError: names what differs.
    """
    before = read_record(checkpoint)
    now = json.loads(json.dumps(record))
    differing = [
        *_differing_stores(before, now),
        *_differing(before, now, "tasks", ("digest",)),
        *_differing(before, now, "prompt", ("digest",)),
        *_differing(before, now, "config", _config_fields(now)),
        *_differing(before["config"], now["config"], "trl", _trl_fields(before, now)),
    ]
    if differing:
        raise ResumeError(
            f"{checkpoint} belongs to another run: {'; '.join(differing)}; give what it was begun with, such as "
            f"{_version_said(before)}, or begin anew in another out"
        )


def read_record(folder: Path) -> dict[str, Any]:
    """The record of a checkpoint."""
    record: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return record


def _version_said(record: Mapping[str, Any]) -> str:
    """The versions of a run as they are given."""
    stores = recorded_stores(record)
    if not isinstance(record["pairs"], list):
        return f"version={stores[0]['version'] if stores else None}"
    said = (f"{{store: {each['store']}, version: {each['version']}, share: {each['share']}}}" for each in stores)
    return f"pairs='[{', '.join(said)}]'"


def trained_prompt(folder: Path) -> dict[str, Any] | None:
    """How pairs were shown to the model of a checkpoint; None where the folder is no checkpoint of `train`."""
    if not (folder / NAME).is_file():
        return None
    prompt: dict[str, Any] = read_record(folder)["prompt"]
    return {name: value for name, value in prompt.items() if name in PromptOptions.model_fields}


def _config_fields(record: Mapping[str, Any]) -> list[str]:
    """What must be the same; the number of steps too where the learning rate follows it."""
    schedule = record["config"]["trl"].get("lr_scheduler_type", CONSTANT[0])
    free = FREE if schedule in CONSTANT else [name for name in FREE if name != "steps"]
    return [name for name in record["config"] if name not in free]


def _trl_fields(*records: Mapping[str, Any]) -> list[str]:
    return sorted({name for record in records for name in record["config"]["trl"]} - set(FREE_TRL))


def _differing_stores(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Stores are compared in their order, for a share belongs to one of them."""
    one, other = recorded_stores(before), recorded_stores(now)
    if len(one) != len(other):
        return [f"pairs were of {len(one)} stores, now of {len(other)}"]
    names = ["pairs"] if len(one) == 1 else [f"pairs.{place}" for place in range(len(one))]
    return [
        said
        for name, *both in zip(names, one, other, strict=True)
        for said in _differing({name: both[0]}, {name: both[1]}, name, ("digest", "split", "used", "share"))
    ]


def _differing(before: Any, now: Any, part: str, names: Any) -> list[str]:
    one, other = before.get(part) or {}, now.get(part) or {}
    return [
        f"{part}.{name} was {str(one.get(name))[:40]!r}, now {str(other.get(name))[:40]!r}"
        for name in names
        if one.get(name) != other.get(name)
    ]
