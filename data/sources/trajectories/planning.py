"""Cut sources into partitions, in a fixed order, and say which files cannot be read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from contextpairs.data.sources.files.detection import detect
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.files.files import find_files, fingerprint, is_local, size_of
from contextpairs.data.sources.files.hub import PREFIX, plan_hub
from contextpairs.data.sources.files.json_rows import json_rows
from contextpairs.data.sources.files.parquet import parquet_file
from contextpairs.data.sources.files.stream import blocks
from contextpairs.data.sources.trajectories.formats import native_reader
from contextpairs.data.sources.trajectories.partition import (
    Located,
    Partition,
    Piece,
    SourceError,
    SourceOptions,
    reading_of,
)
from contextpairs.data.sources.trajectories.rows import check_mapping, layout_of, nested_names, schema_names

GROUP_FILES = 2000
PEEKED_ROWS = 64


class Planned(NamedTuple):
    """A file cut up.

    Attributes:
        pieces: its parts, in their order.
        size: bytes that reading it takes in.
        fingerprint: 64 hex digits of its content.
    """

    pieces: list[Piece]
    size: int
    fingerprint: str


def plan(sources: Sequence[str | Located], options: SourceOptions) -> tuple[list[Partition], list[Rejection]]:
    """Partitions of trajectory sources and the files that cannot be read.

    Args:
        sources: files, folders, patterns, fsspec URLs, or `hf:owner/name[@revision][?config=..&split=..]`. A file that
            several of them name is read once, as the first of them says.
        options: column mapping, storage options, size of a partition; a source's own fields stand over them.

    Raises:
        SourceError: a source matches nothing, no file is readable, or a mapped column is absent.
    """
    return _plan(sources, options, trajectories=True)


def plan_tables(sources: Sequence[str], options: SourceOptions) -> tuple[list[Partition], list[Rejection]]:
    """As `plan`, for sources whose rows are instances: columns are not looked at."""
    return _plan(sources, options, trajectories=False)


def _plan(
    sources: Sequence[str | Located], options: SourceOptions, trajectories: bool
) -> tuple[list[Partition], list[Rejection]]:
    partitions: list[Partition] = []
    rejections: list[Rejection] = []
    seen: set[str] = set()
    for each in sources:
        source, own = reading_of(each, options)
        if source.startswith(PREFIX):
            partitions += plan_hub(source, own, trajectories)
            continue
        uris = [uri for uri in find_files(source, own.storage) if uri not in seen]
        seen.update(uris)
        partitions += plan_files(uris, own, partial(_cut, options=own, trajectories=trajectories), rejections)
    if not partitions:
        raise nothing_readable(rejections)
    return partitions, rejections


def nothing_readable(rejections: Sequence[Rejection]) -> SourceError:
    """The error of sources of which no file can be read."""
    shown = "; ".join(rejection.detail for rejection in rejections[:3]) or "none was given"
    return SourceError(f"no source is readable: {shown}")


def plan_files(
    uris: Sequence[str], options: SourceOptions, cut: Callable[[str], Planned], rejections: list[Rejection]
) -> list[Partition]:
    """Partitions of files.

    Args:
        uris: the files, in their order.
        options: storage options, size of a partition.
        cut: gives a file's pieces; what it raises as RowFault is the reason why the file cannot be read.
        rejections: those that cannot be read are added.
    """
    planned: list[Planned] = []
    for uri in uris:
        try:
            planned.append(cut(uri))
        except RowFault as fault:
            rejections.append(fault.rejection(uri))
        except OSError as error:
            # A remote store that fails may answer later; that is no property of the file.
            if not is_local(uri) and not isinstance(error, (FileNotFoundError, PermissionError)):
                raise
            rejections.append(_unreadable(error).rejection(uri))
    return list(_grouped(planned, options))


def _cut(uri: str, options: SourceOptions, trajectories: bool) -> Planned:
    size = size_of(uri, options.storage)
    return Planned(_pieces(uri, size, options, trajectories), size, fingerprint(uri, options.storage))


def _unreadable(error: OSError) -> RowFault:
    return RowFault("unreadable", f"{error.strerror or error}; expected a readable file, mend or remove it")


def _pieces(uri: str, size: int, options: SourceOptions, trajectories: bool) -> list[Piece]:
    kind = detect(uri, options.storage)
    if kind.container == "parquet":
        return _parquet_pieces(uri, options, trajectories)
    if trajectories and options.columns:
        _check_rows(Piece(uri, kind.container, 0, -1), options)
    if kind.container == "jsonl" and not kind.compressed and size > options.partition_bytes:
        return list(_line_pieces(uri, size, options))
    return [Piece(uri, kind.container, 0, -1)]


def _check_rows(whole: Piece, options: SourceOptions) -> None:
    """Mapped columns must be among the fields of the first rows; agents' own formats have no columns."""
    values = [value for _, value in islice(json_rows(whole, options.storage), PEEKED_ROWS)]
    rows = [value for value in values if isinstance(value, dict) and not native_reader(value)]
    if rows:
        check_mapping({name for row in rows for name in nested_names(row)}, options.columns, whole.uri)


def _parquet_pieces(uri: str, options: SourceOptions, trajectories: bool) -> list[Piece]:
    with parquet_file(uri, options.storage) as file:
        names = file.schema_arrow.names
        if trajectories:
            check_mapping(list(schema_names(file.schema_arrow)), options.columns, uri)
            if layout_of(names, options.columns) is None:
                expected = "expected 'messages' or 'trajectory', map the column of the turns"
                raise RowFault("unknown-format", f"columns {', '.join(sorted(names))}; {expected}")
        return list(row_groups(uri, file.metadata, options.partition_bytes))


def row_groups(uri: str, metadata: Any, limit: int) -> Iterator[Piece]:
    """Pieces of a Parquet file: runs of row groups of about `limit` stored bytes."""
    start, stored, first, rows = 0, 0, 0, 0
    for group in range(metadata.num_row_groups):
        about = metadata.row_group(group)
        size = sum(about.column(at).total_compressed_size for at in range(about.num_columns))
        if group > start and stored + size > limit:
            yield Piece(uri, "parquet", start, group, first)
            start, stored, first = group, 0, rows
        stored += size
        rows += about.num_rows
    yield Piece(uri, "parquet", start, metadata.num_row_groups, first)


def _line_pieces(uri: str, size: int, options: SourceOptions) -> Iterator[Piece]:
    """Byte ranges that begin at line starts, with the number of their first line."""
    starts = [(0, 0)]
    at = line = 0
    for block in blocks(uri, options.storage, 0, size):
        begin = 0
        while (due := starts[-1][0] + options.partition_bytes) < at + len(block):
            end = block.find(b"\n", max(begin, due - at - 1)) + 1
            if end == 0:
                break
            line += block.count(b"\n", begin, end)
            starts.append((at + end, line))
            begin = end
        line += block.count(b"\n", begin)
        at += len(block)
    stops = [start for start, _ in starts[1:]] + [size]
    for (start, first), stop in zip(starts, stops, strict=True):
        if stop > start:
            yield Piece(uri, "jsonl", start, stop, first)


def _grouped(planned: list[Planned], options: SourceOptions) -> Iterator[Partition]:
    """Files that are large stand alone; small neighbours share a partition."""
    group: list[tuple[Piece, str]] = []
    total = 0
    for pieces, size, mark in planned:
        small = len(pieces) == 1 and size <= options.partition_bytes // 4
        if group and (not small or total + size > options.partition_bytes or len(group) == GROUP_FILES):
            yield _group(group, options)
            group, total = [], 0
        if small:
            group.append((pieces[0], mark))
            total += size
        else:
            yield from (Partition(p.uri, p.format, p.start, p.stop, mark, (p,), options) for p in pieces)
    if group:
        yield _group(group, options)


def _group(group: list[tuple[Piece, str]], options: SourceOptions) -> Partition:
    first, mark = group[0]
    if len(group) == 1:
        return Partition(first.uri, first.format, first.start, first.stop, mark, (first,), options)
    content = "\n".join(f"{piece.uri} {mark}" for piece, mark in group)
    digest = hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()
    uri = f"{first.uri} (and {len(group) - 1} more files)"
    return Partition(uri, first.format, 0, len(group), digest, tuple(piece for piece, _ in group), options)
