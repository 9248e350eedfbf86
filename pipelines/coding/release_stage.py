"""The last stage before publishing: couples become mirrored pair rows, each checked for leaks once more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa

from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.data.pairs.schemas import PAIRS_CODING, Split, pair_id
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.store.stages import read_table
from contextpairs.filters.coding.leakage import pair_leaks
from contextpairs.pipelines.coding.mask_stage import SIDES
from contextpairs.pipelines.run.released import released_schema
from contextpairs.pipelines.run.stage import Again, Batch, stage

RELEASED = released_schema(PAIRS_CODING)


@dataclass(frozen=True, slots=True)
class ReleasePayload:
    """Rows of one mask output that were chosen for a split."""

    path: str
    rows: tuple[int, ...]
    split: Split
    query: str
    preset: str
    verdicts: tuple[tuple[str, ...], ...]
    """What the judge said of the two rows of each couple; empty without a judge."""
    scores: tuple[str, ...] = ()
    """JSON of the measures of each couple."""
    ids: tuple[str, ...] = ()
    """The lesser pair_id of each couple."""


def _failed_couples(payload: ReleasePayload, failed: Sequence[dict[str, Any]]) -> ReleasePayload:
    keys = {row["key"] for row in failed}
    names = read_table(payload.path, list(SIDES)).take(pa.array(payload.rows)).to_pylist()
    again = [at for at, couple in enumerate(names) if _key(couple) in keys]
    verdicts = tuple(payload.verdicts[at] for at in again) if payload.verdicts else ()
    rows, scores = tuple(payload.rows[at] for at in again), tuple(payload.scores[at] for at in again)
    return replace(payload, rows=rows, verdicts=verdicts, scores=scores)


def _place(payload: ReleasePayload, rows: pa.Table) -> int:
    return payload.ids.index(min(rows["pair_id"][0].as_py(), rows["mirror_id"][0].as_py()))


@stage("release", again=Again(_failed_couples, _place))
def release_partition(payload: ReleasePayload) -> Iterator[Batch]:
    """Two mirrored rows per chosen couple; a couple that shows a changed line of either patch is set aside whole."""
    table = read_table(payload.path).take(pa.array(payload.rows))
    verdicts = payload.verdicts or ((),) * len(payload.rows)
    for couple, said, scores in zip(table.to_pylist(), verdicts, payload.scores, strict=True):
        read = json.loads(couple["first_provenance"])
        work = partial(_released, couple, payload, said, scores)
        found = guarded(work, "release", read["source"], read["row"], _key(couple))
        yield Batch(rejections=[found]) if isinstance(found, Rejection) else Batch(table=found)
    yield Batch(table=RELEASED.empty_table())


def _released(
    couple: Mapping[str, Any], payload: ReleasePayload, said: Sequence[str], scores: str
) -> pa.Table | Rejection:
    leak = _leak(couple)
    return leak or pa.Table.from_pylist(mirrored(couple, payload, said, scores), schema=RELEASED)


def _key(couple: Mapping[str, Any]) -> str:
    return f"{couple['first']}+{couple['second']}"


def _leak(couple: Mapping[str, Any]) -> Rejection | None:
    patches = [parse_patch(couple[f"{side}_answer"]) for side in SIDES]
    contexts = [[Message(m["role"], m["content"]) for m in couple[f"{side}_context"]] for side in SIDES]
    found = pair_leaks(contexts, patches)
    if found:
        detail = f"turn {found[0].turn}, {found[0].form}: {found[0].line.strip()}"
        return Rejection("release", "leak", key=_key(couple), detail=detail)
    return None


def mirrored(
    couple: Mapping[str, Any], payload: ReleasePayload, said: Sequence[str] = (), scores: str = "{}"
) -> list[dict[str, Any]]:
    """(a; X+, Y-) and (b; Y+, X-): nothing in a context alone can tell which is positive."""
    rows = []
    for number, (side, other) in enumerate((SIDES, SIDES[::-1])):
        answer, positive, negative = (couple[f"{side}_answer"], couple[f"{side}_context"], couple[f"{other}_context"])
        sources = {
            "positive": json.loads(couple[f"{side}_provenance"]),
            "negative": json.loads(couple[f"{other}_provenance"]),
            "preset": payload.preset,
            **({"verdict": said[number]} if said else {}),
        }
        rows.append(
            {
                "pair_id": pair_id(payload.query, answer, positive, negative),
                "mirror_id": pair_id(payload.query, couple[f"{other}_answer"], negative, positive),
                "group_id": couple["group"],
                "strategy": "trajectory",
                "query": payload.query,
                "answer": answer,
                "positive": positive,
                "negative": negative,
                "scores": scores,
                "provenance": json.dumps(sources, sort_keys=True),
                "split": payload.split,
                "license": sources["positive"].get("license"),
            }
        )
    return rows
