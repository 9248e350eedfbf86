"""From couples that meet the cascade to the pool that is worth reading: split-safe, capped, balanced, hardest first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from contextpairs.builders.coding.grouping import group_of, places_of
from contextpairs.builders.coding.pairing import CascadeCouples
from contextpairs.data.pairs.splits import split_of
from contextpairs.pipelines.coding.config import CapsOptions, CodingConfig
from contextpairs.pipelines.coding.facts_table import FactsTable
from contextpairs.pipelines.run.run_log import EXAMPLES

SLACK = 2
"""Caps are this much wider in the pool than in what is published, for some candidates will fail."""


@dataclass(slots=True)
class PoolCouple:
    """A couple of the pool: rows of the facts table, group, and how close the two are."""

    first: int
    second: int
    group: str
    repository: str
    instances: tuple[str, str]
    issue_similarity: float | None
    patch_similarity: float

    def scores(self) -> dict[str, float]:
        """What was measured, by name."""
        issues = {} if self.issue_similarity is None else {"issue_similarity": self.issue_similarity}
        return {**issues, "patch_similarity": self.patch_similarity}


@dataclass(slots=True)
class Pool:
    """Candidates in order of preference, and why the others are not among them."""

    candidates: list[PoolCouple] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """By reason a few of the others, as rows of the facts table."""

    def drop(self, reason: str, first: int, second: int, count: int = 1) -> None:
        """Count couples that are left out, one of which is named."""
        self.reasons[reason] += count
        examples = self.examples.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append((first, second))


class Caps:
    """Counts how often a thing was taken and says when it is enough."""

    def __init__(self, options: CapsOptions, slack: int = 1) -> None:
        """Args: options: the caps. slack: factor on each of them."""
        self._limits = {name: limit * slack for name, limit in options if limit is not None}
        self._taken: Counter[tuple[str, str]] = Counter()

    def take(self, things: Iterable[tuple[str, str]]) -> str | None:
        """Take (kind, name) things, or name the kind whose cap forbids it and take nothing."""
        things = [thing for thing in things if thing[0] in self._limits]
        for thing in things:
            if self._taken[thing] >= self._limits[thing[0]]:
                return f"cap-{thing[0]}"
        self._taken.update(things)
        return None


def things_of(
    trajectories: Sequence[str], instances: Sequence[str], group: str, repository: str
) -> list[tuple[str, str]]:
    """What a couple uses up of each cap."""
    return [
        *(("trajectory", key) for key in trajectories),
        *(("instance", name) for name in sorted(set(instances))),
        ("function", group),
        ("repository", repository),
    ]


def build_pool(couples: CascadeCouples, facts: FactsTable, config: CodingConfig) -> Pool:
    """Take couples in order of preference while caps and size allow; every other one gets a reason."""
    columns = _Columns(facts, config)
    closeness, patches = _closeness(couples, facts)
    room = math.inf if config.limit is None else math.ceil(config.limit / 2 * config.pool)
    caps = Caps(config.caps, SLACK)
    pool = Pool()
    order = round_robin(closeness, columns.repository_codes[couples.first])
    for place, at in enumerate(order):
        first, second = int(couples.first[at]), int(couples.second[at])
        if len(pool.candidates) >= room:
            pool.drop("over-pool", first, second, len(order) - place)
            break
        reason, group = columns.fit(first, second)
        if reason is None:
            reason = caps.take(columns.things(first, second, group))
        if reason is not None:
            pool.drop(reason, first, second)
            continue
        similarity = None if np.isnan(couples.similarity[at]) else round(float(couples.similarity[at]), 4)
        pool.candidates.append(columns.candidate(first, second, group, similarity, round(float(patches[at]), 4)))
    return pool


def round_robin(preference: npt.NDArray[np.float64], repository: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Order that takes each repository's most preferred first, then each one's second, and so on."""
    by_preference = np.lexsort((np.arange(len(preference)), -preference, repository))
    sorted_repository = repository[by_preference]
    starts = np.flatnonzero(np.r_[True, np.diff(sorted_repository) != 0]) if len(preference) else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, len(preference)])
    rank = np.empty(len(preference), np.int64)
    rank[by_preference] = np.arange(len(preference)) - np.repeat(starts, sizes)
    return np.lexsort((-preference, rank))


def _closeness(couples: CascadeCouples, facts: FactsTable) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """How hard to tell apart a couple looks before its traces are read: closeness of issues and of patches."""
    hashes = facts.table["patch_simhash"].to_numpy().view(np.uint64)
    differing = np.bitwise_count(hashes[couples.first] ^ hashes[couples.second]).astype(np.float64)
    patches = 1.0 - differing / 64.0
    return np.nan_to_num(couples.similarity.astype(np.float64), nan=1.0) + patches, patches


class _Columns:
    """Python values of the facts that candidates name, made once."""

    def __init__(self, facts: FactsTable, config: CodingConfig) -> None:
        self.repository_codes = facts.compact.scalars["repository"]
        self._columns: dict[str, list[Any]] = {
            name: facts.table[name].to_pylist()
            for name in ("key", "repository", "instance_id", "functions", "unknown", "files", "patch_chars")
        }
        self._limit = config.max_patch_chars
        self._split = lru_cache(maxsize=None)(lambda place: split_of(place, config.probe_share))

    def _places(self, row: int) -> list[str]:
        values = self._columns
        return places_of(
            values["repository"][row],
            values["functions"][row],
            values["files"][row],
            values["instance_id"][row],
            values["unknown"][row],
        )

    def fit(self, first: int, second: int) -> tuple[str | None, str]:
        """(reason, group): why a couple cannot be used, or its group."""
        sizes = self._columns["patch_chars"]
        if max(sizes[first], sizes[second]) > self._limit:
            return "oversized-patch", ""
        group = group_of(self._places(first), self._places(second), self._split)
        return (None, group) if group else ("straddles-splits", "")

    def things(self, first: int, second: int, group: str) -> list[tuple[str, str]]:
        values = self._columns
        return things_of(
            (values["key"][first], values["key"][second]),
            (values["instance_id"][first], values["instance_id"][second]),
            group,
            str(values["repository"][first]),
        )

    def candidate(self, first: int, second: int, group: str, issues: float | None, patches: float) -> PoolCouple:
        values = self._columns
        instances = (values["instance_id"][first], values["instance_id"][second])
        return PoolCouple(first, second, group, str(values["repository"][first]), instances, issues, patches)
