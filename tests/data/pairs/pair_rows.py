"""Pair rows for the tests of the store: well-formed, mirrored, labelled, any number, seeded."""

from __future__ import annotations

import random
from typing import Any

from contextpairs.data.pairs.schemas import Split, pair_id
from contextpairs.data.pairs.splits import assign_labels, split_of
from contextpairs.data.store.manifest import AuditFigure, FunnelStage, Manifest, SourceUse

Row = dict[str, Any]
WORDS = ("assert", "boundary", "cache", "deque", "encode", "façade", "gather", "键", "loop", "merge", "None", "offset")


def context(rng: random.Random, turns: int, words: int) -> list[dict[str, str]]:
    """A trajectory-like context."""
    roles = ("user", "assistant")
    return [{"role": roles[turn % 2], "content": " ".join(rng.choices(WORDS, k=words))} for turn in range(turns)]


def couple(seed: int, *, turns: int = 4, words: int = 30, group: str | None = None) -> list[Row]:
    """Two rows, mirrors of each other, without labels."""
    rng = random.Random(seed)
    query = "Which trace produced this patch?"
    answers = [f"fix {seed} one", f"fix {seed} two"]
    first, second = context(rng, turns, words), context(rng, turns, words)
    ids = [pair_id(query, answers[0], first, second), pair_id(query, answers[1], second, first)]
    common = {"group_id": group or f"group-{seed // 3}", "strategy": "trajectory", "query": query}
    detail = {"scores": {"issue_similarity": seed / 7}, "provenance": {"source": "made.parquet", "seed": seed}}
    one = {"pair_id": ids[0], "mirror_id": ids[1], "answer": answers[0], "positive": first, "negative": second}
    two = {"pair_id": ids[1], "mirror_id": ids[0], "answer": answers[1], "positive": second, "negative": first}
    return [{**common, **detail, **one}, {**common, **detail, **two}]


def labelled(rows: list[Row]) -> list[Row]:
    """The rows of one split with their letters."""
    letters = assign_labels(rows)
    return [{**row, "label": letters[row["pair_id"]]} for row in rows]


def splits_of(seeds: range, *, turns: int = 4, words: int = 30) -> dict[Split, list[Row]]:
    """Rows of both splits, labelled; a couple for each seed."""
    rows: dict[Split, list[Row]] = {"train": [], "probe": []}
    for seed in seeds:
        for row in couple(seed, turns=turns, words=words):
            rows[split_of(row["group_id"], 0.3)].append(row)
    return {split: labelled(found) for split, found in rows.items()}


def account(rows: int = 10, **settings: Any) -> Manifest:
    """What a builder would say of such rows."""
    return Manifest(
        domain="coding",
        configuration={"cascade": "paper", "mask": {"keep_names": True}, **settings},
        sources=(SourceUse(uri="/somewhere/on/a/machine/made.parquet", fingerprint="ab" * 32, rows=100),),
        code_version="c0de",
        funnel=(
            FunnelStage(stage="read", unit="trajectories", rows_in=100, rows_out=90, reasons={"not-json": 10}),
            FunnelStage(stage="leakage", unit="couples", rows_in=rows, rows_out=rows),
        ),
        audit=(AuditFigure(name="length alone", split="train", accuracy=0.5, low=0.4, high=0.6, n=rows),),
        contamination={"repository": 3},
        licenses={"MIT": rows, "": 1},
        notes=("Made up | for tests.",),
    )
