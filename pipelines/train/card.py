"""The card of a model that a run leaves: what it was made of and how, and what its probe found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from contextpairs.data.store.manifest import portable_uri
from contextpairs.pipelines.probe.statistics import Estimate
from contextpairs.pipelines.probe.tables import percent
from contextpairs.pipelines.train.record import recorded_stores

OBJECTIVES = {
    "grpo": "GRPO on tasks",
    "contextrl": "GRPO on tasks, and the context-selection loss on pairs",
    "da_sft": "supervision on the letters of pairs, then GRPO on tasks",
    "da_rl": "GRPO on tasks with pairs among them",
}
ELSEWHERE = ("model", "out", "pairs", "version", "split", "tasks", "objective", "resume")
"""Fields of a run that the card tells elsewhere, or not at all."""


def card(record: Mapping[str, Any], folder: Path, adapter: bool) -> str:
    """A model card in Markdown, with what the hub reads at its head.

    Args:
        record: of the checkpoint that the model is of.
        folder: where the model stands.
        adapter: whether it is an adapter of its base.
    """
    config = record["config"]
    base = portable_uri(config["model"])
    head = {
        "base_model": base,
        "library_name": "peft" if adapter else "transformers",
        "tags": ["contextpairs", record["objective"]],
    }
    parts = [
        f"---\n{yaml.safe_dump(head, sort_keys=False)}---",
        f"# {base}, trained to select context",
        f"`{base}` after {record['step']} optimizer steps of {OBJECTIVES[record['objective']]}, by contextpairs.",
        "## Data",
        "\n".join(_data(record)),
        "## Probe",
        _probe(record, folder),
        "## Settings",
        f"```yaml\n{yaml.safe_dump(_settings(config), sort_keys=False, allow_unicode=True)}```",
    ]
    return "\n\n".join(parts) + "\n"


def _data(record: Mapping[str, Any]) -> Iterator[str]:
    for pairs in recorded_stores(record):
        counted = f"{pairs['used']:,} of {pairs['used'] + pairs['dropped']:,} pairs of {pairs['domain']}"
        share = f", {100 * pairs['share']:.6g} % of every batch" if pairs["share"] < 1 else ""
        yield (
            f"- `{portable_uri(pairs['store'])}` {pairs['version']}, split {pairs['split']}: {counted}{share}, "
            f"content `{pairs['content']}`"
        )
    tasks = record["tasks"]
    yield f"- tasks: `{portable_uri(tasks['path'])}`, digest `{tasks['digest']}`"


def _probe(record: Mapping[str, Any], folder: Path) -> str:
    told = record.get("probe") or {}
    best = told.get("best")
    if best is None or best["step"] != record["step"]:
        return f"The model was not probed while it was trained: `contextpairs probe model={folder.name}` does."
    store = ", ".join(f"`{each['store']}` {each['version']}" for each in best["stores"])
    asked = (
        f"Asked in both orders which context supports the answer: {best['pairs']:,} pairs of {store}, of half of the "
        "groups of its split probe. The checkpoint was chosen among others by the other half, no part of these "
        "figures. In percent, with 95 % intervals over groups; chance is 50, and 25 in both orders."
    )
    rows = [("before the first step", told.get("begun")), (f"step {best['step']}", best)]
    table = ["| model | right | right in both orders |", "|---|---|---|", *(_row(name, at) for name, at in rows if at)]
    again = f"`contextpairs probe model={folder.name} split=probe half={best['half']}` asks the same pairs."
    return "\n\n".join([asked, "\n".join(table), again])


def _row(name: str, told: Mapping[str, Any]) -> str:
    overall = told["overall"]
    right, consistent = (percent(Estimate(**overall[figure])) for figure in ("accuracy", "consistent"))
    return f"| {name} | {right} | {consistent} |"


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _portable(value) for name, value in config.items() if name not in ELSEWHERE}


def _portable(value: Any) -> Any:
    """Without paths of the machine."""
    if isinstance(value, str):
        return portable_uri(value)
    if isinstance(value, list):
        return [_portable(each) for each in value]
    return {name: _portable(each) for name, each in value.items()} if isinstance(value, dict) else value
