"""The mask stage: couples become masked, checked, budgeted candidates with what the audit needs to know of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa

from contextpairs.builders.coding.find_edits import Edit, find_edits
from contextpairs.builders.coding.masked_lines import Known, attempted_lines, secrets_of
from contextpairs.builders.coding.masking import MARKER, Masked, head_length, mask_trace, shared_lines
from contextpairs.builders.coding.turn_text import TurnText
from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.data.pairs.schemas import context_id, pair_id
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import FAILED, guarded
from contextpairs.data.store.manifest import portable_uri
from contextpairs.data.store.stages import parquet_file
from contextpairs.filters.coding.ambiguity import ambiguity
from contextpairs.filters.coding.budget import BudgetOptions, fit_pair
from contextpairs.filters.coding.cleaning import clean_messages, clean_text
from contextpairs.filters.coding.decidable import own_length, own_text, undecidable, untold
from contextpairs.filters.coding.duplicates import DuplicateOptions, context_reason
from contextpairs.filters.coding.echoes import without_echoes
from contextpairs.filters.coding.leakage import pair_leaks
from contextpairs.filters.coding.measures import Features, couple_measures, features_of, file_names
from contextpairs.filters.coding.redaction import RedactionOptions, redact, redact_messages
from contextpairs.pipelines.run.stage import Again, Batch, stage

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.large_string())]))


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
    least_own_text: int


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
            *((f"{kind}_measures", pa.list_(pa.float32())) for kind in ("answer", "context", "overlap")),
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
    readings: list[TurnText]
    known: Known
    """What could be read before the agent's first edit."""


def _failed_couples(payload: MaskPayload, failed: Sequence[dict[str, Any]]) -> MaskPayload:
    keys = {row["key"] for row in failed}
    return replace(payload, couples=tuple(each for each in payload.couples if _key(each) in keys))


def _place(payload: MaskPayload, row: pa.Table) -> int:
    keys = (row["first"][0].as_py(), row["second"][0].as_py())
    return next(at for at, each in enumerate(payload.couples) if (each.first, each.second) == keys)


@stage("mask", again=Again(_failed_couples, _place))
def mask_partition(payload: MaskPayload) -> Iterator[Batch]:
    """Masked couples of one bucket; set aside are ambiguous, leaking, near-duplicate and over-long ones."""
    counts: Counter[str] = Counter()
    traces = {key: _ready(row, payload.redaction, counts) for key, row in _traces(payload).items()}
    yield Batch(counts=dict(counts))
    for couple in payload.couples:
        counts = Counter()
        found = _found(couple, traces[couple.first], traces[couple.second], payload, counts)
        if not isinstance(found, Rejection):
            yield Batch(table=found, counts=dict(counts))
        elif found.reason == FAILED:
            yield Batch(rejections=[replace(found, key=_key(couple))])
        else:
            yield Batch(rejections=[found], counts=dict(counts))
    yield Batch(table=MASKED.empty_table())


def _ready(row: dict[str, Any], options: RedactionOptions, counts: Counter[str]) -> Trace | Rejection:
    """A trace made ready, or why that failed; one that failed counts nothing."""
    found: Counter[str] = Counter()
    trace = guarded(partial(_prepared, row, options, found), "mask", row["source"], row["row"], row["key"])
    if isinstance(trace, Trace):
        counts.update(found)
    return trace


def _found(
    couple: MaskCouple, first: Trace | Rejection, second: Trace | Rejection, payload: MaskPayload, counts: Counter[str]
) -> pa.Table | Rejection:
    """The row of a couple as a table, or why there is none."""
    if isinstance(first, Rejection):
        return first
    if isinstance(second, Rejection):
        return second

    def table() -> pa.Table | Rejection:
        masked = _masked(couple, first, second, payload, counts)
        return masked if isinstance(masked, Rejection) else pa.Table.from_pylist([masked], schema=MASKED)

    return guarded(table, "mask", first.row["source"], first.row["row"], _key(couple))


def _key(couple: MaskCouple) -> str:
    return f"{couple.first}+{couple.second}"


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
    messages, cleaned = clean_messages(_heard(row))
    counts.update({f"cleaned {kind}": count for kind, count in cleaned.items()})
    redacted, kinds = redact_messages(messages, options)
    counts.update({f"redacted {kind}": count for kind, count in kinds.items()})
    answer = redact(clean_text(row["patch"]), options)[0]
    edits = find_edits(redacted)
    redacted, dropped = without_echoes(redacted)
    counts.update({f"removed {kind}": count for kind, count in dropped.items()})
    readings = [TurnText(message.content) for message in redacted]
    known = _known(redacted, readings, min((edit.turn for edit in edits), default=len(redacted)))
    return Trace(row, redacted, edits, parse_patch(answer), answer, readings, known)


def _heard(row: dict[str, Any]) -> list[Message]:
    """The turns as masks hear them: whoever may be the agent is."""
    messages = [Message(m["role"], m["content"]) for m in row["messages"]]
    for turn in row["doubtful"] or ():
        messages[turn] = Message("assistant", messages[turn].content)
    return messages


def _known(messages: Sequence[Message], readings: Sequence[TurnText], first_edit: int) -> Known:
    """The issue, and what tools showed before the first edit: all of it was there before the patch."""
    stop = max(first_edit, head_length(messages))
    return Known([reading for turn, reading in enumerate(readings[:stop]) if messages[turn].role != "assistant"])


def _masked(
    couple: MaskCouple, first: Trace, second: Trace, payload: MaskPayload, counts: Counter[str]
) -> dict[str, Any] | Rejection:
    """The row of a couple, or why there is none."""
    reason = ambiguity(first.files, second.files)
    if reason:
        return _rejected(couple, first, reason, "both traces fit both patches")
    patches = [first.files, second.files]
    traces = (first, second)
    attempts = [lines for trace in traces for lines in _attempts(trace)]
    secrets = secrets_of(patches, attempts, [trace.known for trace in traces])
    shared = shared_lines(first.messages, second.messages)
    masked = [mask_trace(each.messages, each.edits, secrets, each.readings, shared) for each in traces]
    for each in masked:
        counts.update({f"masked {kind}": count for kind, count in each.counts.items()})
    longer = max(first.answer, second.answer, key=len)
    sides = [_without_empty(trace, each) for trace, each in zip(traces, masked, strict=True)]
    fitted = fit_pair(payload.query, longer, sides[0], sides[1], payload.budget)
    if isinstance(fitted, str):
        return _rejected(couple, first, fitted, f"the pair does not fit {payload.budget.tokens} tokens")
    counts["turns omitted"] += fitted.omitted_positive + fitted.omitted_negative
    contexts = [fitted.positive, fitted.negative]
    same = context_reason(contexts[0], contexts[1], payload.duplicates)
    if same:
        return _rejected(couple, first, same, "the two contexts cannot be told apart")
    said = [own_text(context, MARKER) for context in contexts]
    shortest = min(map(own_length, said))
    if shortest < payload.least_own_text:
        detail = f"an agent says {shortest} characters, fewer than least_own_text={payload.least_own_text}"
        return _rejected(couple, first, "silent-trace", detail)
    undecided = undecidable(patches, said)
    if undecided:
        return _rejected(couple, first, undecided, "neither agent says what its patch alone holds")
    asked = "\n".join(turn.content for context in contexts for turn in context[: head_length(context)])
    is_one_task = first.row["instance_id"] == second.row["instance_id"]
    if payload.least_own_text and is_one_task and untold(patches, said, asked):
        detail = "neither agent says more of what its patch alone holds than the other; least_own_text=0 keeps such"
        return _rejected(couple, first, "undecidable-untold", detail)
    found = pair_leaks(contexts, patches)
    if found:
        return _rejected(couple, first, "leak", f"turn {found[0].turn}, {found[0].form}: {found[0].line.strip()}")
    return _row(couple, (first, second), contexts, payload.query)


def _without_empty(trace: Trace, masked: Masked) -> tuple[list[Message], set[int]]:
    """The masked turns of which something is left, in the roles that they were read with, and the decisive of them."""
    kept = [turn for turn, message in enumerate(trace.messages) if message.content]
    decisive = {place for place, turn in enumerate(kept) if turn in masked.decisive}
    roles = [message["role"] for message in trace.row["messages"]]
    return [Message(roles[turn], masked.messages[turn].content) for turn in kept], decisive


def _attempts(trace: Trace) -> Iterator[list[str]]:
    """What edits put into the patched files: lines that were tried there are as telling as those that stayed."""
    paths = {path for file in trace.files for path in file.names}
    edits = (edit for edit in trace.edits if any(edit.path.endswith(path) for path in paths))
    return (lines for edit in edits if (lines := attempted_lines(edit, trace.known)))


def _rejected(couple: MaskCouple, trace: Trace, reason: str, detail: str) -> Rejection:
    return Rejection("mask", reason, trace.row["source"], trace.row["row"], _key(couple), detail)


def _row(
    couple: MaskCouple, traces: tuple[Trace, Trace], contexts: Sequence[list[Message]], query: str
) -> dict[str, Any]:
    texts = ["\n".join(message.content for message in context) for context in contexts]
    features = [features_of(text, len(context)) for text, context in zip(texts, contexts, strict=True)]
    measured = couple_measures([t.answer for t in traces], [t.files for t in traces], contexts, texts)
    row: dict[str, Any] = {
        "first": couple.first,
        "second": couple.second,
        "group": couple.group,
        "repository": traces[0].row["repository"],
        "context_similarity": round(_cosine(features[0], features[1]), 4),
    }
    for at, (side, trace, context, feature) in enumerate(zip(SIDES, traces, contexts, features, strict=True)):
        values: dict[str, Any] = {
            "instance": trace.row["instance_id"],
            "answer": trace.answer,
            "context": [{"role": role, "content": content} for role, content in context],
            "provenance": json.dumps(_provenance(trace.row), sort_keys=True),
            "answer_terms": _terms(features_of(trace.answer)),
            "context_terms": _terms(feature),
            "names": file_names(trace.answer, texts),
            "answer_measures": measured.answers[at],
            "context_measures": measured.contexts[at],
            "overlap_measures": measured.overlaps[at].ravel(),
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
