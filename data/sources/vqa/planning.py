"""Cut sources of images and questions into partitions, and say which files cannot be read."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import pyarrow.types as pt

from contextpairs.data.sources.files.detection import Kind
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.files.files import fingerprint, size_of
from contextpairs.data.sources.files.hub import PREFIX, hub_batches, plan_hub
from contextpairs.data.sources.files.json_rows import placed_lines
from contextpairs.data.sources.files.parquet import parquet_file
from contextpairs.data.sources.trajectories.partition import Located, Partition, Piece, SourceError, reading_of
from contextpairs.data.sources.trajectories.planning import (
    PEEKED_ROWS,
    Planned,
    nothing_readable,
    plan_files,
    row_groups,
)
from contextpairs.data.sources.trajectories.rows import check_mapping, nested_names, schema_names
from contextpairs.data.sources.vqa.advice import unknown_columns
from contextpairs.data.sources.vqa.arrow_rows import arrow_file
from contextpairs.data.sources.vqa.documents import document_of
from contextpairs.data.sources.vqa.fields import asks_and_shows, image_column
from contextpairs.data.sources.vqa.places import home_of, hub_root
from contextpairs.data.sources.vqa.reading import records
from contextpairs.data.sources.vqa.referenced import References
from contextpairs.data.sources.vqa.row_files import kind_of, row_files
from contextpairs.data.sources.vqa.split_files import paired, split_fingerprint, split_of_files
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions, VqaPartition, vqa_partition
from contextpairs.data.sources.vqa.web_dataset import tar_rows

MOST_PIECES = 64
"""Pieces of a file that is read from its start for each of them."""


def plan_vqa(sources: Sequence[str | Located], options: VqaOptions) -> tuple[list[Partition], list[Rejection]]:
    """Partitions of sources of images and questions, and the files that cannot be read.

    Args:
        sources: Parquet, JSON, JSON lines and CSV files, the questions file of a split of VQAv2 (its annotations file
            is found by its name), folders (of which only such files are read as rows), patterns, fsspec URLs of these,
            or `hf:owner/name[@revision][?config=..&split=..]`. A file that several of them name is read once.
        options: column mapping, defaults, where images may be, storage options, size of a partition.

    Raises:
        SourceError: a source matches nothing, no file is readable, or a mapped column is absent.
    """
    partitions: list[Partition] = []
    rejections: list[Rejection] = []
    readings = [reading_of(source, options) for source in sources]
    files = [("", []) if source.startswith(PREFIX) else row_files(source, own) for source, own in readings]
    splits = paired({uri: own.storage for (_, own), (_, named) in zip(readings, files, strict=True) for uri in named})
    seen: set[str] = set(splits.values())
    for (source, own), (root, found) in zip(readings, files, strict=True):
        if source.startswith(PREFIX):
            partitions += _plan_hub(source, own)
            continue
        uris = [uri for uri in found if uri not in seen]
        seen.update(uris)
        cut = partial(_cut, root=root, options=own, splits=splits)
        partitions += [vqa_partition(each, own) for each in plan_files(uris, own.containers(), cut, rejections)]
    if not partitions:
        raise nothing_readable(rejections)
    return partitions, rejections


def _plan_hub(source: str, options: VqaOptions) -> Iterator[VqaPartition]:
    checked: set[str] = set()
    for partition in plan_hub(source, options.containers(), trajectories=False):
        pieces = tuple(replace(piece, root=hub_root(partition.uri)) for piece in partition.pieces)
        if partition.uri not in checked:
            checked.add(partition.uri)
            _check_hub(pieces[0], options)
        yield vqa_partition(replace(partition, pieces=pieces), options)


def _check_hub(piece: Piece, options: VqaOptions) -> None:
    """Refuse a split whose columns hold no images with questions."""
    first = next((batch for _, batch in hub_batches(piece, 1) if not isinstance(batch, RowFault)), None)
    if first is None:
        return
    check_mapping(list(schema_names(first.schema)), options.mapping().fields, piece.uri)
    names = first.schema.names
    if not asks_and_shows(names, options.mapping()):
        raise SourceError(f"{piece.uri}: {unknown_columns(names, options.mapping())}")


def _cut(uri: str, root: str, options: VqaOptions, splits: Mapping[str, str]) -> Planned:
    """Pieces of a file, sized by the images that they read, wherever these are."""
    if uri in splits:
        return _cut_split(uri, splits[uri], root, options)
    size, own = size_of(uri, options.storage), fingerprint(uri, options.storage)
    kind = kind_of(uri, options)
    whole = Piece(uri, kind.container, 0, -1, root=root)
    if kind.container == "tar":
        begins = -1 if kind.compressed else size
        return _cut_rows(whole, tar_rows(whole, options.storage), begins, Planned([whole], size, own), options)
    if kind.container == "arrow":
        with arrow_file(uri, options.storage) as (schema, _):
            _check_columns(list(schema_names(schema)), schema.names, options, uri)
    if kind.container == "parquet":
        return _cut_parquet(whole, Planned([whole], size, own), options)
    if kind.container in ("json", "jsonl") and (wrapping := document_of(whole, options.storage, options.mapping())):
        whole, kind = wrapping, Kind("json", kind.compressed)
    _check_first_rows(whole, options)
    lines = kind == Kind("jsonl", False)
    rows = placed_lines(uri, options.storage) if lines else _unplaced(records(whole, options))
    return _cut_rows(whole, rows, size if lines else -1, Planned([whole], size, own), options)


def _cut_split(uri: str, annotations: str, root: str, options: VqaOptions) -> Planned:
    home = home_of(Piece(uri, "json", 0, -1, root=root), options)
    whole = split_of_files(uri, annotations, root, home)
    _check_first_rows(whole, options)
    size = sum(size_of(each, options.storage) for each in (uri, annotations))
    uncut = Planned([whole], size, split_fingerprint(whole, options.storage))
    return _cut_rows(whole, _unplaced(records(whole, options)), -1, uncut, options)


def _check_first_rows(whole: Piece, options: VqaOptions) -> None:
    """Mapped columns must be among the fields of the first rows."""
    if not options.mapping().fields:
        return
    values = [value for _, value in islice(records(whole, options), PEEKED_ROWS)]
    if rows := [value for value in values if isinstance(value, dict)]:
        check_mapping({name for row in rows for name in nested_names(row)}, options.mapping().fields, whole.uri)


def _cut_parquet(whole: Piece, uncut: Planned, options: VqaOptions) -> Planned:
    with parquet_file(whole.uri, options.storage) as file:
        schema, metadata = file.schema_arrow, file.metadata
        names = schema.names
        _check_columns(list(schema_names(schema)), names, options, whole.uri)
    whole = replace(whole, stop=metadata.num_row_groups)
    if _holds_images(schema, metadata, options):
        pieces = [replace(piece, root=whole.root) for piece in row_groups(whole.uri, metadata, options.partition_bytes)]
        return uncut._replace(pieces=pieces)
    return _cut_rows(whole, _unplaced(records(whole, options)), -1, uncut, options)


def _check_columns(nested: list[str], names: Sequence[str], options: VqaOptions, uri: str) -> None:
    """Refuse a table whose columns hold no images with questions, or not those that are mapped."""
    check_mapping(nested, options.mapping().fields, uri)
    if not asks_and_shows(names, options.mapping()):
        raise RowFault("unknown-format", unknown_columns(names, options.mapping()))


def _holds_images(schema: Any, metadata: Any, options: VqaOptions) -> bool:
    """Whether every row holds the bytes of its image itself, as far as the file's statistics tell."""
    column = options.mapping().fields.get("image") or image_column(schema.names)
    for at in range(metadata.num_columns if column else 0):
        path = metadata.schema.column(at).path
        plain = path == column and pt.is_binary(schema.field(column).type)
        if plain or (path.startswith(f"{column}.") and path.endswith(".bytes")):
            groups = range(metadata.num_row_groups)
            return all(_never_null(metadata.row_group(group).column(at).statistics) for group in groups)
    return False


def _never_null(statistics: Any) -> bool:
    return statistics is not None and statistics.has_null_count and statistics.null_count == 0


def _unplaced(rows: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, int, Any]]:
    return ((row, 0, value) for row, value in rows)


def _cut_rows(
    whole: Piece, rows: Iterable[tuple[int, int, Any]], size: int, uncut: Planned, options: VqaOptions
) -> Planned:
    """Cut a file by what its rows read.

    Args:
        whole: the file as one piece.
        rows: (row number, byte at which it begins, record or RowFault) of each.
        size: bytes of the file where pieces begin at bytes of it, -1 where they are ranges of rows.
        uncut: size and fingerprint of the file alone.
        options: where images may be, and the size of a partition.
    """
    references = References(home_of(whole, options), options)
    numbers, begins, costs = array("q"), array("q"), array("q")
    for number, begin, record in rows:
        numbers.append(number)
        begins.append(begin)
        costs.append(references.cost(record))
    references.close()
    limit = options.partition_bytes if size >= 0 else max(options.partition_bytes, sum(costs) // MOST_PIECES)
    starts = _starts(costs, limit)
    pieces = [whole]
    if len(starts) > 1:
        bounds = list(zip(starts, [*starts[1:], len(numbers)], strict=True))
        pieces = [_piece(whole, numbers, begins, *bound, size) for bound in bounds]
    return Planned(pieces, max(uncut.size, sum(costs)), references.digest(uncut.fingerprint))


def _starts(costs: Sequence[int], limit: int) -> list[int]:
    """Places at which pieces of about `limit` bytes begin."""
    starts, total = [0], 0
    for at, cost in enumerate(costs):
        if total and total + cost > limit:
            starts.append(at)
            total = 0
        total += cost
    return starts


def _piece(whole: Piece, numbers: Sequence[int], begins: Sequence[int], start: int, stop: int, size: int) -> Piece:
    if size < 0:
        return replace(whole, rows=(numbers[start], numbers[stop - 1] + 1))
    end = begins[stop] if stop < len(begins) else size
    return replace(whole, start=begins[start] if start else 0, stop=end, first_row=numbers[start] if start else 0)
