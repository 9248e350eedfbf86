"""Texts for people: pairs in full, and the configuration with what each field means."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from contextpairs.data.imaging import send
from contextpairs.data.pairs.schemas import CONTEXT_FIELDS, Split
from contextpairs.data.sources.files.safe_text import plain
from contextpairs.data.store.diff import Diff
from contextpairs.data.store.store import Store

RULE = "=" * 100


def drawn(store: Store, version: str, split: Split, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` rows of a split, drawn by seed; only their row groups are read.

    Raises:
        VersionError: no such version, or it has no such split.
    """
    rows = store.manifest(version).rows.get(split, 0)
    return store.take(version, split, random.Random(seed).sample(range(rows), min(count, rows)))


def pair_text(row: Mapping[str, Any], domain: str) -> str:
    """A pair in full: ids, label, measures, provenance, query, answer, then both contexts as their domain has them.

    Its texts are a stranger's: what would act on a terminal is written out.

    Raises:
        RuntimeError: image pairs, and Pillow is not installed.
    """
    lines = [RULE, f"pair {row['pair_id']}   group {row['group_id']}   label {row['label']}", row["scores"]]
    lines += [row["provenance"], "", row["query"], "", "--- answer", row["answer"]]
    for name in CONTEXT_FIELDS:
        lines += CONTEXT_LINES[domain](name, row[name])
    return plain("\n".join(lines))


def _turn_lines(name: str, turns: list[dict[str, str]]) -> list[str]:
    said = [f"[{turn}] {m['role']}:\n{m['content']}\n" for turn, m in enumerate(turns)]
    return [RULE, f"--- {name} context", *said]


def _image_lines(name: str, image: Mapping[str, Any]) -> list[str]:
    facts = send.described(image["bytes"], send.shown(image["bytes"]))
    return [f"--- {name} image", ", ".join(filter(None, (facts, image["path"])))]


CONTEXT_LINES: dict[str, Callable[[str, Any], list[str]]] = {"coding": _turn_lines, "images": _image_lines}


def described(diff: Diff) -> str:
    """A difference of two versions in words: pairs by split, settings, funnel stages that moved."""
    return plain("\n".join(_described(diff))) or "no difference"


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
