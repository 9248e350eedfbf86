"""Rows of a published version, in memory of one row group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.pairs.schemas import CONTEXT_FIELDS, Split, canonical_json, schema_of
from contextpairs.data.store.diff import PairIds
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.shards import read_batches
from contextpairs.data.store.storage import Storage, files_path, version_name


class VersionError(LookupError):
    """A store, a version, or a split of one, that is not there."""


class VersionRows:
    """The rows of one version."""

    def __init__(self, storage: Storage, number: int, manifest: Manifest) -> None:
        """Args: storage: that holds it. number: of the version. manifest: of the version."""
        self._filesystem = storage.filesystem
        self._folder = files_path(storage, number, manifest)
        self._name = version_name(number)
        self._manifest = manifest

    def batches(self, split: Split, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        """A split in small batches. Raises VersionError."""
        for path, _ in self._files(split):
            with self._filesystem.open(path, "rb") as file:
                yield from read_batches(file, columns)

    def take(self, split: Split, places: Sequence[int]) -> list[dict[str, Any]]:
        """Rows by their place in a split, in the order asked for. Raises VersionError."""
        wanted = set(places)
        found: dict[int, dict[str, Any]] = {}
        start = 0
        for path, rows in self._files(split):
            if any(start <= place < start + rows for place in wanted):
                found.update(self._rows_at(path, start, wanted))
            start += rows
        if lacking := sorted(wanted - found.keys()):
            raise VersionError(f"{self._name}: split {split!r} has {start} rows, none at {lacking[:5]}")
        return [found[place] for place in places]

    def pair_ids(self) -> PairIds:
        """By split: pair_id -> digest of the columns that it does not cover. Contexts are not read."""
        schema = schema_of(self._manifest.domain)
        names = [n for n in schema.names if n not in (*CONTEXT_FIELDS, "query", "answer")]
        splits: list[Any] = sorted(self._manifest.rows)
        return {split: dict(self._digested(split, names)) for split in splits}

    def _digested(self, split: Split, names: list[str]) -> Iterator[tuple[str, str]]:
        for batch in self.batches(split, names):
            for row in batch.to_pylist():
                yield row["pair_id"], hashlib.sha256(canonical_json(row).encode()).hexdigest()

    def _files(self, split: Split) -> Iterator[tuple[str, int]]:
        """Path and rows of each file of a split, in order."""
        if split not in self._manifest.rows:
            raise VersionError(f"{self._name} has no split {split!r}; it has {sorted(self._manifest.rows)}")
        for file in self._manifest.files:
            if file.path.startswith(f"{self._manifest.domain}/{split}-"):
                yield f"{self._folder}/{file.path}", file.rows or 0

    def _rows_at(self, path: str, start: int, wanted: set[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The wanted rows of a file whose first row stands at `start`."""
        with self._filesystem.open(path, "rb") as file, pq.ParquetFile(file) as parquet:
            for group in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(group).num_rows
                here = sorted(wanted.intersection(range(start, start + rows)))
                if here:
                    found = parquet.read_row_group(group).take([place - start for place in here])
                    yield from zip(here, found.to_pylist(), strict=True)
                start += rows
