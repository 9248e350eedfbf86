"""Work that stands still: told from work that is slow by the rows that it finishes.

A worker leaves a mark in the work directory while it finishes rows, wherever it runs. Who waits for partitions looks
for it only where none was finished for long.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from contextpairs.data.store.stages import StageFolder

STALL_MINUTES = 30.0
"""Minutes without a finished row after which works are given up, unless it is said otherwise."""
MARK_EVERY = 15.0
"""Seconds of a worker between two marks: each is a write, on remote storage a request."""
SHOWN = 5
"""Partitions that an error names."""


class Stalled(RuntimeError):
    """Nothing was finished for so long that nothing will be; outputs that are there are kept."""


class RowMark:
    """Says, while rows are finished, that their stage moves; now and then, for each time is a write."""

    def __init__(self, folder: StageFolder) -> None:
        """Args: folder: of the stage."""
        self._folder = folder
        self._last = time.monotonic()

    def row(self) -> None:
        """Rows were finished."""
        if time.monotonic() - self._last >= MARK_EVERY:
            self._folder.mark()
            self._last = time.monotonic()


class StallClock:
    """Counts the time in which neither a partition of some works was finished nor a row of one."""

    def __init__(self, folders: Sequence[StageFolder], minutes: float) -> None:
        """Args: folders: that the works write to. minutes: after which they stand still."""
        self._folders = folders
        self._minutes = minutes
        self._seen = self._marks()
        self._until = time.monotonic() + minutes * 60

    @property
    def left(self) -> float:
        """Seconds until `check` is due."""
        return max(0.0, self._until - time.monotonic())

    def moved(self) -> None:
        """A partition was finished."""
        self._until = time.monotonic() + self._minutes * 60

    def check(self, waiting: Iterable[str]) -> None:
        """To be called when no time is left.

        Args:
            waiting: names of the partitions that are not finished.

        Raises:
            Stalled: no row was finished either since the last call.
        """
        marks = self._marks()
        if marks == self._seen:
            raise Stalled(_stalled(list(waiting), self._minutes))
        self._seen = marks
        self.moved()

    def _marks(self) -> list[bytes]:
        return [folder.marked() for folder in self._folders]


def _stalled(waiting: list[str], minutes: float) -> str:
    more = f" and {len(waiting) - SHOWN} more" if len(waiting) > SHOWN else ""
    return (
        f"no row and no partition was finished in {minutes:g} minutes, waiting for {', '.join(waiting[:SHOWN])}{more}; "
        "what is finished is kept: start the build again, with a larger engine.stall_minutes where one row takes longer"
    )
