"""Tasks from real public runs on SWE-bench Lite: nearly every fix has a certain place, and the right one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent
from contextpairs.pipelines.tasks.coding import build_coding_tasks
from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig
from contextpairs.pipelines.tasks.storing import NoTasks, TasksManifest

pytestmark = pytest.mark.slow

KNOWN = {
    "django__django-13933": [["django/forms/models.py", "to_python"]],
    "psf__requests-3362": [["requests/utils.py", "stream_decode_response_unicode"]],
    "sympy__sympy-19487": [["sympy/functions/elementary/complexes.py", ""]],
    "django__django-13768": [
        ["django/dispatch/dispatcher.py", "<module>"],
        ["django/dispatch/dispatcher.py", "send_robust"],
    ],
}
"""Read by hand: a changed method, a changed function, a method added beside others, an import with its use."""


def build(shared: Path, out: Path, *overrides: str) -> TasksManifest:
    runs = shared / "trajectories"
    given = [
        f"sources=['{runs / 'chat'}', '{runs / 'native'}']",
        f"out={out}",
        "contamination.enabled=false",
        *overrides,
    ]
    return build_coding_tasks(load(CodingTasksConfig, [], given), process_mapper(2), Silent())


def references(out: Path, manifest: TasksManifest) -> dict[str, Any]:
    rows = [row for file in manifest.files for row in pq.read_table(out / file.path).to_pylist()]
    return {json.loads(row["provenance"])["instance_id"]: json.loads(row["reference"])["places"] for row in rows}


def test_gold_patches_give_hundreds_of_tasks_with_functions(shared: Path, tmp_path: Path) -> None:
    table = shared / "trajectories" / "instances.jsonl"
    manifest = build(shared, tmp_path, f"source.instances=['{table}']")
    assert manifest.tasks >= 230
    assert manifest.counts["reference from gold, functions"] >= 200
    found = references(tmp_path, manifest)
    assert {name: found[name] for name in KNOWN} == KNOWN


def test_without_gold_patches_resolved_runs_stand_in(shared: Path, tmp_path: Path) -> None:
    manifest = build(shared, tmp_path)
    assert manifest.tasks >= 100
    assert all(name.startswith("reference from run") for name in manifest.counts)


def test_by_default_all_of_it_is_contamination(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(NoTasks):
        build(shared, tmp_path, f"sources=['{shared / 'trajectories' / 'chat'}']", "contamination.enabled=true")
