"""Read a partition of images with their questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from contextpairs.data.sources.files.columns import plain_values
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.files.hub import hub_batches
from contextpairs.data.sources.files.json_rows import json_rows
from contextpairs.data.sources.files.parquet import batches, parquet_file
from contextpairs.data.sources.trajectories.partition import Partition, Piece
from contextpairs.data.sources.vqa.arrow_rows import arrow_batches
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.csv_rows import csv_rows
from contextpairs.data.sources.vqa.documents import DocumentPiece, document_rows
from contextpairs.data.sources.vqa.fields import is_known
from contextpairs.data.sources.vqa.image_files import ImageFiles
from contextpairs.data.sources.vqa.places import home_of
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.rows import RowReader, domain_of
from contextpairs.data.sources.vqa.split_files import SplitPiece, split_rows
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions, VqaPartition
from contextpairs.data.sources.vqa.web_dataset import tar_rows

BATCH_ROWS = 16
"""Rows that are decoded at once: their images are in memory together."""
BUFFER_BYTES = 2**20


def read_vqa(partition: Partition) -> Iterator[VqaRow | Rejection]:
    """Rows of a partition in stored order; memory does not grow with their number.

    Every row gives one outcome: itself, or a rejection with stage "read", source, row number, id and reason. A row of
    several questions of which some cannot be used is followed by one rejection for each of these.

    Args:
        partition: as `plan_vqa` made it.

    Raises:
        OSError: storage fails, or a file is gone since it was planned: the work is owed again.
        TypeError: the partition was planned by another reader.
    """
    for reader, number, record in _rows(partition):
        yield from reader.outcomes(number, record)


def read_shown(partition: Partition) -> Iterator[VqaRow | Rejection]:
    """All images of a partition with what is asked of them, one a row: what an evaluation set shows.

    Unlike `read_vqa`, a row may show several images, and its answer, even its question, may be missing.

    Args:
        partition: as `plan_vqa` made it.

    Raises:
        OSError: storage fails, or a file is gone since it was planned: the work is owed again.
        TypeError: the partition was planned by another reader.
    """
    for reader, number, record in _rows(partition):
        yield from reader.shown(number, record)


def _rows(partition: Partition) -> Iterator[tuple[RowReader, int, Any]]:
    if not isinstance(partition, VqaPartition):
        raise TypeError(f"{partition.uri}: expected a partition of plan_vqa, found one of trajectories")
    for piece in partition.pieces:
        files = ImageFiles(home_of(piece, partition.vqa))
        reader = RowReader(piece.source, partition.vqa, files, domain_of(piece.uri, partition.vqa))
        try:
            for number, record in records(piece, partition.vqa):
                yield reader, number, record
        finally:
            files.close()


def records(piece: Piece, options: VqaOptions) -> Iterator[tuple[int, Any]]:
    """(row number, what the columns that may matter hold, or a RowFault) of every row of a piece."""
    only = None if piece.rows is None else range(*piece.rows)
    if isinstance(piece, DocumentPiece):
        return document_rows(piece, options.storage, options.mapping(), only)
    if isinstance(piece, SplitPiece):
        return split_rows(piece, options.storage, only)
    if piece.format == "csv":
        return csv_rows(piece.uri, options.storage, only)
    if piece.format == "parquet":
        return _parquet_records(piece, options)
    if piece.format == "arrow":
        return _arrow_records(piece, options, only)
    if piece.format == "tar":
        return ((number, row) for number, _, row in tar_rows(piece, options.storage, only))
    if piece.format == "hf":
        return _hub_records(piece, options)
    return json_rows(piece, options.storage, only)


def _parquet_records(piece: Piece, options: VqaOptions) -> Iterator[tuple[int, Any]]:
    only = None if piece.rows is None else range(*piece.rows)
    mapping = options.mapping()
    with parquet_file(piece.uri, options.storage, BUFFER_BYTES) as file:
        columns = [name for name in file.schema_arrow.names if is_known(name, mapping)]
        for rows, batch in batches(file, piece, columns, only, BATCH_ROWS):
            values = [batch] * len(rows) if isinstance(batch, RowFault) else _batch_records(batch, columns)
            yield from zip(rows, values, strict=True)


def _arrow_records(piece: Piece, options: VqaOptions, only: range | None) -> Iterator[tuple[int, Any]]:
    mapping = options.mapping()
    for rows, batch in arrow_batches(piece.uri, options.storage, BATCH_ROWS):
        if only is not None and rows[0] >= only.stop:
            return
        if only is not None and rows[-1] < only.start:
            continue
        values = _known_records(rows, batch, mapping)
        yield from ((row, value) for row, value in zip(rows, values, strict=True) if only is None or row in only)


def _hub_records(piece: Piece, options: VqaOptions) -> Iterator[tuple[int, Any]]:
    mapping = options.mapping()
    for rows, batch in hub_batches(piece, BATCH_ROWS):
        yield from zip(rows, _known_records(rows, batch, mapping), strict=True)


def _known_records(rows: Sequence[int], batch: Any, mapping: ColumnMapping) -> Iterable[dict[str, Any] | RowFault]:
    """Rows of a record batch by the columns that may matter, or the fault that stands for all of them."""
    if isinstance(batch, RowFault):
        return [batch] * len(rows)
    return _batch_records(batch, [name for name in batch.schema.names if is_known(name, mapping)])


def _batch_records(batch: Any, columns: list[str]) -> Iterator[dict[str, Any] | RowFault]:
    """Rows of a record batch; a RowFault for one that holds a value that cannot be decoded."""
    places = {name: at for at, name in enumerate(batch.schema.names) if name in columns}
    values = [plain_values(batch.column(at), name) for name, at in places.items()]
    for row in zip(*values, strict=True) if values else ((),) * batch.num_rows:
        fault = next((value for value in row if isinstance(value, RowFault)), None)
        yield fault or dict(zip(places, row, strict=True))
