"""Examples of what a run dropped, from the records that runs leave beside the versions; where there are none, none."""

from __future__ import annotations

from typing import NamedTuple

from contextpairs.data.store.run_records import RunExample, run_records
from contextpairs.data.store.store import Store


class RejectedExample(NamedTuple):
    """A dropped row.

    Attributes:
        stage: line of the funnel that counts it.
        reason: why.
        place: file and row that it came from, as far as they are known.
        key: its id, or those of a couple's two sides.
        detail: what was found.
    """

    stage: str
    reason: str
    place: str
    key: str
    detail: str


def rejected_examples(store: Store, version: str) -> list[RejectedExample]:
    """Those of the newest run that published a version, or found it published."""
    for record in run_records(store):
        if record.version == version:
            return [_example(each) for each in record.examples]
    return []


def _example(each: RunExample) -> RejectedExample:
    place = f"{each.source}, row {each.row}" if each.row >= 0 else each.source
    return RejectedExample(each.stage, each.reason, place, each.key, each.detail)
