"""Which group a couple belongs to, so that neither a group nor a context ever stands in two splits.

A trajectory's home is one of the functions it edits, chosen by hash; its split is its home's. A couple is kept only if
some function that both edit lies in the split of both homes, and takes that function as its group. Nothing depends on
which other trajectories there are, so no pair changes split when the data grows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

SplitOf = Callable[[str], str]


def places_of(repository: str | None, functions: Sequence[str], files: Sequence[str], instance: str) -> list[str]:
    """Where a trajectory works, in names that hold across commits: functions, else files, else its instance."""
    return [f"{repository}::{place}" for place in (functions or files)] or [f"{repository}::instance::{instance}"]


def home_of(places: Sequence[str]) -> str:
    """The place whose hash is least: the same for every trajectory of equal places."""
    return min(places, key=lambda place: hashlib.sha256(place.encode()).digest())


def group_of(first: Sequence[str], second: Sequence[str], split_of: SplitOf) -> str | None:
    """The group of a couple, or None if it straddles splits.

    Args:
        first, second: places of the two trajectories (see `places_of`).
        split_of: split of a place.
    """
    split = split_of(home_of(first))
    if split != split_of(home_of(second)):
        return None
    shared = sorted(set(first) & set(second)) or sorted({home_of(first), home_of(second)})
    return next((place for place in shared if split_of(place) == split), None)
