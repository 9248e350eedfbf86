"""Write rows as Parquet shards: bounded row groups, bounded files, the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, PositiveInt

from contextpairs.data.store.settings import Settings

MIB = 2**20
Bytes = Annotated[int, Field(gt=0, le=1024 * MIB)]
"""Readers hold images by 32-bit offsets: a file of 2 GiB could not be read as one table."""
BATCH_ROWS = 64
REPEATED_COLUMNS = ["group_id", "strategy", "label"]


class ShardLimits(Settings):
    """How much goes into one row group and one file. A single row may exceed both limits of bytes."""

    row_group_bytes: Bytes = 64 * MIB
    """Bytes of UTF-8 text and images in a row group: what a reader, and this writer, must hold at once."""

    row_group_rows: PositiveInt | None = None
    """Rows in a row group at most; none: as the domain has it, 100 for images and no limit for coding."""

    shard_bytes: Bytes = 256 * MIB
    """Bytes of UTF-8 text and images in a file, before compression."""


def write_shards(
    rows: Iterable[Mapping[str, Any]], schema: pa.Schema, folder: Path, name: str, limits: ShardLimits
) -> list[tuple[Path, int]]:
    """Write rows, in order, as `{name}-00000-of-0000N.parquet`; no rows make no file.

    Memory is that of one row group, however many rows there are.

    Returns:
        Path and number of rows of each shard.

    Raises:
        pyarrow.ArrowInvalid: a row does not fit the schema.
    """
    shards = _Shards(schema, folder, name, limits)
    for row in rows:
        shards.add(row)
    return shards.close()


def read_batches(file: Any, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of an open Parquet file in batches. None straddles row groups, so memory is that of one."""
    with pq.ParquetFile(file) as parquet:
        for group in range(parquet.num_row_groups):
            yield from parquet.iter_batches(BATCH_ROWS, [group], list(columns) if columns else None)


def read_rows(file: Any) -> Iterator[dict[str, Any]]:
    """The rows of an open Parquet file, one at a time."""
    for batch in read_batches(file):
        yield from rows_of(batch)


def rows_of(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch; only one is held as Python objects, for its images may be large."""
    for row in range(batch.num_rows):
        yield batch.slice(row, 1).to_pylist()[0]


def content_bytes(value: Any) -> int:
    """Bytes of all images and of all text, in UTF-8, in a row or a part of it."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(content_bytes, value.values()))
    return sum(map(content_bytes, value)) if isinstance(value, list) else 0


class _Shards:
    def __init__(self, schema: pa.Schema, folder: Path, name: str, limits: ShardLimits) -> None:
        self._schema, self._folder, self._name, self._limits = schema, folder, name, limits
        self._group: list[Mapping[str, Any]] = []
        self._group_bytes = 0
        self._shard_bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self._rows: list[int] = []

    def add(self, row: Mapping[str, Any]) -> None:
        size = content_bytes(row)
        if self._group and self._is_full(size):
            self._flush()
        self._group.append(row)
        self._group_bytes += size

    def _is_full(self, size: int) -> bool:
        """Whether the open row group has no room for one more row of this size."""
        rows, limits = self._limits.row_group_rows, self._limits
        return self._group_bytes + size > limits.row_group_bytes or len(self._group) == rows

    def close(self) -> list[tuple[Path, int]]:
        """Finish the files; their names hold their number, which is known only now."""
        if self._group:
            self._flush()
        self._end_shard()
        paths = [self._final(index) for index in range(len(self._rows))]
        for index, path in enumerate(paths):
            self._unfinished(index).rename(path)
        return list(zip(paths, self._rows, strict=True))

    def _flush(self) -> None:
        if self._shard_bytes and self._shard_bytes + self._group_bytes > self._limits.shard_bytes:
            self._end_shard()
        writer = self._writer or self._begin_shard()
        table = pa.Table.from_pylist(self._group, schema=self._schema)
        writer.write_table(table, row_group_size=len(self._group))
        self._rows[-1] += len(self._group)
        self._shard_bytes += self._group_bytes
        self._group, self._group_bytes = [], 0

    def _begin_shard(self) -> pq.ParquetWriter:
        self._writer = pq.ParquetWriter(
            self._unfinished(len(self._rows)),
            self._schema,
            compression="zstd",
            use_dictionary=REPEATED_COLUMNS,
            write_page_index=True,
            use_content_defined_chunking=True,
        )
        self._rows.append(0)
        return self._writer

    def _end_shard(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._shard_bytes = None, 0

    def _unfinished(self, index: int) -> Path:
        return self._folder / f"{self._name}-{index:05}.unfinished"

    def _final(self, index: int) -> Path:
        return self._folder / f"{self._name}-{index:05}-of-{len(self._rows):05}.parquet"
