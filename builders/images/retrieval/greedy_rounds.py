"""Greedy choice among millions of couples, in rounds over whole arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.question_rows import Codes

KINDS = ((0, 1), (2, 3), (4,))
"""Columns of `uses` by kind of thing: an image may be the first of one couple and the second of another."""
FINISH_BY_HAND = 2_000
"""Couples from which the few rounds that are left are done one by one."""

Entries = list[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]
"""By kind: couples and the things they use, sorted by thing, then in the order of choice."""


class Greedy:
    """What taking couples one by one in their order gives, whenever all they use has room.

    Computed in rounds: a couple that stands, at everything it uses, among the first that there is room for will be
    taken in any case, so all of these are taken at once.

    Attributes:
        taken: the choice so far, shape (m,).
    """

    def __init__(self, uses: npt.NDArray[np.int32], room: Codes) -> None:
        """Args: uses: what each couple uses, in the order of choice, shape (m, 5). room: of each thing."""
        self.taken = np.zeros(len(uses), bool)
        self._uses = uses
        self._used = np.zeros(len(room), np.int64)
        self._entries = [self._sorted(columns) for columns in KINDS]

    def take(self, room: Codes) -> None:
        """Take what there is room for now; what was taken before stays and counts."""
        left = room - self._used
        alive = ~self.taken & (left[self._uses] > 0).all(axis=1)
        entries = _living(self._entries, alive)
        while len(entries[2][0]) > FINISH_BY_HAND:
            now = np.flatnonzero(_sure(entries, alive, left))
            self._note(now)
            np.subtract.at(left, self._uses[now].reshape(-1), 1)
            alive[now] = False
            for couple, thing in entries:
                alive[couple[left[thing] <= 0]] = False
            entries = _living(entries, alive)
        self._finish(np.flatnonzero(alive), left.tolist())

    def _sorted(self, columns: tuple[int, ...]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        flat = self._uses[:, columns].reshape(-1)
        order = np.argsort(flat, kind="stable")
        return (order // len(columns)).astype(np.int32), flat[order]

    def _finish(self, couples: Codes, left: list[int]) -> None:
        now = []
        for couple, used in zip(couples.tolist(), self._uses[couples].tolist(), strict=True):
            if all(left[one] > 0 for one in used):
                now.append(couple)
                for one in used:
                    left[one] -= 1
        self._note(np.array(now, np.int64))

    def _note(self, couples: Codes) -> None:
        self.taken[couples] = True
        np.add.at(self._used, self._uses[couples].reshape(-1), 1)


def place_in_run(values: npt.NDArray[np.generic]) -> Codes:
    """Place of each entry within its run of equal values, from 0."""
    if not len(values):
        return np.zeros(0, np.int64)
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    return np.arange(len(values)) - np.repeat(starts, np.diff(np.r_[starts, len(values)]))


def _living(entries: Entries, alive: npt.NDArray[np.bool_]) -> Entries:
    return [(couple[alive[couple]], thing[alive[couple]]) for couple, thing in entries]


def _sure(entries: Entries, alive: npt.NDArray[np.bool_], left: Codes) -> npt.NDArray[np.bool_]:
    sure = alive.copy()
    for couple, thing in entries:
        sure[couple[place_in_run(thing) >= left[thing]]] = False
    return sure
