"""Evaluate a cascade on compact facts: which couples of trajectories satisfy every condition.

Facts are integer codes, so 300,000 trajectories take some tens of megabytes. Couples are listed block by block of
groups, never for more than `BLOCK_COUPLES` at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from contextpairs.builders.coding.compact_facts import (
    BLOCK_COUPLES,
    UNKNOWN,
    Codes,
    CompactFacts,
    exploded,
    intersecting,
    may_share,
    maybe_sharing,
)
from contextpairs.builders.coding.conditions import LIST_KEYS, Condition, Window, in_evaluation_order

EXAMPLES = 20
"""Couples kept of each reason."""
CROWDED = 2_000
"""Trajectories that share one key value, above which a fixed sample stands for the group."""


class IssueSimilarity(Protocol):
    """Cosine similarities of issues by code."""

    def __call__(self, first: Codes, second: Codes) -> npt.NDArray[np.float32]:
        """Similarity of each (first[k], second[k]); shape (m,)."""
        ...


@dataclass(slots=True)
class StageCount:
    """A funnel line of the cascade, in couples."""

    name: str
    rows_in: int
    rows_out: int
    reasons: dict[str, int]
    examples: dict[str, list[tuple[int, int]]] = field(default_factory=dict, compare=False)
    """By reason a few couples, as rows: those that the blocks of the evaluation come by first."""

    def show(self, reason: str, first: Codes, second: Codes) -> None:
        """Keep a few of these couples as examples."""
        kept = self.examples.setdefault(reason, [])
        room = EXAMPLES - len(kept)
        kept.extend(zip(first[:room].tolist(), second[:room].tolist(), strict=True))


@dataclass(slots=True)
class CascadeCouples:
    """Couples (first < second, row indexes) that satisfy a cascade, sorted, with their issue similarity."""

    first: Codes
    second: Codes
    similarity: npt.NDArray[np.float32]
    """NaN where the cascade did not ask for it."""
    stages: list[StageCount] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.first)


def couples_of(cascade: Sequence[Condition], facts: CompactFacts, similarity: IssueSimilarity) -> CascadeCouples:
    """Apply a cascade.

    Args:
        cascade: conditions; evaluated keys first (see `in_evaluation_order`).
        facts: of every trajectory.
        similarity: asked only if the cascade holds an issue similarity.

    Returns:
        The couples and one funnel line per condition, in the order of evaluation.
    """
    ordered = in_evaluation_order(cascade)
    grouping = [c for c in ordered if c.same is not None and c.same not in LIST_KEYS]
    rest = [c for c in ordered if c not in grouping]
    group, stages = _group(grouping, facts)
    counts = [StageCount(c.name, 0, 0, {}) for c in rest]
    blocks = [_evaluate(rest, rows, group, facts, similarity, counts) for rows in _blocks(group, rest, facts)]
    found = CascadeCouples(
        np.concatenate([b[0] for b in blocks] or [np.empty(0, np.int64)]),
        np.concatenate([b[1] for b in blocks] or [np.empty(0, np.int64)]),
        np.concatenate([b[2] for b in blocks] or [np.empty(0, np.float32)]),
    )
    order = np.lexsort((found.second, found.first))
    found.first, found.second, found.similarity = found.first[order], found.second[order], found.similarity[order]
    _close(counts, stages[-1].rows_out if stages else _choose_two(len(facts)))
    found.stages = stages + counts
    return found


def _choose_two(n: int | Codes) -> int:
    return int(np.sum(np.asarray(n, dtype=np.int64) * (np.asarray(n, dtype=np.int64) - 1) // 2))


def _group(keys: Sequence[Condition], facts: CompactFacts) -> tuple[Codes, list[StageCount]]:
    """Refine one grouping key by key; a row of unknown value leaves every group (-1)."""
    group = np.zeros(len(facts), dtype=np.int64)
    stages: list[StageCount] = []
    before = _choose_two(len(facts))
    for condition in keys:
        codes = facts.scalars[str(condition.same)]
        known = (group >= 0) & (codes >= 0)
        after_unknown = _within(np.where(known, group, UNKNOWN))
        combined = group * (int(codes.max(initial=0)) + 1) + codes
        refined = np.full(len(facts), UNKNOWN, dtype=np.int64)
        refined[known] = np.unique(combined[known], return_inverse=True)[1]
        after = _within(refined)
        reasons = {f"unknown-{condition.same}": before - after_unknown, condition.reason: after_unknown - after}
        stage = StageCount(condition.name, before, after, {k: v for k, v in reasons.items() if v})
        stage.show(condition.reason, *_parted(group, refined))
        stages.append(stage)
        group, before = refined, after
    return group, stages


def _parted(group: Codes, refined: Codes) -> tuple[Codes, Codes]:
    """Neighbours of one group that a refinement parts."""
    rows = np.flatnonzero(refined >= 0)
    rows = rows[np.lexsort((refined[rows], group[rows]))]
    first, second = rows[:-1], rows[1:]
    parted = (group[first] == group[second]) & (refined[first] != refined[second])
    return np.minimum(first, second)[parted], np.maximum(first, second)[parted]


def _within(group: Codes) -> int:
    return _choose_two(np.unique(group[group >= 0], return_counts=True)[1])


def _blocks(group: Codes, rest: Sequence[Condition], facts: CompactFacts) -> Iterator[Codes]:
    """Rows of whole groups, as many at a time as keep the listed couples of a block bounded."""
    rows = np.flatnonzero(group >= 0)
    rows = rows[np.argsort(group[rows], kind="stable")]
    if not len(rows):
        return
    starts = np.flatnonzero(np.r_[True, np.diff(group[rows]) != 0])
    ends = np.r_[starts[1:], len(rows)]
    key = next((str(c.same) for c in rest if c.same is not None), None)
    block_start, expected = 0, 0
    for start, end in zip(starts, ends, strict=True):
        size = _listed(rows[start:end], key, facts)
        if expected and expected + size > BLOCK_COUPLES:
            yield rows[block_start:start]
            block_start, expected = int(start), 0
        expected += size
    yield rows[block_start:]


def _listed(rows: Codes, key: str | None, facts: CompactFacts) -> int:
    if key is None:
        return _choose_two(len(rows))
    values = exploded(facts.lists[key], rows)[1]
    return _choose_two(np.minimum(np.unique(values, return_counts=True)[1], CROWDED))


def _evaluate(
    rest: Sequence[Condition],
    rows: Codes,
    group: Codes,
    facts: CompactFacts,
    similarity: IssueSimilarity,
    counts: list[StageCount],
) -> tuple[Codes, Codes, npt.NDArray[np.float32]]:
    """The couples of one block that satisfy the remaining conditions; adds to `counts`."""
    total = len(facts)
    coded: Codes | None = None
    cosine: npt.NDArray[np.float32] | None = None
    if not rest or rest[0].same is None:
        coded, cut = _couples_within(group[rows], rows, total)
        if counts:
            _note(counts[0], "crowded-group", cut)
    for condition, count in zip(rest, counts, strict=True):
        if condition.same is not None:
            sharing, cut = _sharing(condition.same, rows, group, facts)
            _note(count, f"crowded-{condition.same}", cut)
            if condition.same == "function":
                left = maybe_sharing(rows, group, facts) if coded is None else coded
                left = left[np.isin(left, sharing, assume_unique=True, invert=True)]
                _note(count, "unknown-function", int(may_share(left // total, left % total, facts).sum()))
            coded = sharing if coded is None else coded[np.isin(coded, sharing, assume_unique=True)]
            count.rows_out += len(coded)
            continue
        assert coded is not None
        first, second = coded // total, coded % total
        if condition.issue_similarity is not None:
            cosine = similarity(facts.issue[first], facts.issue[second])
            keep = _inside(condition.issue_similarity, cosine)
            count.show(condition.reason, first[~keep], second[~keep])
        else:
            keep = _differ(str(condition.different), first, second, facts, count)
        coded = coded[keep]
        cosine = None if cosine is None else cosine[keep]
        count.rows_out += len(coded)
    assert coded is not None
    values = np.full(len(coded), np.nan, np.float32) if cosine is None else cosine
    return coded // total, coded % total, values


def _inside(window: Window, cosine: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    rounded = np.round(cosine, 4)
    return np.asarray((rounded >= window.min) & (rounded <= window.max))


def _sharing(key: str, rows: Codes, group: Codes, facts: CompactFacts) -> tuple[Codes, int]:
    """Couples of one group that share a value of a list key, each once, coded first * n + second; couples cut."""
    members, values = exploded(facts.lists[key], rows)
    known = values >= 0
    members, values = members[known], values[known]
    cell = group[members] * (int(values.max(initial=0)) + 1) + values
    return _couples_within(cell, members, len(facts))


def _couples_within(cell: Codes, members: Codes, total: int) -> tuple[Codes, int]:
    """Couples of members of equal cell, distinct and sorted; and how many were cut off because a cell is crowded.

    Cells of equal size are listed together. Of a crowded cell the first `CROWDED` members stand for all: rows are
    sorted by content hash, so they are a fair sample.
    """
    entries = np.unique(np.stack([cell, members], axis=1), axis=0)
    _, starts, sizes = np.unique(entries[:, 0], return_index=True, return_counts=True)
    cut = _choose_two(sizes) - _choose_two(np.minimum(sizes, CROWDED))
    sizes = np.minimum(sizes, CROWDED)
    found = [np.empty(0, np.int64)]
    for size in np.unique(sizes[sizes > 1]):
        low, high = np.triu_indices(int(size), k=1)
        at = starts[sizes == size]
        first, second = entries[at[:, None] + low, 1], entries[at[:, None] + high, 1]
        found.append((first * total + second).ravel())
    return np.unique(np.concatenate(found)), cut


def _differ(key: str, first: Codes, second: Codes, facts: CompactFacts, count: StageCount) -> npt.NDArray[np.bool_]:
    """Which couples know the key on both sides and share no value of it; counts the unknown ones."""
    if key in LIST_KEYS:
        lists = facts.lists[key]
        lengths = np.diff(lists.offsets)
        known, shared = (lengths[first] > 0) & (lengths[second] > 0), intersecting(lists, first, lists, second)
        if key == "function":
            known &= shared | ~may_share(first, second, facts)
    else:
        codes = facts.scalars.get(f"known {key}", facts.scalars[key])
        known, shared = (codes[first] >= 0) & (codes[second] >= 0), codes[first] == codes[second]
    _note(count, f"unknown-{key}", int(len(first) - known.sum()))
    count.show(f"unknown-{key}", first[~known], second[~known])
    count.show(f"same-{key}", first[known & shared], second[known & shared])
    return np.asarray(known & ~shared)


def _note(count: StageCount, reason: str, couples: int) -> None:
    if couples:
        count.reasons[reason] = count.reasons.get(reason, 0) + couples


def _close(counts: list[StageCount], before: int) -> None:
    """Fill in rows_in and the remaining reason of each line: what is neither unknown nor cut failed the condition."""
    for count in counts:
        count.rows_in = before
        for reason in [r for r in count.reasons if r.startswith("crowded-")]:
            # A couple that a crowded cell cut may share another cell, or have failed an earlier condition.
            rest = sum(value for name, value in count.reasons.items() if name != reason)
            count.reasons[reason] = min(count.reasons[reason], before - count.rows_out - rest)
        lost = before - count.rows_out - sum(count.reasons.values())
        if lost:
            verb, _, key = count.name.partition(" ")
            opposite = {"same": "different", "different": "same"}.get(verb)
            count.reasons[f"{opposite}-{key}" if opposite else count.name.replace(" ", "-")] = lost
        before = count.rows_out
