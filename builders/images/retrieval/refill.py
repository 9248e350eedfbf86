"""Fill room that a greedy choice left unused: one couple out, two in.

A couple that wants in and finds a single thing full may push out a couple there, if a third couple, of what that one
frees, can come in; or push out a fourth in turn, and so on: alternating paths of bounded length. They also pass
through answers and questions that are full, so the result keeps every cap. Where no limit binds, that is 6 to 10 % more
couples than a greedy choice alone; where one binds, it is not done.
"""

from __future__ import annotations

from itertools import islice

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.question_rows import Codes

DEPTH = 8
"""Couples pushed out one after another at most."""
TRIES = 200
"""Couples looked at for one that wants in, at least as many ..."""
TRIES_IN_ALL = 500_000
"""... and more where few want in: so many in all, in each round."""
MOST_TRIES = 5_000
ROUNDS = 4
GROWING = 4
"""Of what a couple uses, the images and the answers: where a couple that replaces it is looked for."""


def refill(
    uses: npt.NDArray[np.int32], room: Codes, taken: npt.NDArray[np.bool_], order: Codes
) -> npt.NDArray[np.bool_]:
    """A choice of at least as many couples under the same caps.

    Args:
        uses: what each couple uses, shape (m, 5).
        room: of each thing.
        taken: the choice so far, shape (m,); it keeps the caps.
        order: couples in the order of choice.

    Returns:
        The new choice, shape (m,).
    """
    state = Refill(uses, room, taken)
    for _ in range(ROUNDS):
        wanting = order[state.blocked_once(order)]
        tries = int(np.clip(TRIES_IN_ALL // max(1, len(wanting)), TRIES, MOST_TRIES))
        if not sum([state.enter(couple, tries) for couple in wanting.tolist()]):
            break
    return state.taken()


class Refill:
    """A choice that can be changed step by step."""

    def __init__(self, uses: npt.NDArray[np.int32], room: Codes, taken: npt.NDArray[np.bool_]) -> None:
        """Args: as `refill`."""
        self._uses = uses
        self._taken = taken.copy()
        left = room.copy()
        np.subtract.at(left, uses[taken].reshape(-1), 1)
        self._left: list[int] = left.tolist()
        order = np.argsort(uses[:, :GROWING].reshape(-1), kind="stable")
        self._at = (order // GROWING).astype(np.int32)
        self._edges = np.r_[0, np.cumsum(np.bincount(uses[:, :GROWING].reshape(-1), minlength=len(room)))]
        self._holders: dict[int, dict[int, None]] = {}
        for couple in np.flatnonzero(taken).tolist():
            self._hold(couple)

    def taken(self) -> npt.NDArray[np.bool_]:
        """The choice, shape (m,)."""
        return self._taken

    def blocked_once(self, order: Codes) -> npt.NDArray[np.bool_]:
        """Which couples find a single thing full, in the order given."""
        full = np.array(self._left, np.int64) <= 0
        blocked: npt.NDArray[np.bool_] = (full[self._uses[order]].sum(axis=1) <= 1) & ~self._taken[order]
        return blocked

    def enter(self, couple: int, tries: int) -> bool:
        """Let a couple in and keep as many as before besides; False, and nothing changed, where that cannot be."""
        if self._taken[couple]:
            return False
        self._tries = tries
        return self._enter(couple, DEPTH, set())

    def _enter(self, couple: int, depth: int, seen: set[int]) -> bool:
        full = [one for one in self._uses[couple].tolist() if self._left[one] <= 0]
        if not full:
            self._add(couple)
            return True
        if len(full) > 1 or not depth or self._tries <= 0:
            return False
        seen.add(couple)
        for out in list(islice(self._holders.get(full[0], ()), TRIES)):
            if out in seen or self._tries <= 0:
                continue
            self._tries -= 1
            seen.add(out)
            self._remove(out)
            self._add(couple)
            if self._replaced(out, depth, seen):
                return True
            self._remove(couple)
            self._add(out)
        return False

    def _replaced(self, out: int, depth: int, seen: set[int]) -> bool:
        """Whether another couple comes in where `out` left room."""
        for one in self._uses[out, :GROWING].tolist():
            if self._left[one] <= 0:
                continue
            for other in self._at[self._edges[one] : self._edges[one + 1]][:TRIES].tolist():
                if other in seen or self._taken[other]:
                    continue
                self._tries -= 1
                if self._tries <= 0:
                    return False
                if self._enter(other, depth - 1, seen):
                    return True
        return False

    def _add(self, couple: int) -> None:
        self._taken[couple] = True
        for one in self._uses[couple].tolist():
            self._left[one] -= 1
        self._hold(couple)

    def _remove(self, couple: int) -> None:
        self._taken[couple] = False
        for one in self._uses[couple].tolist():
            self._left[one] += 1
            del self._holders[one][couple]

    def _hold(self, couple: int) -> None:
        for one in self._uses[couple].tolist():
            self._holders.setdefault(one, {})[couple] = None
