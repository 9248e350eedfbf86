"""The partitioned stages of the coding pipeline: plain functions of a picklable payload, run by the engine anywhere.

facts: read trajectories once, keep compact facts.   fetch: read again only the trajectories of the pool.
mask: turn couples into masked, checked, budgeted candidates with what the audit needs to know of them.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from builders.edits import Edit, find_edits
from builders.facts import Facts, FactsOptions, facts_of, facts_schema
from builders.masking import mask_trace, secrets_of
from data.manifest import portable_uri
from data.patch import FilePatch, parse_patch
from data.schemas import context_id, pair_id
from data.sources import Partition, read
from data.sources.instances import JoinTable, join
from data.stages import local_copy, parquet_file
from data.trajectory import Message, Rejection, Trajectory
from filters.ambiguity import ambiguity
from filters.budget import BudgetOptions, fit_pair
from filters.cleaning import clean_messages, clean_text
from filters.contamination import ContaminationOptions, Index
from filters.duplicates import DuplicateOptions, context_reason, signature
from filters.leakage import leaks
from filters.redaction import RedactionOptions, redact
from filters.shortcuts import TERM, Features, features_of, file_names
from pipelines.engine import Batch

FACTS_ROWS = 500
"""Facts are written this many rows at a time: memory is bounded by a batch, not by a partition."""
STAGE_FACTS = pa.schema(
    [*facts_schema(), ("commit_key", pa.string()), ("patch_chars", pa.int32()), ("patch_simhash", pa.int64())]
)
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


def facts_partition(payload: FactsPayload) -> Iterator[Batch]:
    """Facts of every trajectory of a partition; set aside are unreadable rows, unusable patches, contaminated rows."""
    table = JoinTable(local_copy(payload.instances)) if payload.instances else None
    index = _index(payload)
    rows: list[Facts] = []
    batch = Batch()
    for item in read(payload.partition):
        batch.counts["rows"] = batch.counts.get("rows", 0) + 1
        outcome = item if isinstance(item, Rejection) else _facts(item, payload, table, index, batch.counts)
        if isinstance(outcome, Rejection):
            batch.rejections.append(outcome)
        else:
            rows.append(outcome)
        if len(rows) + len(batch.rejections) >= FACTS_ROWS:
            yield _with_rows(batch, rows)
            rows, batch = [], Batch()
    yield _with_rows(batch, rows)


def _index(payload: FactsPayload) -> Index:
    instances = JoinTable(local_copy(payload.evaluation)) if payload.evaluation else ()
    return Index(payload.contamination, instances)


def _facts(
    trajectory: Trajectory, payload: FactsPayload, table: JoinTable | None, index: Index, counts: dict[str, int]
) -> Facts | Rejection:
    if table is not None:
        found = table.get(trajectory.instance_id)
        name = "join-hit" if found else "join-miss"
        counts[name] = counts.get(name, 0) + 1
        trajectory = join(trajectory, table)
    rules = index.check(trajectory.repository, trajectory.instance_id, trajectory.issue)
    if rules:
        for rule in rules:
            counts[f"contamination {rule}"] = counts.get(f"contamination {rule}", 0) + 1
        reason = f"contaminated-{rules[0]}"
        detail = f"{trajectory.instance_id}: hits {', '.join(rules)}; contamination.enabled=false keeps such rows"
        return Rejection("facts", reason, trajectory.source, trajectory.row, trajectory.key(), detail)
    return facts_of(trajectory, payload.options)


def _with_rows(batch: Batch, rows: list[Facts]) -> Batch:
    columns = {name: [getattr(row, name) for row in rows] for name in facts_schema().names}
    columns["commit_key"] = [row.commit_key() for row in rows]
    columns["patch_chars"] = [len(row.patch) for row in rows]
    columns["patch_simhash"] = [simhash(row.patch) for row in rows]
    batch.table = pa.table(columns, schema=STAGE_FACTS)
    for row in rows:
        for name in (f"patch from {row.patch_origin}", f"functions by {row.functions_origin}"):
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
    """Which trajectories of a partition the pool needs: (source, row, key, bucket) each, and where their facts are."""

    partition: Partition
    wanted: tuple[tuple[str, int, str, int], ...]
    facts: str
    signature_lines: int


FETCHED = pa.schema(
    [*STAGE_FACTS, ("bucket", pa.int32()), ("signature", pa.binary()), ("messages", MESSAGES)],
)


def fetch_partition(payload: FetchPayload) -> Iterator[Batch]:
    """The traces of the pool, one row group a bucket, so that the mask stage reads only its own."""
    places = {(source, row): (key, bucket) for source, row, key, bucket in payload.wanted}
    facts = _facts_rows(payload.facts, {key for key, _ in places.values()})
    buckets: dict[int, list[dict[str, Any]]] = {}
    for item in read(payload.partition, only={row for _, row in places}):
        if isinstance(item, Rejection) or (item.source, item.row) not in places:
            continue
        key, bucket = places.pop((item.source, item.row))
        if item.key() != key:
            raise RuntimeError(f"{item.source} row {item.row} changed while the build ran: start it again")
        lines = signature(item.messages, payload.signature_lines)
        messages = [{"role": role, "content": content} for role, content in item.messages]
        row = {**facts[key], "bucket": bucket, "signature": lines.tobytes(), "messages": messages}
        buckets.setdefault(bucket, []).append(row)
    if places:
        raise RuntimeError(f"{next(iter(places))} was there when the build began and is not now: start it again")
    for bucket in sorted(buckets):
        rows = sorted(buckets[bucket], key=lambda row: str(row["key"]))
        yield Batch(table=pa.Table.from_pylist(rows, schema=FETCHED))
    if not buckets:
        yield Batch(table=FETCHED.empty_table())


def _facts_rows(path: str, keys: set[str]) -> dict[str, dict[str, Any]]:
    """Full facts of some trajectories, by key."""
    found: dict[str, dict[str, Any]] = {}
    wanted = pa.array(sorted(keys))
    with parquet_file(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            for row in table.filter(pa.compute.is_in(table["key"], value_set=wanted)).to_pylist():
                found.setdefault(row["key"], row)
    return found


@dataclass(frozen=True, slots=True)
class MaskCouple:
    """A couple of the pool, by keys. What the cascade measured is not here: it moves when the corpus grows."""

    first: str
    second: str
    group: str


@dataclass(frozen=True, slots=True)
class MaskPayload:
    """One bucket of couples and the files that hold their traces."""

    bucket: int
    couples: tuple[MaskCouple, ...]
    traces: tuple[str, ...]
    query: str
    redaction: RedactionOptions
    duplicates: DuplicateOptions
    budget: BudgetOptions


TERMS = pa.struct(
    [
        ("term", pa.list_(pa.int32())),
        ("count", pa.list_(pa.int32())),
        ("characters", pa.int64()),
        ("turns", pa.int32()),
        ("pieces", pa.int32()),
    ]
)
SIDES = ("first", "second")
MASKED = pa.schema(
    [
        ("pair_id", pa.string()),
        ("first", pa.string()),
        ("second", pa.string()),
        ("group", pa.large_string()),
        ("repository", pa.large_string()),
        ("context_similarity", pa.float64()),
        *((f"{side}_{name}", kind) for side in SIDES for name, kind in (
            ("instance", pa.large_string()), ("answer", pa.large_string()), ("context", MESSAGES),
            ("provenance", pa.large_string()), ("answer_terms", TERMS), ("context_terms", TERMS),
            ("names", pa.list_(pa.float64())), ("context_id", pa.string()),
        )),
    ]
)  # fmt: skip


@dataclass(slots=True)
class Trace:
    """One trajectory made ready for pairing: cleaned, redacted, its edits found."""

    row: dict[str, Any]
    messages: list[Message]
    edits: list[Edit]
    files: list[FilePatch]
    answer: str


def mask_partition(payload: MaskPayload) -> Iterator[Batch]:
    """Masked couples of one bucket; set aside are ambiguous, leaking, near-duplicate and over-long ones."""
    counts: Counter[str] = Counter()
    traces = {key: _prepared(row, payload.redaction, counts) for key, row in _traces(payload).items()}
    for couple in payload.couples:
        outcome = _masked(couple, traces[couple.first], traces[couple.second], payload, counts)
        if isinstance(outcome, Rejection):
            yield Batch(rejections=[outcome], counts=dict(counts))
        else:
            yield Batch(table=pa.Table.from_pylist([outcome], schema=MASKED), counts=dict(counts))
        counts.clear()
    yield Batch(table=MASKED.empty_table())


def _traces(payload: MaskPayload) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    wanted = {key for couple in payload.couples for key in (couple.first, couple.second)}
    for path in payload.traces:
        with parquet_file(path) as file:
            for group in range(file.num_row_groups):
                if _leaf_min(file, group, "bucket") == payload.bucket:
                    found.update({r["key"]: r for r in file.read_row_group(group).to_pylist() if r["key"] in wanted})
    return found


def _leaf_min(file: Any, group: int, name: str) -> int:
    """Least value of a flat column in a row group, from its statistics (buckets: all values are equal)."""
    metadata = file.metadata.row_group(group)
    leaf = next(i for i in range(metadata.num_columns) if metadata.column(i).path_in_schema == name)
    return int(metadata.column(leaf).statistics.min)


def _prepared(row: dict[str, Any], options: RedactionOptions, counts: Counter[str]) -> Trace:
    messages, cleaned = clean_messages([Message(m["role"], m["content"]) for m in row["messages"]])
    counts.update({f"cleaned {kind}": count for kind, count in cleaned.items()})
    redacted: list[Message] = []
    for role, content in messages:
        text, kinds = redact(content, options)
        counts.update({f"redacted {kind}": count for kind, count in kinds.items()})
        redacted.append(Message(role, text))
    answer = redact(clean_text(row["patch"]), options)[0]
    return Trace(row, redacted, find_edits(redacted), parse_patch(answer), answer)


def _masked(
    couple: MaskCouple, first: Trace, second: Trace, payload: MaskPayload, counts: Counter[str]
) -> dict[str, Any] | Rejection:
    """The row of a couple, or why there is none."""
    reason = ambiguity(first.files, second.files)
    if reason:
        return _rejected(couple, first, reason, "both traces fit both patches")
    patches = [first.files, second.files]
    secrets = secrets_of(patches, [*_attempts(first), *_attempts(second)])
    masked = [mask_trace(trace.messages, trace.edits, secrets) for trace in (first, second)]
    for each in masked:
        counts.update({f"masked {kind}": count for kind, count in each.counts.items()})
    longer = max(first.answer, second.answer, key=len)
    sides = [(each.messages, each.decisive) for each in masked]
    fitted = fit_pair(payload.query, longer, sides[0], sides[1], payload.budget)
    if isinstance(fitted, str):
        return _rejected(couple, first, fitted, f"the pair does not fit {payload.budget.tokens} tokens")
    counts["turns omitted"] += fitted.omitted_positive + fitted.omitted_negative
    contexts = [fitted.positive, fitted.negative]
    same = context_reason(contexts[0], contexts[1], payload.duplicates)
    if same:
        return _rejected(couple, first, same, "the two contexts cannot be told apart")
    for context in contexts:
        found = leaks(context, patches)
        if found:
            return _rejected(couple, first, "leak", f"turn {found[0].turn}, {found[0].form}: {found[0].line.strip()}")
    return _row(couple, (first, second), contexts, payload.query)


def _attempts(trace: Trace) -> Iterator[Edit]:
    """Edits on the patched files: lines that were tried there are as telling as those that stayed."""
    paths = {file.path for file in trace.files}
    return (edit for edit in trace.edits if any(edit.path.endswith(path) for path in paths))


def _rejected(couple: MaskCouple, trace: Trace, reason: str, detail: str) -> Rejection:
    return Rejection("mask", reason, trace.row["source"], trace.row["row"], f"{couple.first}+{couple.second}", detail)


def _row(
    couple: MaskCouple, traces: tuple[Trace, Trace], contexts: Sequence[list[Message]], query: str
) -> dict[str, Any]:
    texts = ["\n".join(message.content for message in context) for context in contexts]
    features = [features_of(text, len(context)) for text, context in zip(texts, contexts, strict=True)]
    row: dict[str, Any] = {
        "first": couple.first,
        "second": couple.second,
        "group": couple.group,
        "repository": traces[0].row["repository"],
        "context_similarity": round(_cosine(features[0], features[1]), 4),
    }
    for side, trace, context, feature in zip(SIDES, traces, contexts, features, strict=True):
        values: dict[str, Any] = {
            "instance": trace.row["instance_id"],
            "answer": trace.answer,
            "context": [{"role": role, "content": content} for role, content in context],
            "provenance": json.dumps(_provenance(trace.row), sort_keys=True),
            "answer_terms": _terms(features_of(trace.answer)),
            "context_terms": _terms(feature),
            "names": file_names(trace.answer, texts),
        }
        values["context_id"] = context_id(values["context"]).hex()
        row |= {f"{side}_{name}": value for name, value in values.items()}
    row["pair_id"] = min(_pair_id(row, query, *SIDES), _pair_id(row, query, *SIDES[::-1]))
    return row


def _pair_id(row: dict[str, Any], query: str, side: str, other: str) -> str:
    return pair_id(query, row[f"{side}_answer"], row[f"{side}_context"], row[f"{other}_context"])


PROVENANCE = (
    "key", "source", "row", "instance_id", "trajectory_id", "repository", "commit", "agent", "model", "license",
    "resolved", "outcome_origin", "patch_origin", "functions_origin", "dropped_files", "full_patch_digest",
)  # fmt: skip


def _provenance(row: dict[str, Any]) -> dict[str, Any]:
    known = {name: row[name] for name in PROVENANCE if row[name] not in (None, [])}
    return known | {"source": portable_uri(row["source"])}


def _terms(features: Features) -> dict[str, Any]:
    sizes = {"characters": features.characters, "turns": features.turns, "pieces": features.pieces}
    return {"term": list(features.terms), "count": list(features.terms.values()), **sizes}


def _cosine(one: Features, two: Features) -> float:
    dot = sum(count * two.terms.get(term, 0) for term, count in one.terms.items())
    norms = [sum(count * count for count in each.terms.values()) ** 0.5 for each in (one, two)]
    return dot / (norms[0] * norms[1]) if norms[0] and norms[1] else 0.0
