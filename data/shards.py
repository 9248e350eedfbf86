"""Write rows as Parquet shards: bounded row groups, bounded files, the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import PositiveInt

from data.settings import Settings

MIB = 2**20
REPEATED_COLUMNS = ["group_id", "strategy", "label"]


class ShardLimits(Settings):
    """How much text goes into one row group and one file. A single row may exceed both."""

    row_group_bytes: PositiveInt = 64 * MIB
    """UTF-8 bytes of text in a row group: what a reader, and this writer, must hold at once."""

    shard_bytes: PositiveInt = 256 * MIB
    """UTF-8 bytes of text in a file, before compression."""


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


def text_bytes(value: Any) -> int:
    """UTF-8 bytes of all text in a row or a part of it."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, Mapping):
        return sum(map(text_bytes, value.values()))
    return sum(map(text_bytes, value)) if isinstance(value, list) else 0


class _Shards:
    def __init__(self, schema: pa.Schema, folder: Path, name: str, limits: ShardLimits) -> None:
        self._schema, self._folder, self._name, self._limits = schema, folder, name, limits
        self._group: list[Mapping[str, Any]] = []
        self._group_bytes = 0
        self._shard_bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self._rows: list[int] = []

    def add(self, row: Mapping[str, Any]) -> None:
        size = text_bytes(row)
        if self._group and self._group_bytes + size > self._limits.row_group_bytes:
            self._flush()
        self._group.append(row)
        self._group_bytes += size

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
