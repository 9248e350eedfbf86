"""What is shown of a run where others look: its name, the keys of what it leaves, tables and texts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.manifest import FunnelStage, Manifest
from contextpairs.data.store.store import Published

FOLDERS = 2
"""Last folders of a store that its short name holds."""


def short_name(store: str) -> str:
    """A store by its last folders, `nightly/coding`: nothing of a host, a user or a query."""
    path = store.partition("://")[2].partition("?")[0].rpartition("@")[2] if "://" in store else store
    return "/".join([part for part in path.split("/") if part][-FOLDERS:]) or "store"


def key_of(kind: str, store: str) -> str:
    """The key of an artifact: `funnel-out-coding`."""
    return re.sub(r"[^a-z0-9]+", "-", f"{kind}-{short_name(store)}".lower()).strip("-")


def funnel_rows(lines: Iterable[FunnelStage]) -> list[dict[str, Any]]:
    """The funnel as a table."""
    return [
        {"stage": line.stage, "in": line.rows_in, "out": line.rows_out, "of": line.unit, "dropped": reasons_of(line)}
        for line in lines
    ]


def reasons_of(line: FunnelStage) -> str:
    """Why rows were dropped at a stage: `no-patch 20, too-long 10`."""
    return ", ".join(f"{reason} {count}" for reason, count in line.reasons.items())


def version_text(published: Published, manifest: Manifest, keys: Sequence[str]) -> str:
    """Markdown: where a version is, what else is shown of it, and what the shortcut audit found in it."""
    counts = " and ".join(f"{published.rows[split]} {split}" for split in SPLITS if split in published.rows)
    links = " · ".join(f"[{key}](/artifacts/key/{key})" for key in keys)
    rows = [
        f"| {a.split} | {a.name} | {a.accuracy:.3f} | {a.low:.3f} to {a.high:.3f} | {a.n} |" for a in manifest.audit
    ]
    return "\n".join(
        [
            f"# {published.version}\n\n{counts} pairs in `{published.path}`\n\n{links}\n",
            "| split | baseline | accuracy | 95 % interval | rows |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )


def finite_steps(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a trainer logged, less what a table cannot hold."""
    return [
        {name: value for name, value in line.items() if isinstance(value, (int, float)) and math.isfinite(value)}
        for line in history
    ]


def trained_text(checkpoint: str, record: Mapping[str, Any]) -> str:
    """Markdown: which data made a checkpoint."""
    data = json.dumps({name: record[name] for name in ("pairs", "tasks", "prompt")}, indent=2)
    return f"# {record['objective']}\n\ncheckpoint `{checkpoint}`\n\n```json\n{data}\n```"
