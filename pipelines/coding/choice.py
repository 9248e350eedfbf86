"""The final choice: caps, balance over repositories, hardest first, judged, and no baseline above its bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from contextpairs.data.pairs.schemas import SPLITS, Split
from contextpairs.data.pairs.splits import split_of
from contextpairs.data.store.manifest import FunnelStage
from contextpairs.data.store.stages import read_table
from contextpairs.filters.coding.learners import REPORTING
from contextpairs.filters.coding.measures import ANSWER, CONTEXT, OVERLAP, AuditCouple, CoupleMeasures, Features
from contextpairs.filters.coding.shortcuts import baselines, learners, report
from contextpairs.filters.evidence.baselines import BaselineResult
from contextpairs.pipelines.coding.adversarial_choice import AdversarialChoice
from contextpairs.pipelines.coding.config import CodingConfig
from contextpairs.pipelines.coding.mask_stage import MASKED, SIDES
from contextpairs.pipelines.coding.pool import Caps, round_robin, things_of
from contextpairs.pipelines.run.engine import Output

Indexes = list[int]
Measured = Mapping[tuple[str, str], Mapping[str, float]]
Judge = Callable[[Indexes], dict[int, str | None]]
"""Asks about candidates; the reason against each, or None. Raises when an answer is still owed."""


@dataclass(slots=True)
class MaskedCouples:
    """Masked couples without their contexts: one entry a couple, in the order of the mask outputs."""

    table: pa.Table
    couples: list[AuditCouple]
    splits: list[Split]
    scores: list[dict[str, float]]
    """Every similarity that was measured; the hardest couples have the greatest sum."""
    hardness: np.ndarray[Any, np.dtype[np.float64]]
    repository: np.ndarray[Any, np.dtype[np.int64]]
    location: list[tuple[str, int]]
    """(path of the mask output, row) of each."""
    repeated: Counter[str]
    """Why candidates were left out that say what another says."""

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
    dropped: dict[str, dict[str, Indexes]] = field(default_factory=dict)
    """Candidates that were left out, by line of the funnel and reason."""


def load_candidates(outputs: Sequence[Output], measured: Measured, config: CodingConfig) -> MaskedCouples:
    """Read everything but contexts and answers from the mask outputs; what says the same as another goes.

    Args:
        outputs: of the mask stage.
        measured: similarities of each couple by its two keys, as the cascade and the pool found them.
    """
    columns = [name for name in MASKED.names if not name.endswith(("_context", "_answer"))]
    tables = [read_table(output.path, columns) for output in outputs]
    table = pa.concat_tables([MASKED_LIGHT.empty_table(), *tables])
    location = [(o.path, at) for o, part in zip(outputs, tables, strict=True) for at in range(part.num_rows)]
    kept, repeated = _distinct(table.select([*IDENTITIES, "group"]).to_pylist(), config)
    table = table.take(pa.array(kept, pa.int64()))
    rows = table.to_pylist()
    scores = [
        {**measured[row["first"], row["second"]], "context_similarity": row["context_similarity"]} for row in rows
    ]
    hardness = np.array([sum(each.values()) for each in scores], dtype=np.float64)
    names = [str(row["repository"]) for row in rows]
    repository = np.unique(np.array(names, dtype=object), return_inverse=True)[1].astype(np.int64)
    splits = [split_of(row["group"], config.probe_share) for row in rows]
    places = [location[i] for i in kept]
    return MaskedCouples(table, [_couple(row) for row in rows], splits, scores, hardness, repository, places, repeated)


IDENTITIES = ("pair_id", "first_context_id", "second_context_id")


def _distinct(rows: Sequence[dict[str, Any]], config: CodingConfig) -> tuple[Indexes, Counter[str]]:
    """Candidates that say something new. Redaction can make two runs read alike that were told apart before."""
    kept, reasons = Indexes(), Counter[str]()
    pairs: set[str] = set()
    split_of_context: dict[str, Split] = {}
    for i, row in enumerate(rows):
        split = split_of(row["group"], config.probe_share)
        contexts = (row["first_context_id"], row["second_context_id"])
        if row["pair_id"] in pairs:
            reasons["repeated-pair"] += 1
        elif any(split_of_context.get(context, split) != split for context in contexts):
            reasons["context-in-two-splits"] += 1
        else:
            kept.append(i)
            pairs.add(row["pair_id"])
            split_of_context.update(dict.fromkeys(contexts, split))
    return kept, reasons


MASKED_LIGHT = pa.schema([f for f in MASKED if not f.name.endswith(("_context", "_answer"))])


def _couple(row: dict[str, Any]) -> AuditCouple:
    one, two = (_features(row[f"{side}_answer_terms"]) for side in SIDES)
    contexts = [_features(row[f"{side}_context_terms"]) for side in SIDES]
    names = tuple(tuple(row[f"{side}_names"]) for side in SIDES)
    return AuditCouple((one, two), (contexts[0], contexts[1]), names, row["group"], _measured(row))  # type: ignore[arg-type]


def _measured(row: dict[str, Any]) -> CoupleMeasures:
    answers, contexts, overlaps = (
        np.array([row[f"{side}_{kind}_measures"] for side in SIDES], np.float32).reshape(shape)
        for kind, shape in (
            ("answer", (2, len(ANSWER))), ("context", (2, len(CONTEXT))), ("overlap", (2, 2, len(OVERLAP)))
        )
    )  # fmt: skip
    return CoupleMeasures(answers, contexts, overlaps)


def _features(stored: dict[str, Any]) -> Features:
    terms = dict(zip(stored["term"], stored["count"], strict=True))
    return Features(terms, stored["characters"], stored["turns"], stored["pieces"])


def select(candidates: MaskedCouples, config: CodingConfig, judge: Judge | None, excluded: set[int]) -> Selection:
    """Choose what to publish.

    Args:
        candidates: masked couples.
        judge: asked about chosen couples only, until every chosen one has passed.
        excluded: candidates that failed the release check of an earlier choice.
    """
    order, capped = _capped_order(candidates, config, excluded)
    target = len(order) if config.limit is None else config.limit // 2
    selection = Selection({}, {}, {})
    dropped: dict[str, Indexes] = {"shortcut": [], "learned-shortcut": []}
    against: dict[int, str] = {}
    for split in SPLITS:
        mine = [i for i in order if candidates.splits[i] == split]
        wanted = sum(candidates.splits[i] == split for i in order[:target])
        chosen, left, told = _choose_judged(mine, wanted, candidates, config, judge, against)
        selection.chosen[split] = sorted(chosen)
        selection.before[split] = _audit([i for i in mine[:wanted] if i not in against], candidates)
        selection.audit[split] = _audit(chosen, candidates)
        dropped["shortcut"] += left
        dropped["learned-shortcut"] += told
    judged = {reason: [i for i, said in against.items() if said == reason] for reason in against.values()}
    selection.dropped = {"caps": capped, "judge": judged, "choice": dropped}
    selection.funnel = _funnel(len(order), selection)
    if excluded:
        selection.funnel.insert(0, _line("release check", len(candidates), {"leak": len(excluded)}))
    return selection


def _funnel(eligible: int, selection: Selection) -> list[FunnelStage]:
    capped, judged, dropped = (
        Counter({reason: len(left) for reason, left in selection.dropped[stage].items()})
        for stage in ("caps", "judge", "choice")
    )
    lines = [_line("caps", eligible + capped.total(), capped)]
    if judged:
        lines.append(_line("judge", eligible, judged))
    after_judge = eligible - judged.total()
    kept = sum(map(len, selection.chosen.values()))
    over = after_judge - kept - dropped.total()
    lines.append(_line("choice", after_judge, {**dropped, "over-limit": over}))
    return lines


def _line(stage: str, rows_in: int, reasons: Mapping[str, int]) -> FunnelStage:
    given = {reason: count for reason, count in reasons.items() if count}
    rows_out = rows_in - sum(given.values())
    return FunnelStage(stage=stage, unit="couples", rows_in=rows_in, rows_out=rows_out, reasons=given)


def _capped_order(
    candidates: MaskedCouples, config: CodingConfig, excluded: set[int]
) -> tuple[Indexes, dict[str, Indexes]]:
    caps, order = Caps(config.caps), Indexes()
    capped: dict[str, Indexes] = {}
    columns = candidates.table.select(["first", "second", "group", "first_instance", "second_instance", "repository"])
    rows = columns.to_pylist()
    for i in map(int, round_robin(candidates.hardness, candidates.repository)):
        if i in excluded:
            continue
        row = rows[i]
        instances = (row["first_instance"], row["second_instance"])
        reason = caps.take(things_of((row["first"], row["second"]), instances, row["group"], str(row["repository"])))
        if reason:
            capped.setdefault(reason, []).append(i)
        else:
            order.append(i)
    return order, capped


def _choose_judged(
    order: Indexes,
    target: int,
    candidates: MaskedCouples,
    config: CodingConfig,
    judge: Judge | None,
    against: dict[int, str],
) -> tuple[Indexes, Indexes, Indexes]:
    """Choose, ask the judge about what is new among the chosen, choose again without what it rejects."""
    passed: set[int] = set()
    while True:
        eligible = [i for i in order if i not in against]
        chosen, left, told = _choose(eligible, target, candidates, config)
        asked = [i for i in chosen if i not in passed]
        if judge is None or not asked:
            return chosen, left, told
        verdicts = judge(asked)
        against.update({i: reason for i, reason in verdicts.items() if reason is not None})
        passed.update(i for i, reason in verdicts.items() if reason is None)


def _choose(
    order: Indexes, target: int, candidates: MaskedCouples, config: CodingConfig
) -> tuple[Indexes, Indexes, Indexes]:
    """The adversarial choice where it is enforced: (chosen, left because of a baseline, told because of a learner)."""
    if not config.audit.enforce or not order:
        return order[:target], [], []
    return AdversarialChoice(candidates.couples, config.audit).of(order, target)


def _audit(chosen: Indexes, candidates: MaskedCouples) -> list[BaselineResult]:
    couples = [candidates.couples[i] for i in chosen]
    said = {name: each.credit for name, each in learners(couples, REPORTING).items()}
    return report({**baselines(couples), **said})
