"""Which versions are no longer wanted, and the tombstones that they leave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contextpairs.data.store.pointers import Pointers
from contextpairs.data.store.storage import Storage, manifest_path, version_name

LAST, DAYS = 10, 30


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a `prune` took away, or would."""

    removed: list[str]
    """Names of versions, oldest first."""
    kept: dict[str, str]
    """The others, with the reason."""


def published_at(storage: Storage, number: int) -> datetime:
    """When a version appeared, by the clock of its storage. Raises FileNotFoundError where it is not there."""
    found: datetime = storage.filesystem.modified(manifest_path(storage, number))
    return found.astimezone(UTC)


def sorted_out(storage: Storage, numbers: Sequence[int], pointers: Pointers, last: int, days: float) -> Pruned:
    """Keep what is among the last, young, tagged or pinned; the rest may go."""
    reasons = {number: _reason(storage, numbers, number, pointers, last, days) for number in numbers}
    return Pruned(
        removed=[version_name(number) for number, reason in reasons.items() if reason is None],
        kept={version_name(number): reason for number, reason in reasons.items() if reason is not None},
    )


def _reason(
    storage: Storage, numbers: Sequence[int], number: int, pointers: Pointers, last: int, days: float
) -> str | None:
    names = pointers.names_of(version_name(number))
    if names:
        return ", ".join(names)
    if number in numbers[-last:]:
        return f"among the last {last}"
    young = datetime.now(UTC) - published_at(storage, number) < timedelta(days=days)
    return f"younger than {days:g} days" if young else None


def tombstone(number: int, why: str, *, kept: bool) -> bytes:
    """What stands in the place of a removed version."""
    said = {"version": version_name(number), "removed": why, "kept": kept, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"}
    return json.dumps(said, sort_keys=True).encode()
