"""The versioned store: immutable versions of pair rows, each published in one atomic step.

Equal content publishes no new version. Content is what the rows say, in their order, with their labels, scores and
provenance. Code version, configuration, funnel and Parquet encoding are not: they are no reason for a trainer to read
the rows again, and a released version's account of itself must not change under its readers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.pairs.schemas import CONTEXT_FIELDS, Split, canonical_json, schema_of
from contextpairs.data.store.diff import Diff, PairIds, compare
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.sealed import unsealed
from contextpairs.data.store.shards import ShardLimits, read_batches
from contextpairs.data.store.storage import (
    LocalStorage,
    Storage,
    StorageError,
    files_path,
    manifest_path,
    open_storage,
    version_name,
)
from contextpairs.data.store.verify import Problem, verify_version
from contextpairs.data.store.workspace import DAY
from contextpairs.data.store.write_version import Rows, build_version

VERSION = re.compile(r"v?0*(\d+)")


class VersionError(LookupError):
    """A version, or a split of one, that is not there."""


@dataclass(frozen=True, slots=True)
class Published:
    """The outcome of a publish."""

    version: str
    """`v000001` and so on."""
    path: str
    """Folder or URL of the version's files: what `datasets`, DuckDB and trainers are given."""
    created: bool
    """False if the latest version already said the same."""
    rows: dict[str, int]
    """Rows by split."""


class Store:
    """Versions of one domain's pairs under one root."""

    def __init__(
        self,
        root_url: str | Path,
        storage_options: Mapping[str, Any] | None = None,
        limits: ShardLimits | None = None,
    ) -> None:
        """Open a store; nothing is made before the first publish.

        Args:
            root_url: local path or fsspec URL.
            storage_options: for the fsspec file system.
            limits: sizes of row groups and files.

        Raises:
            StorageError: the storage has no atomic way to publish.
        """
        self._storage = open_storage(str(root_url), dict(storage_options or {}))
        self._limits = limits or ShardLimits()

    @property
    def storage(self) -> Storage:
        """Where the versions lie, for what is kept beside them."""
        return self._storage

    def publish(self, splits: Mapping[Split, Rows], manifest: Manifest) -> Published:
        """Publish rows as the next version, unless the latest says the same.

        Args:
            splits: rows by split, in the form of `data/pairs/schemas.py`; iterators are consumed in bounded memory.
            manifest: what the builder knows; the rest is filled here.

        Raises:
            PairError: the rows break what a version promises; nothing is published.
            StorageError: the store holds another domain.
            OSError: the storage refuses; nothing is published, what was written is removed or found by `clean`.
        """
        with unsealed(self._storage.scratch) as folder:
            built = build_version(folder, splits, manifest, self._limits)
            return self._claim_next(folder, built)

    def versions(self) -> list[str]:
        """Names of the published versions, oldest first."""
        return [version_name(number) for number in self._storage.numbers()]

    def latest(self) -> str | None:
        """Name of the newest version; None if there is none."""
        versions = self.versions()
        return versions[-1] if versions else None

    def manifest(self, version: str = "latest") -> Manifest:
        """The manifest of a version. Raises VersionError or ManifestError."""
        return self._manifest(self._number(version))

    def path(self, version: str = "latest") -> str:
        """Folder or URL of a version's files."""
        number = self._number(version)
        return self._url(number, self._manifest(number))

    def open_file(self, version: str, path: str) -> Any:
        """A file of a version, named as its manifest names it, opened to read bytes. Raises VersionError."""
        number = self._number(version)
        folder = files_path(self._storage, number, self._manifest(number))
        return self._storage.filesystem.open(f"{folder}/{path}", "rb")

    def read(self, version: str, split: Split, columns: Sequence[str] | None = None) -> pa.Table:
        """A split as one table. Raises VersionError if the version has no such split."""
        batches = list(self.batches(version, split, columns))
        if batches:
            return pa.Table.from_batches(batches)
        schema = schema_of(self.manifest(version).domain)
        return schema.empty_table().select(list(columns or schema.names))

    def batches(self, version: str, split: Split, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """A split in small batches, in memory of one row group. Raises VersionError."""
        for path, _ in self._files_of(version, split):
            yield from self._file_batches(path, columns)

    def take(self, version: str, split: Split, places: Sequence[int]) -> list[dict[str, Any]]:
        """Rows of a split by their place in it, from 0, in the order asked for; other row groups are not read.

        Raises:
            VersionError: the version has no such split, or the split no such place.
        """
        wanted = set(places)
        found: dict[int, dict[str, Any]] = {}
        start = 0
        for path, rows in self._files_of(version, split):
            if any(start <= place < start + rows for place in wanted):
                found.update(self._rows_at(path, start, wanted))
            start += rows
        if lacking := sorted(wanted - found.keys()):
            raise VersionError(f"{version}: split {split!r} has {start} rows, none at {lacking[:5]}")
        return [found[place] for place in places]

    def verify(self, version: str = "latest") -> list[Problem]:
        """Re-hash and recount a version; an empty list means it is as it was published."""
        return verify_version(self._storage, self._number(version))

    def resolved(self, version: str) -> str:
        """The name of a version that is given as `v1`, `1` or `latest`. Raises VersionError."""
        return version_name(self._number(version))

    def diff(self, first: str, second: str) -> Diff:
        """What changed from one version to another. Contexts are not read."""
        return compare((self.manifest(first), self._pair_ids(first)), (self.manifest(second), self._pair_ids(second)))

    def clean(self, older_than: float = DAY) -> list[str]:
        """Remove what killed writers left; versions and living writers on this machine are never touched.

        Args:
            older_than: seconds. On object storage, unpublished files that are younger may belong to a living writer;
                choose it longer than any upload takes.

        Returns:
            The removed folders or prefixes.
        """
        return self._storage.clean(older_than)

    def _claim_next(self, folder: Path, built: Manifest) -> Published:
        """Take the number after the latest; each number lost to another writer is compared before the next is tried."""
        located: Manifest | None = None
        while True:
            latest = self._storage.numbers()[-1:]
            if latest and self._says_the_same(latest[0], built):
                return self._published(latest[0], created=False)
            located = located or self._storage.prepare(folder, built)
            number = latest[0] + 1 if latest else 1
            if self._storage.claim(folder, located, number):
                return self._published(number, created=True)
            self._check_taken(number)

    def _check_taken(self, number: int) -> None:
        if number not in self._storage.numbers():
            raise StorageError(
                f"{manifest_path(self._storage, number)} is missing though its folder is there; no writer of this "
                "project leaves that: restore or remove the folder, then publish again"
            )

    def _says_the_same(self, number: int, built: Manifest) -> bool:
        latest = self._manifest(number)
        if latest.domain != built.domain:
            raise StorageError(
                f"{self._storage.root} holds {latest.domain!r} pairs, these are {built.domain!r}; use another root"
            )
        same = (latest.schema_fingerprint, latest.content) == (built.schema_fingerprint, built.content)
        # Rows that an older mask let through are published again where the newer one lets them through as well.
        return same and latest.mask_revision == built.mask_revision

    def _published(self, number: int, *, created: bool) -> Published:
        manifest = self._manifest(number)
        return Published(version_name(number), self._url(number, manifest), created, dict(manifest.rows))

    def _manifest(self, number: int) -> Manifest:
        path = manifest_path(self._storage, number)
        return Manifest.parsed(self._storage.filesystem.cat_file(path), path)

    def _url(self, number: int, manifest: Manifest) -> str:
        path = files_path(self._storage, number, manifest)
        is_local = isinstance(self._storage, LocalStorage)
        return path if is_local else str(self._storage.filesystem.unstrip_protocol(path))

    def _number(self, version: str) -> int:
        """Accepts `v000001`, `v1`, `1` and `latest`."""
        numbers = self._storage.numbers()
        match = VERSION.fullmatch(version)
        number = numbers[-1] if version == "latest" and numbers else int(match[1]) if match else None
        if number is None or number not in numbers:
            there = ", ".join(map(version_name, numbers)) or "none"
            raise VersionError(f"{self._storage.root} has no version {version!r}; it has: {there}")
        return number

    def _file_batches(self, path: str, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        with self._storage.filesystem.open(path, "rb") as file:
            yield from read_batches(file, columns)

    def _files_of(self, version: str, split: Split) -> Iterator[tuple[str, int]]:
        """Path and rows of each file of a split, in order."""
        number = self._number(version)
        manifest = self._manifest(number)
        if split not in manifest.rows:
            raise VersionError(f"{version_name(number)} has no split {split!r}; it has {sorted(manifest.rows)}")
        folder = files_path(self._storage, number, manifest)
        for file in manifest.files:
            if file.path.startswith(f"{manifest.domain}/{split}-"):
                yield f"{folder}/{file.path}", file.rows or 0

    def _rows_at(self, path: str, start: int, wanted: set[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The wanted rows of a file whose first row stands at `start`."""
        with self._storage.filesystem.open(path, "rb") as file, pq.ParquetFile(file) as parquet:
            for group in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(group).num_rows
                here = sorted(wanted.intersection(range(start, start + rows)))
                if here:
                    found = parquet.read_row_group(group).take([place - start for place in here])
                    yield from zip(here, found.to_pylist(), strict=True)
                start += rows

    def _pair_ids(self, version: str) -> PairIds:
        manifest = self.manifest(version)
        names = [n for n in schema_of(manifest.domain).names if n not in (*CONTEXT_FIELDS, "query", "answer")]
        splits: list[Any] = sorted(manifest.rows)
        return {split: dict(self._digested(version, split, names)) for split in splits}

    def _digested(self, version: str, split: Split, names: list[str]) -> Iterator[tuple[str, str]]:
        for batch in self.batches(version, split, names):
            for row in batch.to_pylist():
                yield row["pair_id"], hashlib.sha256(canonical_json(row).encode()).hexdigest()
