"""Facts as integer codes: what conditions are evaluated on, and which couples have an entry of a list in common.

300,000 trajectories take some tens of megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
UNKNOWN = -1
UNKNOWN_FUNCTION = "unknown function"
"""Name of the list of files in which a trajectory edits a function that is not known."""
BLOCK_COUPLES = 2_000_000


@dataclass(slots=True)
class ListCodes:
    """Lists of codes in one flat array: row r holds `values[offsets[r]:offsets[r + 1]]`."""

    offsets: Codes
    values: Codes


@dataclass(slots=True)
class CompactFacts:
    """Integer-coded facts, one entry per trajectory; equal codes mean equal values, -1 means unknown.

    Attributes:
        scalars: by key name (repository, commit, instance, outcome, patch): shape (n,). `known KEY`, where given,
            is used for `different`: two values that no record names may be equal.
        lists: by key name (file, function). `unknown function`, where given, holds codes of files in which a
            trajectory edits a function that is not known: it may be any that another edits in that file.
        issue: code of the issue text, shape (n,).
    """

    scalars: dict[str, Codes]
    lists: dict[str, ListCodes]
    issue: Codes

    def __len__(self) -> int:
        return len(self.issue)


def exploded(lists: ListCodes, rows: Codes) -> tuple[Codes, Codes]:
    """(row, value) of every list entry of the rows."""
    lengths = lists.offsets[rows + 1] - lists.offsets[rows]
    where = np.repeat(lists.offsets[rows] - np.r_[0, np.cumsum(lengths)[:-1]], lengths) + np.arange(lengths.sum())
    return np.repeat(rows, lengths), lists.values[where]


def may_share(first: Codes, second: Codes, facts: CompactFacts) -> npt.NDArray[np.bool_]:
    """Which couples edit one file where one of the two edits a function that is not known."""
    if UNKNOWN_FUNCTION not in facts.lists:
        return np.zeros(len(first), dtype=bool)
    unknown, files = facts.lists[UNKNOWN_FUNCTION], facts.lists["file"]
    return intersecting(unknown, first, files, second) | intersecting(files, first, unknown, second)


def maybe_sharing(rows: Codes, group: Codes, facts: CompactFacts) -> Codes:
    """Couples of one group of which one edits an unknown function of a file that the other edits, coded, each once.

    They are listed to be counted, and no more than `BLOCK_COUPLES` of them.
    """
    if UNKNOWN_FUNCTION not in facts.lists:
        return np.empty(0, np.int64)
    ones, unknown = exploded(facts.lists[UNKNOWN_FUNCTION], rows)
    others, files = exploded(facts.lists["file"], rows)
    span = int(max(unknown.max(initial=0), files.max(initial=0))) + 1
    cells = group[others] * span + files
    order = np.argsort(cells, kind="stable")
    wanted = group[ones] * span + unknown
    starts = np.searchsorted(cells[order], wanted)
    sizes = np.searchsorted(cells[order], wanted, side="right") - starts
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), BLOCK_COUPLES, side="right"))]
    ones, starts = ones[: len(sizes)], starts[: len(sizes)]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    one, other = np.repeat(ones, sizes), others[order][np.repeat(starts, sizes) + within]
    coded = np.minimum(one, other) * len(facts) + np.maximum(one, other)
    return np.unique(coded[one != other])


def intersecting(one: ListCodes, first: Codes, other: ListCodes, second: Codes) -> npt.NDArray[np.bool_]:
    """Which couples have an entry in common: in one list of the first and in another of the second."""
    span = int(max(one.values.max(initial=0), other.values.max(initial=0))) + 1
    couple = np.arange(len(first), dtype=np.int64)
    cells = []
    for lists, side in ((one, first), (other, second)):
        _, values = exploded(lists, side)
        cells.append(np.repeat(couple, np.diff(lists.offsets)[side]) * span + values)
    shared = np.zeros(len(first), dtype=bool)
    shared[np.intersect1d(cells[0], cells[1]) // span] = True
    return shared
