"""Records on the disk: Parquet or JSON lines, one file a split, in memory of one row group.

One file, because trainers are given files and not all of them take several. `datasets` reads it by row groups, whatever
its size.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.exports.export_form import Record
from contextpairs.data.store.shards import content_bytes


def write_parquet(
    records: Iterable[Record], schema: pa.Schema, path: Path, most_bytes: int, most_rows: int | None
) -> tuple[Path, int]:
    """Write a Parquet file; the same bytes for the same records.

    Args:
        records: in their order.
        schema: their columns.
        path: the file.
        most_bytes: of text and images in a row group; a single record may exceed it.
        most_rows: in a row group; None is no limit.

    Returns:
        Path and number of records.
    """
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd", write_page_index=True) as writer:
        for group in _groups(records, most_bytes, most_rows):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))
            count += len(group)
    return path, count


def write_json_lines(records: Iterable[Record], path: Path) -> tuple[Path, int]:
    """Write a file of JSON lines.

    All but ASCII is escaped: some readers take U+2028 and its like for the end of a line.

    Returns:
        Path and number of records.
    """
    count = 0
    with open(path, "w", encoding="ascii") as file:
        for record in records:
            file.write(json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n")
            count += 1
    return path, count


def _groups(records: Iterable[Record], most_bytes: int, most_rows: int | None) -> Iterator[list[Record]]:
    group: list[Record] = []
    held = 0
    for record in records:
        size = content_bytes(record)
        if group and (held + size > most_bytes or len(group) == most_rows):
            yield group
            group, held = [], 0
        group.append(record)
        held += size
    if group:
        yield group
