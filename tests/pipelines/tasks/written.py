"""Written tasks as the tests look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from contextpairs.pipelines.tasks.storing import TasksManifest, read_manifest


def rows_of(out: Path) -> list[dict[str, Any]]:
    return [row for file in read_manifest(out).files for row in pq.read_table(out / file.path).to_pylist()]


def content(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.is_file()}


def reasons(manifest: TasksManifest) -> dict[str, int]:
    return {reason: count for line in manifest.funnel for reason, count in line.reasons.items()}
