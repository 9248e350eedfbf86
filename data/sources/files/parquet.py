"""Rows of Parquet: projected to the columns that matter, turned into messages without an object a turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.columns import conversations, plain_values
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.files.files import is_local, open_file
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.sources.files.limits import ROW_BYTES, affordable, check_expansion
from contextpairs.data.sources.trajectories.partition import Piece, SourceOptions
from contextpairs.data.sources.trajectories.rows import RowLayout, layout_of, placed, row_trajectory

# Rows may hold a megabyte each: what is decoded at once stays small.
BATCH_ROWS = 64


@contextmanager
def parquet_file(uri: str, storage: dict[str, Any], buffer_bytes: int = 0) -> Iterator[Any]:
    """An open `pyarrow.parquet.ParquetFile`.

    Args:
        uri, storage: the file.
        buffer_bytes: of a column this much is read at a time; 0 reads all that a row group holds of it.

    Raises:
        OSError: the file cannot be read.
        RowFault: its footer is damaged.
    """
    import pyarrow.parquet as pq

    with open_file(uri, storage) as handle:
        try:
            file = pq.ParquetFile(uri if is_local(uri) else handle, pre_buffer=False, buffer_size=buffer_bytes)
        except pa.ArrowException as error:
            detail = f"damaged Parquet footer ({_first_line(error)}); copy the file again"
            raise RowFault("unreadable", detail) from error
        with file:
            yield file


def read_parquet(
    piece: Piece, options: SourceOptions, only: Collection[int] | None
) -> Iterator[Trajectory | Rejection]:
    """Trajectories of the row groups of a piece; with `only`, of these rows."""
    with parquet_file(piece.uri, options.storage) as file:
        layout = layout_of(file.schema_arrow.names, options.columns)
        assert layout is not None, f"{piece.uri}: planned with columns that are gone"
        layout = placed(layout, options, piece.uri)
        columns = sorted({_stored(column, file.schema_arrow.names) for column in layout.columns.values()} - {""})
        for rows, batch in batches(file, piece, columns, only):
            if isinstance(batch, RowFault):
                yield from (batch.rejection(piece.source, row) for row in rows)
            else:
                yield from batch_trajectories(batch, rows, layout, piece.source)


def parquet_records(piece: Piece, storage: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """Every row of a piece as (row number, dict or RowFault)."""
    with parquet_file(piece.uri, storage) as file:
        for rows, batch in batches(file, piece, None, None):
            values = [batch] * len(rows) if isinstance(batch, RowFault) else batch.to_pylist()
            yield from zip(rows, values, strict=True)


def batches(
    file: Any, piece: Piece, columns: list[str] | None, only: Collection[int] | None, size: int = BATCH_ROWS
) -> Iterator[tuple[Sequence[int], Any]]:
    """(row numbers, batch of at most `size` rows) of the row groups of a piece.

    The rest of a damaged row group, and a row that is too long, come as (row numbers, RowFault).
    """
    first = piece.first_row
    for group in range(piece.start, piece.stop):
        about = file.metadata.row_group(group)
        past = first + about.num_rows
        wanted = range(first, past) if only is None else sorted(row for row in only if first <= row < past)
        if wanted:
            yield from _group(file, group, first, columns, wanted, _fitting(size, about))
        first = past


def _fitting(size: int, about: Any) -> int:
    """So many rows of a row group, or as many as are about as long as one may be."""
    return max(1, min(size, int(ROW_BYTES * about.num_rows // max(1, about.total_byte_size))))


def _group(
    file: Any, group: int, first: int, columns: list[str] | None, wanted: Sequence[int], size: int
) -> Iterator[tuple[Sequence[int], Any]]:
    """Batches of one row group, cut to the wanted rows before any Python object is made."""
    at = first
    try:
        _check_group(file.metadata.row_group(group))
        for batch in file.iter_batches(size, row_groups=[group], columns=columns, use_threads=False):
            past = at + batch.num_rows
            rows = range(at, past) if isinstance(wanted, range) else [row for row in wanted if at <= row < past]
            if rows:
                whole = len(rows) == batch.num_rows
                yield from affordable(rows, batch if whole else batch.take(pa.array([row - at for row in rows])))
            at = past
    except RowFault as fault:
        yield wanted, fault
    except (pa.ArrowException, OSError) as error:
        # Storage that fails tells its error number, and the work is owed again; damaged pages have none.
        if getattr(error, "errno", None) is not None:
            raise
        yield [row for row in wanted if row >= at], _damaged(group, error)


def _check_group(about: Any) -> None:
    """Refuse a row group that expands beyond all measure."""
    columns = [about.column(at) for at in range(about.num_columns)]
    check_expansion(about.total_byte_size, sum(each.total_compressed_size for each in columns))


def _damaged(group: int, error: Exception) -> RowFault:
    return RowFault("unreadable", f"row group {group} is damaged ({_first_line(error)}); copy the file again")


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]


def _stored(column: str, names: Collection[str]) -> str:
    """The top-level column that holds a column, "" where there is none."""
    top = column if column in names else column.split(".", 1)[0]
    return top if top in names else ""


def batch_trajectories(
    batch: Any, rows: Sequence[int], layout: RowLayout, uri: str
) -> Iterator[Trajectory | Rejection]:
    """Trajectories of a record batch whose rows have these numbers."""
    found = {
        name: (column, array) for name, column in layout.columns.items() if (array := _array(batch, column)) is not None
    }
    turns = conversations(*reversed(found.pop("messages")))
    names, values = list(found), [plain_values(array, column) for column, array in found.values()]
    for at, row in enumerate(rows):
        outcome = _trajectory(dict(zip(names, (v[at] for v in values), strict=True)), turns[at], layout, uri, row)
        yield outcome.rejection(uri, row) if isinstance(outcome, RowFault) else outcome


def _array(batch: Any, column: str) -> Any:
    """The array of a column, `a.b` reaching into a struct; None where there is none."""
    if column in batch.schema.names:
        return batch.column(column)
    if "." not in column or column.split(".", 1)[0] not in batch.schema.names:
        return None
    top, *inner = column.split(".")
    try:
        return pc.struct_field(batch.column(top), inner)
    except (pa.ArrowException, KeyError, ValueError):
        return None


def _trajectory(
    fields: dict[str, Any], turns: list[Message] | RowFault, layout: RowLayout, uri: str, row: int
) -> Trajectory | Rejection | RowFault:
    fault = fields.get("instance_id")
    if isinstance(fault, RowFault):
        return fault
    if isinstance(turns, RowFault):
        return turns
    try:
        return guarded(partial(row_trajectory, fields, turns, layout, uri, row), "read", uri, row)
    except RowFault as found:
        return found
