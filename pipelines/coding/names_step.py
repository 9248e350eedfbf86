"""Which runs need other runs' text to name what they edit, and what comes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.coding.config import CodingConfig
from contextpairs.pipelines.coding.facts_table import STATED, FactsTable, renamed
from contextpairs.pipelines.coding.names_stage import (
    NamesPayload,
    SharingRun,
    ShownPayload,
    names_partition,
    shown_partition,
)
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Output, counts_of, digest

BUCKET_RUNS = 200
"""Runs a bucket, above which there are more buckets: the texts of one bucket are in memory together."""
LENDERS = 16
"""Runs at one code, besides those to be named, that are read again for what they show."""


def with_shared_names(build: Build[CodingConfig], partitions: Sequence[Partition], facts: FactsTable) -> FactsTable:
    """The facts, with functions that hunks alone had named now named by what all runs of an instance show."""
    runs = _runs(facts)
    texts = _shown(build, partitions, facts, runs)
    outputs = _names(build, facts, texts)
    for name, count in counts_of(outputs).items():
        build.note(f"{name}: {count} trajectories")
    named = {row["key"]: row for output in outputs for row in read_table(output.path).to_pylist()}
    return renamed(facts, _without_text(facts) | named)


def _without_text(facts: FactsTable) -> dict[str, dict[str, Any]]:
    """What stands of the runs named by hunks where nothing more can be found: anything else they edit is unknown."""
    rows = facts.table.filter(pa.array(_by_hunk(facts))).select(["key", "files", *STATED]).to_pylist()
    return {row["key"]: {**row, "unknown": [f"{path}::?{row['key']}" for path in row["files"]]} for row in rows}


def _by_hunk(facts: FactsTable) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which trajectories were named by hunks."""
    named = pc.equal(facts.table["functions_origin"], "hunk")
    return np.asarray(named.fill_null(False).to_numpy(), dtype=np.bool_)


def _runs(facts: FactsTable) -> dict[int, SharingRun]:
    """The runs to be read again, by row of the facts: those named by hunks, and some others at the same code."""
    wanted = _by_hunk(facts)
    codes = np.stack([facts.compact.scalars[name] for name in ("instance", "commit")], axis=1)
    _, code = np.unique(codes, axis=0, return_inverse=True)
    members: dict[int, list[int]] = defaultdict(list)
    concerned = np.zeros(int(code.max(initial=0)) + 1, dtype=np.bool_)
    concerned[code[wanted]] = True
    for row in np.flatnonzero(concerned[code]):
        members[int(code[row])].append(int(row))
    count = 16
    while count * BUCKET_RUNS < int(wanted.sum()):
        count *= 2
    return {row: run for rows in members.values() for row, run in _runs_of(facts, rows, wanted, count).items()}


def _runs_of(
    facts: FactsTable, rows: Sequence[int], wanted: np.ndarray[Any, np.dtype[np.bool_]], buckets: int
) -> dict[int, SharingRun]:
    """The runs at one code."""
    names = ["key", "source", "row", "repository", "commit_key", "instance_id", "files"]
    told = dict(zip(rows, facts.table.select(names).take(pa.array(rows)).to_pylist(), strict=True))
    paths = {path for row in rows if wanted[row] for path in told[row]["files"]}
    commit = min((each["commit_key"] for each in told.values() if each["commit_key"]), default="")
    code = digest([told[rows[0]]["repository"], commit, told[rows[0]]["instance_id"]])[:16]
    others = [row for row in rows if not wanted[row]]
    others.sort(key=lambda row: (not paths & set(told[row]["files"]), told[row]["key"]))
    return {
        row: SharingRun(
            told[row]["source"],
            told[row]["row"],
            told[row]["key"],
            code,
            int(code[:8], 16) % buckets,
            tuple(sorted(paths)),
        )
        for row in (*(row for row in rows if wanted[row]), *others[:LENDERS])
    }


def _shown(
    build: Build[CodingConfig], partitions: Sequence[Partition], facts: FactsTable, runs: dict[int, SharingRun]
) -> list[Output]:
    """What each run shows, partition by partition of the sources."""
    numbers = facts.table["partition"].to_numpy()
    of_partition: dict[int, list[int]] = defaultdict(list)
    for row in sorted(runs):
        of_partition[int(numbers[row])].append(row)
    digests = facts.table["facts_digest"]
    works = []
    for number, rows in sorted(of_partition.items()):
        wanted = tuple(runs[row] for row in rows)
        payload = ShownPayload(partitions[number], wanted, facts.paths[number])
        inputs = [partitions[number], wanted, digests.take(pa.array(rows)).to_pylist()]
        works.append(build.work(shown_partition, payload, inputs))
    return build.run(works)


def _names(build: Build[CodingConfig], facts: FactsTable, texts: Sequence[Output]) -> list[Output]:
    """Names, bucket by bucket: they depend on the code, the paths and what was found of them, not on who was asked."""
    keys = frozenset(facts.table["key"].filter(pa.array(_by_hunk(facts))).to_pylist())
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    paths: dict[int, set[str]] = defaultdict(set)
    for output in texts:
        for row in read_table(output.path, ["bucket", "code", "key", "path", "digest"]).to_pylist():
            found[row["bucket"]].append(row)
            paths[row["bucket"]].add(output.path)
    works = []
    mirror = build.config.facts.mirror
    for bucket, rows in sorted(found.items()):
        named = keys & {row["key"] for row in rows}
        payload = NamesPayload(bucket, tuple(sorted(paths[bucket])), named, mirror)
        inputs = [sorted(rows, key=lambda row: (row["code"], row["key"], row["path"])), named, mirror]
        works.append(build.work(names_partition, payload, inputs))
    return build.run(works)
