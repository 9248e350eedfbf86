"""What changed between two versions: pairs, settings, funnel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contextpairs.data.store.manifest import FunnelStage, Manifest

PairIds = Mapping[str, Mapping[str, str]]
"""By split: pair_id -> digest of the columns that pair_id does not cover."""


@dataclass(frozen=True, slots=True)
class SplitDiff:
    """The pairs of one split, by pair_id, sorted."""

    added: list[str]
    removed: list[str]
    kept: list[str]
    changed: list[str]
    """Those of `kept` whose label, scores, provenance, group or mirror differ."""


@dataclass(frozen=True, slots=True)
class StageDelta:
    """How the numbers of a funnel stage moved; None where a version has no such stage."""

    stage: str
    rows_in: tuple[int | None, int | None]
    rows_out: tuple[int | None, int | None]
    reasons: dict[str, int]
    """Later minus earlier, where it is not 0."""


@dataclass(frozen=True, slots=True)
class Diff:
    """From the first version to the second."""

    splits: dict[str, SplitDiff]
    configuration: dict[str, tuple[Any, Any]]
    """Dotted name of each setting that differs -> its values; None where a version has no such setting."""
    funnel: list[StageDelta]
    """Stages whose numbers moved, in the order of the second version."""


def compare(first: tuple[Manifest, PairIds], second: tuple[Manifest, PairIds]) -> Diff:
    """The difference of two versions, from their manifests and pair ids."""
    (old, old_ids), (new, new_ids) = first, second
    splits = sorted({*old_ids, *new_ids}, reverse=True)
    return Diff(
        splits={split: _split_diff(old_ids.get(split, {}), new_ids.get(split, {})) for split in splits},
        configuration=_changed_settings(old.configuration, new.configuration),
        funnel=list(_funnel_deltas(old, new)),
    )


def _split_diff(old: Mapping[str, str], new: Mapping[str, str]) -> SplitDiff:
    kept = sorted(old.keys() & new.keys())
    return SplitDiff(
        added=sorted(new.keys() - old.keys()),
        removed=sorted(old.keys() - new.keys()),
        kept=kept,
        changed=[pair for pair in kept if old[pair] != new[pair]],
    )


def _changed_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    before, after = dict(_flat(old)), dict(_flat(new))
    names = sorted({*before, *after})
    return {n: (before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)}


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _funnel_deltas(old: Manifest, new: Manifest) -> Iterator[StageDelta]:
    before = {stage.stage: stage for stage in old.funnel}
    after = {stage.stage: stage for stage in new.funnel}
    for name in dict.fromkeys([*after, *before]):
        if before.get(name) != after.get(name):
            yield _stage_delta(name, before.get(name), after.get(name))


def _stage_delta(name: str, old: FunnelStage | None, new: FunnelStage | None) -> StageDelta:
    earlier, later = (old.reasons if old else {}), (new.reasons if new else {})
    moved = {reason: later.get(reason, 0) - earlier.get(reason, 0) for reason in sorted({*earlier, *later})}
    return StageDelta(
        stage=name,
        rows_in=(old.rows_in if old else None, new.rows_in if new else None),
        rows_out=(old.rows_out if old else None, new.rows_out if new else None),
        reasons={reason: delta for reason, delta in moved.items() if delta},
    )
