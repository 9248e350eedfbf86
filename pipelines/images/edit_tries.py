"""What became of the candidates of a partition over their tries, and when the editor is at fault and no candidate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contextpairs.builders.images.editing.edit_outcomes import (
    EDITOR_REFUSED,
    NOT_FINITE,
    VERDICT_REASONS,
    EditorFailed,
    Failure,
)
from contextpairs.data.sources.files.guard import FAILED
from contextpairs.filters.images.verify_edit import EditVerdict

MOST_FAILED = 20
"""Candidates without a picture, one after the other, from which the editor is at fault."""
Said = tuple[str, str]
"""A reason and its detail."""
Rows = list[dict[str, Any]]
"""A kept edit as it is stored."""


class EditTries:
    """The candidates of a partition on their way.

    A candidate is kept by its first try that passes. One that any try failed, and that no other try made good, is owed;
    of any other, the reason of its last try counts. One that the editor refuses is not tried again.

    Attributes:
        made: tries so far.
    """

    def __init__(self, places: Sequence[int], most_failed: int) -> None:
        """Args: places: of the candidates, in order. most_failed: as `MOST_FAILED`, or all where there are fewer."""
        self.made = 0
        self._places, self._most_failed = places, most_failed
        self._kept: dict[int, Rows] = {}
        self._last: dict[int, Said] = {}
        self._failed: dict[int, Said] = {}
        self._pictured: set[int] = set()
        self._run: list[int] = []
        """The candidates that broke one after the other, up to the one that was tried last."""

    def open(self) -> list[int]:
        """The candidates that may be tried again."""
        return [at for at in self._places if at not in self._kept and self._reason(at) != EDITOR_REFUSED]

    def take(self, at: int, outcome: EditVerdict | Failure | Rows, shown: str) -> None:
        """Note what a try gave.

        Args:
            at: the candidate's place.
            outcome: the rows of a kept edit, or why it is not kept.
            shown: picture, question and instruction, for people.

        Raises:
            EditorFailed: too many candidates gave no picture, one after the other.
        """
        self.made += 1
        first = at not in self._last
        if isinstance(outcome, list):
            self._kept[at], self._last[at] = outcome, ("", "")
        elif isinstance(outcome, Failure) or outcome.reason == FAILED:
            self._last[at] = (FAILED, f"{shown}: {outcome.detail}; left out, the next run tries it again")
            self._failed.setdefault(at, self._last[at])
        else:
            self._last[at] = (outcome.reason or "", f"{shown}: {outcome.detail}")
        if not isinstance(outcome, Failure) and self._reason(at) not in VERDICT_REASONS:
            self._pictured.add(at)
        if first:
            self._count(at)

    def _count(self, at: int) -> None:
        """Follow the run of broken candidates by their first tries; refused ones neither lengthen it nor end it."""
        if at in self._pictured:
            self._run.clear()
        elif self._reason(at) in (FAILED, NOT_FINITE):
            self._run.append(at)
        if len(self._run) >= self._most_failed:
            raise self._at_fault(f"{len(self._run)} edits in a row", self._run[0])

    def close(self) -> None:
        """Look at all candidates when all tries are done.

        Raises:
            EditorFailed: there are as many as the editor may fail, and none gave a picture.
        """
        if len(self._places) >= self._most_failed and not self._pictured:
            raise self._at_fault(f"all of {len(self._places)} edits", self._places[0])

    def _at_fault(self, what: str, first: int) -> EditorFailed:
        reason, detail = self._last[first]
        return EditorFailed(
            f"the editor gave no picture for {what}, so nothing was published; the first: {reason}: {detail[:1500]}. "
            "Set what it takes (editing.size, .dtype, .batch_size, .guidance, .extra), or editing.enabled=false"
        )

    def _reason(self, at: int) -> str | None:
        return self._last[at][0] if at in self._last else None

    def rows(self) -> Rows:
        """The rows of the kept edits, in the order of the candidates."""
        return [row for at in self._places for row in self._kept.get(at, [])]

    def without_edit(self) -> Iterator[tuple[int, Said]]:
        """The candidates that none was kept of, with reason and detail."""
        for at in self._places:
            if at in self._last and at not in self._kept:
                yield at, self._failed.get(at, self._last[at])
