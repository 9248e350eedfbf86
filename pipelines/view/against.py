"""What came and what went from one version to another."""

from __future__ import annotations

from dataclasses import dataclass

from contextpairs.data.store.diff import Diff
from contextpairs.data.store.store import Store
from contextpairs.pipelines.view.couples import ViewedCouple
from contextpairs.pipelines.view.summary import ViewTable

LISTED = 200


@dataclass(frozen=True, slots=True)
class Against:
    """The difference to another version.

    Attributes:
        version: the other one.
        diff: from it to the one that is viewed.
    """

    version: str
    diff: Diff

    def of(self, couple: ViewedCouple) -> str:
        """`new`, `changed` or `kept`."""
        split = self.diff.splits[couple.split]
        ids = {row["pair_id"] for row in couple.rows}
        if ids & set(split.added):
            return "new"
        return "changed" if ids & set(split.changed) else "kept"

    def table(self) -> ViewTable:
        """By split how many pairs came and went, and the ids of those that went."""
        rows = []
        for name, split in self.diff.splits.items():
            gone = ", ".join(split.removed[:LISTED]) + (" ..." if len(split.removed) > LISTED else "")
            counts = (len(split.added), len(split.removed), len(split.kept), len(split.changed))
            rows.append((name, *(f"{count:,}" for count in counts), gone or "none"))
        return ViewTable(("split", "came", "went", "kept", "of them changed", "those that went"), tuple(rows))


def against(store: Store, first: str, second: str) -> Against:
    """From the first version to the second. Raises VersionError."""
    return Against(store.resolved(first), store.diff(first, second))
