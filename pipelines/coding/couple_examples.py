"""Couples that a step of the build dropped, as examples of its reasons: file and row of both runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contextpairs.data.store.run_records import RunExample
from contextpairs.pipelines.coding.choice import MaskedCouples, Selection
from contextpairs.pipelines.coding.facts_table import FactsTable
from contextpairs.pipelines.run.run_log import EXAMPLES

Dropped = Mapping[str, Sequence[tuple[int, int]]]
"""By reason: rows of the facts table, two a couple."""


def couple_examples(stage: str, dropped: Dropped, facts: FactsTable) -> Iterator[RunExample]:
    """A few of each reason.

    Args:
        stage: line of the funnel.
        dropped: by it; more than a few are passed over.
        facts: whose rows they are.
    """
    for reason, couples in dropped.items():
        for first, second in couples[:EXAMPLES]:
            one, other = _place(facts, first), _place(facts, second)
            yield RunExample(
                stage=stage,
                reason=reason,
                source=one["source"],
                row=one["row"],
                key=f"{one['key']}+{other['key']}",
                detail=f"with {other['source']} row {other['row']} ({one['instance_id']} and {other['instance_id']})",
            )


def left_out(selection: Selection, candidates: MaskedCouples, facts: FactsTable) -> Iterator[RunExample]:
    """What the choice left out, as examples."""
    rows = {key: row for row, key in enumerate(facts.table["key"].to_pylist())}
    sides = candidates.table.select(["first", "second"])
    for stage, reasons in selection.dropped.items():
        dropped = {
            reason: [(rows[each["first"]], rows[each["second"]]) for each in sides.take(left[:EXAMPLES]).to_pylist()]
            for reason, left in reasons.items()
            if left
        }
        yield from couple_examples(stage, dropped, facts)


def _place(facts: FactsTable, row: int) -> dict[str, Any]:
    found: dict[str, Any] = facts.table.select(["key", "source", "row", "instance_id"]).slice(row, 1).to_pylist()[0]
    return found
