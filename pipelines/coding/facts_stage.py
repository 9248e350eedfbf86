"""The partitioned stages of the coding pipeline: plain functions of a picklable payload, run by the engine anywhere.

facts: read trajectories once, keep compact facts.   fetch: read again only the trajectories of the pool.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from contextpairs.builders.coding.facts import Facts, FactsOptions, facts_of, facts_schema
from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.sources.trajectories.instances import join
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.filters.coding.contamination import ContaminationOptions
from contextpairs.filters.coding.duplicates import signature
from contextpairs.filters.coding.measures import TERM
from contextpairs.pipelines.coding.trajectory_rows import (
    Place,
    Tables,
    facts_rows,
    open_tables,
    read_again,
    trajectory_batches,
)
from contextpairs.pipelines.run.engine import digest
from contextpairs.pipelines.run.stage import Again, Batch, stage

FACTS_ROWS = 500
"""Facts are written this many rows at a time."""
STAGE_FACTS = pa.schema(
    [*facts_schema(), ("commit_key", pa.string()), ("patch_chars", pa.int32()), ("patch_simhash", pa.int64()),
     ("facts_digest", pa.string())]
)  # fmt: skip
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.large_string())]))


@dataclass(frozen=True, slots=True)
class FactsPayload:
    """What the facts stage needs for one partition of a source."""

    partition: Partition
    options: FactsOptions
    contamination: ContaminationOptions
    instances: str | None
    """Path of the join table."""
    evaluation: str | None
    """Path of the join table that holds the evaluation sets' instances."""
    only: tuple[Place, ...] = ()
    """Rows that failed and are tried again; none for all."""


def _failed_facts(payload: FactsPayload, failed: Sequence[dict[str, Any]]) -> FactsPayload:
    return replace(payload, only=tuple((row["source"], row["row"]) for row in failed))


@stage("facts", again=Again(_failed_facts))
def facts_partition(payload: FactsPayload) -> Iterator[Batch]:
    """Facts of every trajectory of a partition; set aside are unreadable rows, unusable patches, contaminated rows."""
    tables = open_tables(payload.instances, payload.evaluation, payload.contamination)
    told = partial(_facts, tables=tables, options=payload.options)
    return trajectory_batches(payload.partition, told, _with_rows, FACTS_ROWS, "facts", payload.only)


def _facts(trajectory: Trajectory, counts: dict[str, int], tables: Tables, options: FactsOptions) -> Facts | Rejection:
    for name in trajectory.unread:
        counts[f"unread {name}"] = counts.get(f"unread {name}", 0) + 1
    table = tables.instances
    if table is not None:
        found = table.get(trajectory.instance_id)
        name = "join-hit" if found else "join-miss"
        counts[name] = counts.get(name, 0) + 1
        trajectory = join(trajectory, table)
    rules = tables.evaluation.check(trajectory.repository, trajectory.instance_id, trajectory.issue)
    if rules:
        for rule in rules:
            counts[f"contamination {rule}"] = counts.get(f"contamination {rule}", 0) + 1
        reason = f"contaminated-{rules[0]}"
        detail = f"{trajectory.instance_id}: hits {', '.join(rules)}; contamination.enabled=false keeps such rows"
        return Rejection("facts", reason, trajectory.source, trajectory.row, trajectory.key(), detail)
    return facts_of(trajectory, options)


def _with_rows(batch: Batch, rows: list[Facts]) -> Batch:
    columns = {name: [getattr(row, name) for row in rows] for name in facts_schema().names}
    columns["commit_key"] = [row.commit_key() for row in rows]
    columns["patch_chars"] = [len(row.patch) for row in rows]
    columns["patch_simhash"] = [simhash(row.patch) for row in rows]
    columns["facts_digest"] = [digest(row.as_row()) for row in rows]
    batch.table = pa.table(columns, schema=STAGE_FACTS)
    for row in rows:
        for name in (f"patch from {row.patch_origin}", f"functions by {row.functions_origin}"):
            batch.counts[name] = batch.counts.get(name, 0) + 1
        if row.drifted_files:
            name = "patch less environment drift"
            batch.counts[name] = batch.counts.get(name, 0) + 1
    return batch


def simhash(text: str) -> int:
    """64-bit similarity hash of the words of a text: texts that share words differ in few bits."""
    words = Counter(TERM.findall(text))
    if not words:
        return 0
    hashes = np.array([zlib.crc32(w.encode()) | zlib.crc32(w.encode(), 0x5BD1E995) << 32 for w in words], np.uint64)
    bits = np.unpackbits(hashes.view(np.uint8).reshape(-1, 8), axis=1).astype(np.float32)
    weights = np.log1p(np.fromiter(words.values(), np.float32))
    return int(np.packbits(weights @ (2 * bits - 1) > 0).view(np.int64)[0])


@dataclass(frozen=True, slots=True)
class FetchPayload:
    """Which trajectories of a partition the pool needs, and where their facts are.

    Attributes:
        wanted: (source, row, key, bucket) of each.
        stated: what the facts say since text of other runs was looked at, by key.
    """

    partition: Partition
    wanted: tuple[tuple[str, int, str, int], ...]
    facts: str
    signature_lines: int
    stated: dict[str, dict[str, Any]]


FETCHED = pa.schema(
    [
        *STAGE_FACTS,
        ("bucket", pa.int32()),
        ("signature", pa.binary()),
        ("messages", MESSAGES),
        ("doubtful", pa.list_(pa.int32())),
    ],
)


def _failed_traces(payload: FetchPayload, failed: Sequence[dict[str, Any]]) -> FetchPayload:
    places = {(row["source"], row["row"]) for row in failed}
    return replace(payload, wanted=tuple(each for each in payload.wanted if each[:2] in places))


@stage("fetch", again=Again(_failed_traces))
def fetch_partition(payload: FetchPayload) -> Iterator[Batch]:
    """The traces of the pool, one row group a bucket, so that the mask stage reads only its own."""
    keys = {(source, row): key for source, row, key, _ in payload.wanted}
    bucket_of = {key: bucket for *_, key, bucket in payload.wanted}
    facts = facts_rows(payload.facts, keys)
    buckets: dict[int, list[dict[str, Any]]] = {}
    for item in read_again(payload.partition, keys):
        place = (item.source, item.row)
        key = keys[place]
        row = item if isinstance(item, Rejection) else _guarded_trace(item, payload, key)
        if isinstance(row, Rejection):
            yield Batch(rejections=[replace(row, stage="fetch", key=key)])
        else:
            told = {**facts[place], **payload.stated[key], "bucket": bucket_of[key]}
            buckets.setdefault(bucket_of[key], []).append({**told, **row})
    for bucket in sorted(buckets):
        rows = sorted(buckets[bucket], key=lambda row: str(row["key"]))
        yield Batch(table=pa.Table.from_pylist(rows, schema=FETCHED))
    if not buckets:
        yield Batch(table=FETCHED.empty_table())


def _guarded_trace(run: Trajectory, payload: FetchPayload, key: str) -> dict[str, Any] | Rejection:
    return guarded(partial(_trace, run, payload.signature_lines), "fetch", run.source, run.row, key)


def _trace(run: Trajectory, signature_lines: int) -> dict[str, Any]:
    messages = [{"role": role, "content": content} for role, content in run.messages]
    lines = signature(run.messages, signature_lines)
    return {"signature": lines.tobytes(), "messages": messages, "doubtful": run.doubtful()}
