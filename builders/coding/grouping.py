"""Which group a couple belongs to, so that no group, no context and no edited function ever stands in two splits.

A couple is kept only if every function that either of its runs edits lies in one split; one that both edit is its
group. Nothing depends on which other trajectories there are, so no pair changes split when the data grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

SplitOf = Callable[[str], str]


def places_of(
    repository: str | None, functions: Sequence[str], files: Sequence[str], instance: str, unknown: Sequence[str] = ()
) -> list[str]:
    """Where a trajectory works, in names that hold across commits: functions, else files, else its instance.

    Args:
        repository: `owner/name`.
        functions: as `path::Qualified.name`.
        files: paths.
        instance: stands for a trajectory that has neither.
        unknown: `path::?mark` of functions that are not known: the file stands for each.
    """
    places = [*functions, *sorted({mark.partition("::")[0] for mark in unknown})]
    return [f"{repository}::{place}" for place in (places or files)] or [f"{repository}::instance::{instance}"]


def group_of(first: Sequence[str], second: Sequence[str], split_of: SplitOf) -> str | None:
    """The group of a couple, or None if it straddles splits.

    Args:
        first, second: places of the two trajectories (see `places_of`).
        split_of: split of a place.
    """
    if len({split_of(place) for place in (*first, *second)}) != 1:
        return None
    return min(set(first) & set(second) or {*first, *second})
