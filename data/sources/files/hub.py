"""Data sets of the Hugging Face hub, streamed through `datasets`: `hf:owner/name@revision?config=..&split=..`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.files.files import find_files, fingerprint
from contextpairs.data.sources.files.limits import affordable
from contextpairs.data.sources.files.parquet import BATCH_ROWS, batch_trajectories
from contextpairs.data.sources.trajectories.partition import Partition, Piece, SourceError, SourceOptions
from contextpairs.data.sources.trajectories.rows import check_mapping, layout_of, nested_names

PREFIX = "hf:"
MAX_PARTITIONS = 64


@dataclass(frozen=True, slots=True)
class HubSource:
    """A data set: its id or local folder, revision, configuration and split, None standing for the default or all."""

    name: str
    revision: str | None = None
    config: str | None = None
    split: str | None = None

    def uri(self) -> str:
        """The source written out."""
        query = "&".join(f"{name}={value}" for name in ("config", "split") if (value := getattr(self, name)))
        return f"{PREFIX}{self.name}{f'@{self.revision}' if self.revision else ''}{f'?{query}' if query else ''}"


def hub_source(source: str) -> HubSource:
    """Take a source apart.

    Raises:
        SourceError: an option other than config and split is given.
    """
    place, _, query = source.removeprefix(PREFIX).partition("?")
    options = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    if unknown := sorted(options.keys() - {"config", "split"}):
        raise SourceError(f"{source}: unknown option {unknown[0]!r}; expected config= and split=")
    name, _, revision = (place, "", "") if os.path.isdir(place) else place.partition("@")
    return HubSource(name, revision or None, **options)


def plan_hub(source: str, options: SourceOptions, trajectories: bool = True) -> list[Partition]:
    """Partitions of a data set, each of one shard or, where there are very many, of a run of them.

    Raises:
        SourceError: the data set cannot be loaded, or its columns hold no trajectories.
    """
    wanted = hub_source(source)
    pinned = HubSource(wanted.name, _pinned(wanted, source), wanted.config, wanted.split)
    splits = _splits(pinned, source)
    mark = _fingerprint(pinned)
    partitions: list[Partition] = []
    for split, stream in splits.items():
        if trajectories:
            _check_columns(stream, options, source)
        named = HubSource(pinned.name, pinned.revision, pinned.config, split)
        partitions += _partitions(named, stream.num_shards, mark, options)
    return partitions


def _pinned(wanted: HubSource, source: str) -> str | None:
    """The commit that a revision stands for now: what is planned is what is read."""
    if os.path.isdir(wanted.name):
        return None
    from huggingface_hub import HfApi

    try:
        return HfApi().dataset_info(wanted.name, revision=wanted.revision).sha
    except Exception as error:
        raise SourceError(f"{source}: not found or not reachable ({str(error).splitlines()[0]})") from error


def _fingerprint(pinned: HubSource) -> str:
    files = find_files(pinned.name, {}) if os.path.isdir(pinned.name) else []
    content = [f"{os.path.relpath(uri, pinned.name)} {fingerprint(uri, {})}" for uri in files]
    return hashlib.sha256("\n".join([pinned.uri(), *content]).encode()).hexdigest()


def _splits(pinned: HubSource, source: str) -> dict[str, Any]:
    try:
        loaded = _load(pinned)
    except Exception as error:
        raise SourceError(f"{source}: `datasets` cannot load it ({str(error).splitlines()[0]})") from error
    return {pinned.split: loaded} if pinned.split else dict(loaded)


def _load(pinned: HubSource) -> Any:
    from datasets import load_dataset

    return load_dataset(pinned.name, pinned.config, split=pinned.split, revision=pinned.revision, streaming=True)


def _check_columns(stream: Any, options: SourceOptions, source: str) -> None:
    first: dict[str, Any] = next(iter(stream), {}) if options.columns or not stream.column_names else {}
    names = stream.column_names or list(first)
    check_mapping(list(nested_names(first)), options.columns, source)
    if layout_of(names, options.columns) is None:
        found = ", ".join(sorted(names))
        raise SourceError(f"{source}: columns {found} hold no messages; map 'messages' to one of them")


def _partitions(named: HubSource, shards: int, mark: str, options: SourceOptions) -> Iterator[Partition]:
    step = -(-shards // MAX_PARTITIONS)
    uri = named.uri()
    for start in range(0, shards, step):
        stop = min(start + step, shards)
        pieces = tuple(Piece(f"{uri}#{shard}-of-{shards}", "hf", shard, shards) for shard in range(start, stop))
        yield Partition(uri, "hf", start, stop, mark, pieces, options)


def hub_batches(piece: Piece, size: int = BATCH_ROWS) -> Iterator[tuple[Sequence[int], Any]]:
    """(row numbers in the shard, record batch of `size` rows at most) of a shard; a row that is too long comes as a
    RowFault."""
    stream = _load(hub_source(piece.uri.rsplit("#", 1)[0]))
    first = 0
    for table in stream.shard(piece.stop, piece.start).with_format("arrow").iter(size):
        for batch in table.combine_chunks().to_batches():
            yield from affordable(range(first, first + batch.num_rows), batch)
            first += batch.num_rows


def read_hub(piece: Piece, options: SourceOptions, only: Collection[int] | None) -> Iterator[Trajectory | Rejection]:
    """Trajectories of one shard of a data set; with `only`, of these rows of it."""
    last = None if only is None else max(only, default=-1)
    for rows, batch in hub_batches(piece):
        if last is not None and rows[0] > last:
            return
        if isinstance(batch, RowFault):
            yield from (batch.rejection(piece.source, row) for row in rows if only is None or row in only)
            continue
        layout = layout_of(batch.schema.names, options.columns)
        assert layout is not None, f"{piece.uri}: planned with columns that are gone"
        wanted = rows if only is None else [row for row in rows if row in only]
        if wanted:
            taken = batch if only is None else batch.take([row - rows[0] for row in wanted])
            yield from batch_trajectories(taken, wanted, layout, piece.uri)


def hub_records(piece: Piece) -> Iterator[tuple[int, Any]]:
    """Every row of a shard as (row number, dict or RowFault)."""
    for rows, batch in hub_batches(piece):
        yield from zip(rows, [batch] if isinstance(batch, RowFault) else batch.to_pylist(), strict=True)
