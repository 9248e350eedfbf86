"""The pair that a record carries beside its prompt: JSON text, from which the row is made again.

One text and no nested columns: every trainer hands it through untouched, and no JSON reader guesses types in it (an
answer such as 2024-05-01 would come back as a time stamp).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.options import ExportError, ExportOptions
from contextpairs.data.pairs.prompting import Letter
from contextpairs.data.pairs.schemas import COLUMNS, CONTEXT_FIELDS, canonical_json

IDS = ("pair_id", "mirror_id", "group_id", "strategy")
CODING = "coding"


def carried(example: Example, options: ExportOptions) -> str:
    """The pair of an example as JSON text: its ids, or all of it, but images by their names alone."""
    row = example.row
    if options.keep == "ids":
        return canonical_json({name: row[name] for name in IDS})
    contexts = {name: row[name] if example.domain == CODING else row[name]["path"] for name in CONTEXT_FIELDS}
    return canonical_json({**{name: row[name] for name in COLUMNS}, **contexts})


def restored(text: str, images: Sequence[bytes], letter: Letter) -> dict[str, Any]:
    """The row that a record carries.

    Args:
        text: what `carried` made.
        images: the record's images in the order of their places; none for coding pairs.
        letter: where the record shows the positive.

    Raises:
        ExportError: only the ids were kept.
    """
    said: Mapping[str, Any] = json.loads(text)
    if lacking := [name for name in COLUMNS if name not in said]:
        raise ExportError(f"pair {said.get('pair_id')}: {lacking} were not exported; export again with keep=row")
    row = {name: said[name] for name in COLUMNS}
    if images:
        places = images if letter == "A" else images[::-1]
        row.update(
            {name: {"bytes": each, "path": row[name]} for name, each in zip(CONTEXT_FIELDS, places, strict=True)}
        )
    return row
