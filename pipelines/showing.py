"""Texts for people: pairs in full, and the configuration with what each field means."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel

from data.diff import Diff
from data.schemas import Split
from data.store import Store

RULE = "=" * 100


def shown(store: Store, version: str | None, split: Split, count: int, seed: int) -> Iterator[str]:
    """`count` pairs of a split, drawn by seed: answer, then both contexts turn by turn."""
    table = store.read(version or "latest", split)
    chosen = random.Random(seed).sample(range(table.num_rows), min(count, table.num_rows))
    for at in chosen:
        yield _pair(table.slice(at, 1).to_pylist()[0])


def _pair(row: dict[str, Any]) -> str:
    lines = [RULE, f"pair {row['pair_id']}   group {row['group_id']}   label {row['label']}", row["scores"]]
    lines += [row["provenance"], "", row["query"], "", "--- answer", row["answer"]]
    for name in ("positive", "negative"):
        lines += [RULE, f"--- {name} context"]
        lines += [f"[{turn}] {m['role']}:\n{m['content']}\n" for turn, m in enumerate(row[name])]
    return "\n".join(lines)


def described(diff: Diff) -> str:
    """A difference of two versions in words: pairs by split, settings, funnel stages that moved."""
    return "\n".join(_described(diff)) or "no difference"


def _described(diff: Diff) -> Iterator[str]:
    for split, change in diff.splits.items():
        counts = {"added": change.added, "removed": change.removed, "kept": change.kept, "changed": change.changed}
        yield f"{split}: " + ", ".join(f"{len(ids)} {name}" for name, ids in counts.items())
        for sign, ids in (("+", change.added), ("-", change.removed), ("~", change.changed)):
            yield from (f"  {sign} {pair}" for pair in ids)
    for name, (before, after) in diff.configuration.items():
        yield f"{name}: {before} -> {after}"
    for stage in diff.funnel:
        moved = " -> ".join("none" if rows is None else f"{rows:,}" for rows in stage.rows_out)
        reasons = ", ".join(f"{reason} {count:+,}" for reason, count in stage.reasons.items())
        yield f"{stage.stage}: {moved}" + (f" ({reasons})" if reasons else "")


def documented(config: BaseModel) -> str:
    """The configuration as YAML, each field under its description."""
    return "\n".join(_fields(config, ""))


def _fields(model: BaseModel, indent: str) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        for line in (field.description or "").splitlines():
            yield f"{indent}# {line}"
        if isinstance(value, BaseModel):
            yield f"{indent}{name}:"
            yield from _fields(value, indent + "  ")
        else:
            dumped = model.model_dump(mode="json", include={name})[name]
            text = yaml.safe_dump(dumped, default_flow_style=True, sort_keys=False, width=1000)
            yield f"{indent}{name}: {text.removesuffix('...' + chr(10)).rstrip()}"
