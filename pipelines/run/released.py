"""Rows that are ready to publish, as the release stage of either wing wrote them: letters, licences, audit figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.data.pairs.schemas import Split
from contextpairs.data.pairs.splits import Letter, assign_labels
from contextpairs.data.store.manifest import AuditFigure
from contextpairs.data.store.stages import parquet_file, read_table
from contextpairs.filters.evidence.baselines import BaselineResult
from contextpairs.pipelines.run.engine import Output

BATCH_ROWS = 16
"""Rows in memory at once: each may hold two long traces or two images."""


def released_schema(pairs: pa.Schema) -> pa.Schema:
    """The columns that a release stage writes: those of the pairs without their letter, then split and licence."""
    return pa.schema(
        [*[each for each in pairs if each.name != "label"], ("split", pa.string()), ("license", pa.string())]
    )


def letters_of(outputs: Sequence[Output], split: Split) -> dict[str, Letter]:
    """The letter of every pair of a split, by pair_id."""
    ids = (row for output in outputs for row in _rows(output, split, ["pair_id", "mirror_id", "split"]))
    return assign_labels(ids)


def released_rows(outputs: Sequence[Output], split: Split, pairs: pa.Schema) -> Iterator[dict[str, Any]]:
    """Pair rows of a split with their letters, read file by file, in the columns of `pairs`."""
    letters = letters_of(outputs, split)
    names = [name for name in pairs.names if name != "label"]
    for output in outputs:
        for row in _rows(output, split, [*names, "split"]):
            yield {name: row[name] for name in names} | {"label": letters[row["pair_id"]]}


def _rows(output: Output, split: Split, columns: list[str]) -> Iterator[dict[str, Any]]:
    with parquet_file(output.path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
            yield from batch.filter(pc.equal(batch["split"], split)).to_pylist()


def licenses_of(released: Sequence[Output]) -> dict[str, int]:
    """Released rows by licence."""
    found: Counter[str] = Counter()
    for output in released:
        counted = pc.value_counts(read_table(output.path, ["license"])["license"])
        for name, count in zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True):
            found[name or "unknown"] += count
    return dict(sorted(found.items()))


def figures_of(results: Iterable[BaselineResult], split: Split) -> Iterator[AuditFigure]:
    """Audit results as the manifest holds them."""
    for r in results:
        yield AuditFigure(name=r.name, split=split, accuracy=round(r.accuracy, 4), low=round(r.low, 4),
                          high=round(r.high, 4), n=r.rows)  # fmt: skip
