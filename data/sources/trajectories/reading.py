"""Read a partition: trajectories, and a rejection for each row that is none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.sources.files.hub import hub_records, read_hub
from contextpairs.data.sources.files.json_rows import json_rows
from contextpairs.data.sources.files.parquet import parquet_records, read_parquet
from contextpairs.data.sources.trajectories.completions import without_earlier
from contextpairs.data.sources.trajectories.formats import record_trajectory
from contextpairs.data.sources.trajectories.partition import Partition, Piece, SourceOptions

Only = Collection[int] | Mapping[str, Collection[int]]


def read(partition: Partition, only: Only | None = None) -> Iterator[Trajectory | Rejection]:
    """Trajectories of a partition in stored order; memory does not grow with their number.

    Args:
        partition: as `plan` made it.
        only: row numbers to read again; or, for a group of files, row numbers by URI (a plain collection stands for
            these rows of every file of the group).

    Raises:
        OSError: storage fails, or a file is gone since it was planned: the work is owed again.
    """
    items = _items(partition, only)
    # Rows that are read again were chosen after the earlier requests of their runs had gone.
    yield from items if only is not None else without_earlier(items)


def _items(partition: Partition, only: Only | None) -> Iterator[Trajectory | Rejection]:
    for piece in partition.pieces:
        rows = only.get(piece.source, ()) if isinstance(only, Mapping) else only
        if rows is None or rows:
            yield from _read(piece, partition.options, rows)


def _read(piece: Piece, options: SourceOptions, only: Collection[int] | None) -> Iterator[Trajectory | Rejection]:
    if piece.format == "parquet":
        return read_parquet(piece, options, only)
    return read_hub(piece, options, only) if piece.format == "hf" else _read_json(piece, options, only)


def _read_json(piece: Piece, options: SourceOptions, only: Collection[int] | None) -> Iterator[Trajectory | Rejection]:
    for row, value in json_rows(piece, options.storage, only):
        try:
            if isinstance(value, RowFault):
                raise value
            yield guarded(partial(record_trajectory, value, options, piece.source, row), "read", piece.source, row)
        except RowFault as fault:
            yield fault.rejection(piece.source, row)


def records(partition: Partition) -> Iterator[tuple[str, int, Any]]:
    """Every row of a partition as (URI, row number, what is stored there or a RowFault)."""
    for piece in partition.pieces:
        for row, value in _records(piece, partition.options.storage):
            yield piece.source, row, value


def _records(piece: Piece, storage: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    if piece.format == "parquet":
        return parquet_records(piece, storage)
    return hub_records(piece) if piece.format == "hf" else json_rows(piece, storage)
