"""Examples of what a run dropped, from the records that runs leave beside the versions; where there are none, none."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from contextpairs.data.store.store import Store

RUNS = "runs"
SAID = ("stage", "reason", "source", "key", "detail")
"""Texts that a record holds of an example."""


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
    names = [name for name in store.storage.files.names(RUNS) if name.endswith(".json")]
    for name in sorted(names, reverse=True):
        record = _record(store, name)
        if record.get("version") == version:
            return [_example(each) for each in record.get("examples") or () if isinstance(each, dict)]
    return []


def _record(store: Store, name: str) -> dict[str, Any]:
    """A record; an empty one where it cannot be read."""
    try:
        found = json.loads(store.storage.files.read(f"{RUNS}/{name}") or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _example(said: dict[str, Any]) -> RejectedExample:
    stage, reason, source, key, detail = (str(said.get(name, "")) for name in SAID)
    row = said.get("row")
    place = f"{source}, row {row}" if isinstance(row, int) and row >= 0 else source
    return RejectedExample(stage, reason, place, key, detail)
