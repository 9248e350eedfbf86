"""The final choice: caps, balance over repositories, hardest first, judged, and no baseline above its bound."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from data.manifest import FunnelStage
from data.schemas import SPLITS, Split
from data.splits import split_of
from data.stages import read_table
from filters.shortcuts import BaselineResult, Couple, Features, baselines, choose, report
from pipelines.coding_stages import MASKED, SIDES
from pipelines.config import CodingConfig
from pipelines.engine import Output
from pipelines.pool import Caps, round_robin, things_of

Indexes = list[int]
Judge = Callable[[Indexes], dict[int, str | None]]
"""Asks about candidates; the reason against each, or None. Raises when an answer is still owed."""


@dataclass(slots=True)
class Candidates:
    """Masked couples without their contexts: one entry a couple, in the order of the mask outputs."""

    table: pa.Table
    couples: list[Couple]
    splits: list[Split]
    hardness: np.ndarray[Any, np.dtype[np.float64]]
    repository: np.ndarray[Any, np.dtype[np.int64]]
    location: list[tuple[str, int]]
    """(path of the mask output, row) of each."""

    def __len__(self) -> int:
        return len(self.couples)


@dataclass(slots=True)
class Selection:
    """What is published: candidates by split, the audit of each split, and the funnel lines of the choice."""

    chosen: dict[Split, Indexes]
    audit: dict[Split, list[BaselineResult]]
    before: dict[Split, list[BaselineResult]]
    """The audit as it stood before the adversarial choice."""
    funnel: list[FunnelStage] = field(default_factory=list)


def load_candidates(outputs: Sequence[Output], config: CodingConfig) -> Candidates:
    """Read everything but contexts and answers from the mask outputs."""
    columns = [name for name in MASKED.names if not name.endswith(("_context", "_answer"))]
    tables = [read_table(output.path, columns) for output in outputs]
    table = pa.concat_tables([MASKED_LIGHT.empty_table(), *tables])
    rows = table.to_pylist()
    location = [(o.path, at) for o, part in zip(outputs, tables, strict=True) for at in range(part.num_rows)]
    hardness = np.array([sum(json.loads(row["scores"]).values()) for row in rows], dtype=np.float64)
    names = [str(row["repository"]) for row in rows]
    repository = np.unique(np.array(names, dtype=object), return_inverse=True)[1].astype(np.int64)
    splits = [split_of(row["group"], config.probe_share) for row in rows]
    return Candidates(table, [_couple(row) for row in rows], splits, hardness, repository, location)


MASKED_LIGHT = pa.schema([f for f in MASKED if not f.name.endswith(("_context", "_answer"))])


def _couple(row: dict[str, Any]) -> Couple:
    one, two = (_features(row[f"{side}_answer_terms"], 0, 1) for side in SIDES)
    contexts = [_features(row[f"{s}_context_terms"], row[f"{s}_characters"], row[f"{s}_turns"]) for s in SIDES]
    names = tuple(tuple(row[f"{side}_names"]) for side in SIDES)
    return Couple((one, two), (contexts[0], contexts[1]), names, row["group"])  # type: ignore[arg-type]


def _features(terms: dict[str, list[int]], characters: int, turns: int) -> Features:
    return Features(dict(zip(terms["term"], terms["count"], strict=True)), characters, turns)


def select(candidates: Candidates, config: CodingConfig, judge: Judge | None, excluded: set[int]) -> Selection:
    """Choose what to publish.

    Args:
        candidates: masked couples.
        judge: asked about chosen couples only, until every chosen one has passed.
        excluded: candidates that failed the release check of an earlier choice.
    """
    order, capped = _capped_order(candidates, config, excluded)
    target = len(order) if config.limit is None else config.limit // 2
    selection = Selection({}, {}, {})
    rejected: Counter[str] = Counter()
    dropped = 0
    against: dict[int, str] = {}
    for split in SPLITS:
        mine = [i for i in order if candidates.splits[i] == split]
        wanted = sum(candidates.splits[i] == split for i in order[:target])
        chosen = _choose_judged(mine, wanted, candidates, config, judge, against)
        selection.chosen[split] = sorted(chosen)
        selection.before[split] = _audit([i for i in mine[:wanted] if i not in against], candidates)
        selection.audit[split] = _audit(chosen, candidates)
        dropped += max(0, min(wanted, len(mine)) - len(chosen))
    rejected.update(against.values())
    kept = sum(map(len, selection.chosen.values()))
    total = len(candidates) - len(excluded)
    selection.funnel = _funnel(total, capped, len(order), rejected, kept, target)
    return selection


def _funnel(
    total: int, capped: Counter[str], eligible: int, judged: Counter[str], kept: int, target: int
) -> list[FunnelStage]:
    lines = [FunnelStage(stage="caps", unit="couples", rows_in=total, rows_out=eligible, reasons=dict(capped))]
    after_judge = eligible - sum(judged.values())
    if judged:
        lines.append(
            FunnelStage(stage="judge", unit="couples", rows_in=eligible, rows_out=after_judge, reasons=dict(judged))
        )
    over = max(0, after_judge - target)
    shortcut = after_judge - kept - over
    if shortcut < 0:
        over, shortcut = after_judge - kept, 0
    reasons = {"over-limit": over, "shortcut": shortcut}
    lines.append(
        FunnelStage(
            stage="choice",
            unit="couples",
            rows_in=after_judge,
            rows_out=kept,
            reasons={k: v for k, v in reasons.items() if v},
        )
    )
    return lines


def _capped_order(candidates: Candidates, config: CodingConfig, excluded: set[int]) -> tuple[Indexes, Counter[str]]:
    caps, reasons, order = Caps(config.caps), Counter[str](), Indexes()
    columns = candidates.table.select(["first", "second", "group", "first_instance", "second_instance", "repository"])
    rows = columns.to_pylist()
    for i in map(int, round_robin(candidates.hardness, candidates.repository)):
        if i in excluded:
            continue
        row = rows[i]
        instances = (row["first_instance"], row["second_instance"])
        reason = caps.take(things_of((row["first"], row["second"]), instances, row["group"], str(row["repository"])))
        if reason:
            reasons[reason] += 1
        else:
            order.append(i)
    return order, reasons


def _choose_judged(
    order: Indexes,
    target: int,
    candidates: Candidates,
    config: CodingConfig,
    judge: Judge | None,
    against: dict[int, str],
) -> Indexes:
    """Choose, ask the judge about what is new among the chosen, choose again without what it rejects."""
    passed: set[int] = set()
    while True:
        eligible = [i for i in order if i not in against]
        chosen = _choose(eligible, target, candidates, config)
        asked = [i for i in chosen if i not in passed]
        if judge is None or not asked:
            return chosen
        verdicts = judge(asked)
        against.update({i: reason for i, reason in verdicts.items() if reason is not None})
        passed.update(i for i, reason in verdicts.items() if reason is None)


def _choose(order: Indexes, target: int, candidates: Candidates, config: CodingConfig) -> Indexes:
    """The adversarial choice, repeated because the classifier learns anew on what is left."""
    limit = config.audit.max_accuracy
    if not config.audit.enforce or not order:
        return order[:target]
    credits = baselines([candidates.couples[i] for i in order])
    chosen = [order[int(at)] for at in choose(np.arange(len(order)), target, credits, limit)]
    while chosen:
        credits = baselines([candidates.couples[i] for i in chosen])
        picked = choose(np.arange(len(chosen)), len(chosen), credits, limit)
        if len(picked) == len(chosen):
            break
        chosen = [chosen[int(at)] for at in picked]
    return chosen


def _audit(chosen: Indexes, candidates: Candidates) -> list[BaselineResult]:
    return report(baselines([candidates.couples[i] for i in chosen]))
