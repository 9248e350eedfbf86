"""The versioned store: immutable versions of pair rows, each published in one atomic step.

Equal content publishes no new version. Content is what the rows say, in their order, with their labels, scores and
provenance. Code version, configuration, funnel and Parquet encoding are not: they are no reason for a trainer to read
the rows again, and a released version's account of itself must not change under its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from contextpairs.data.pairs.schemas import Split, schema_of
from contextpairs.data.sources.files.safe_text import without_secrets
from contextpairs.data.store.diff import Diff, compare
from contextpairs.data.store.lease import leased
from contextpairs.data.store.listing import Listed, listed
from contextpairs.data.store.local_storage import LocalStorage
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.open_storage import open_storage
from contextpairs.data.store.pointers import LATEST, Pointers, read_pointers
from contextpairs.data.store.sealed import ManifestError, unsealed
from contextpairs.data.store.shards import ShardLimits
from contextpairs.data.store.storage import files_path, read_manifest, version_name
from contextpairs.data.store.store_life import StoreLife
from contextpairs.data.store.told_errors import StorageError
from contextpairs.data.store.usage import Usage, usage
from contextpairs.data.store.verify import Problem, verify_version
from contextpairs.data.store.version_rows import VersionRows
from contextpairs.data.store.work_dir import WorkDir
from contextpairs.data.store.workspace import DAY
from contextpairs.data.store.write_version import Rows, build_version


@dataclass(frozen=True, slots=True)
class Published:
    """The outcome of a publish."""

    version: str
    """`v000001` and so on."""
    path: str
    """Folder or URL of the version's files: what `datasets`, DuckDB and trainers are given."""
    created: bool
    """False if the newest version already said the same."""
    rows: dict[str, int]
    """Rows by split."""
    pinned: str | None = None
    """The version that `latest` is pinned to, so that publishing does not move it; None where it is not pinned."""


class Store:
    """Versions of one domain's pairs under one root.

    Attributes:
        storage: where they lie.
        name: the root as a person may see it.
    """

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
        self.storage = open_storage(str(root_url), storage_options)
        self.name = without_secrets(str(root_url))
        self._limits = limits or ShardLimits()

    @property
    def life(self) -> StoreLife:
        """Rollback, tags, quarantine, prune: what changes a store without publishing."""
        return StoreLife(self.storage, self.name)

    def publish(self, splits: Mapping[Split, Rows], manifest: Manifest) -> Published:
        """Publish rows as the next version, unless the newest that can be read says the same.

        Any number of writers may publish at once: a lease keeps builds from doing the same work, not from harm.

        Args:
            splits: rows by split, in the form of `data/pairs/schemas.py`; iterators are consumed in bounded memory.
            manifest: what the builder knows; the rest is filled here.

        Raises:
            PairError: the rows break what a version promises; nothing is published.
            StorageError: the store holds another domain, or the storage refuses: nothing is published, what was written
                is removed or found by `clean`. Where it does not even tell whether it was, the message says so.
        """
        with unsealed(self.storage.scratch) as folder:
            built = build_version(folder, splits, manifest, self._limits)
            return self._claim_next(folder, built)

    def versions(self) -> list[str]:
        """Names of the published versions, oldest first."""
        return [version_name(number) for number in self.storage.census().there]

    def all_versions(self) -> list[str]:
        """The same of a store that has to be there. Raises VersionError where it holds none."""
        self.life.check_there()
        return self.versions()

    def listed(self) -> list[Listed]:
        """Every version with date, rows, size, parent and tags, damaged ones too. Raises VersionError as above."""
        self.life.check_there()
        return listed(self.storage, self.name, self.pointers())

    def usage(self, work: WorkDir) -> list[Usage]:
        """What takes room in the store and in its work directory."""
        return usage(self.storage.filesystem, self.storage.root, work)

    def lost(self) -> list[str]:
        """Names whose place holds no manifest and no tombstone: no writer of this project leaves that."""
        return [version_name(number) for number in self.storage.census().lost]

    def latest(self) -> str | None:
        """Name of the version that `latest` is pinned to, else of the newest; None if there is none."""
        versions = self.versions()
        return self.pointers().latest or (versions[-1] if versions else None)

    def pointers(self) -> Pointers:
        """Where `latest` is pinned, and the tags. Raises ManifestError."""
        return read_pointers(self.storage.files)

    def pin_note(self, version: str = LATEST) -> str | None:
        """What a reader of `latest` should know: that it is pinned, and not the newest. None where it is neither."""
        versions, pinned = self.versions(), self.pointers().latest
        if version != LATEST or pinned is None or versions[-1:] == [pinned]:
            return None
        return (
            f"{self.name}: latest is pinned to {pinned}; the newest is {versions[-1] if versions else 'none'} "
            "(contextpairs unpin lets latest follow it again)"
        )

    def held(
        self, doing: str, *, wait: bool = False, say: Callable[[str], object] = lambda _: None
    ) -> AbstractContextManager[None]:
        """Hold the store's lease, so that one build at a time works for it.

        Args:
            doing: what it is held for.
            wait: until it is free.
            say: told whom it waits for.

        Raises:
            Held: another process holds it.
        """
        return leased(self.storage.files, self.name, doing, wait=wait, say=say)

    def manifest(self, version: str = LATEST) -> Manifest:
        """The manifest of a version. Raises VersionError or ManifestError."""
        return read_manifest(self.storage, self._number(version))

    def path(self, version: str = LATEST) -> str:
        """Folder or URL of a version's files."""
        number = self._number(version)
        return self._url(number, read_manifest(self.storage, number))

    def open_file(self, version: str, path: str) -> Any:
        """A file of a version, named as its manifest names it, opened to read bytes. Raises VersionError."""
        number = self._number(version)
        folder = files_path(self.storage, number, read_manifest(self.storage, number))
        return self.storage.filesystem.open(f"{folder}/{path}", "rb")

    def read(self, version: str, split: Split, columns: Sequence[str] | None = None) -> pa.Table:
        """A split as one table. Raises VersionError if the version has no such split."""
        batches = list(self.batches(version, split, columns))
        if batches:
            return pa.Table.from_batches(batches)
        schema = schema_of(self.manifest(version).domain)
        return schema.empty_table().select(list(columns or schema.names))

    def batches(self, version: str, split: Split, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """A split in small batches, in memory of one row group. Raises VersionError."""
        yield from self._rows(version).batches(split, columns)

    def take(self, version: str, split: Split, places: Sequence[int]) -> list[dict[str, Any]]:
        """Rows of a split by their place in it, from 0, in the order asked for; other row groups are not read.

        Raises:
            VersionError: the version has no such split, or the split no such place.
        """
        return self._rows(version).take(split, places)

    def verify(self, version: str = LATEST) -> list[Problem]:
        """Re-hash and recount a version; an empty list means it is as it was published.

        Raises:
            VersionError: it is not there, or was removed meanwhile.
        """
        number = self._number(version)
        try:
            problems = verify_version(self.storage, number)
        except FileNotFoundError:
            self._number(version_name(number))
            raise
        if problems:
            self._number(version_name(number))
        return problems

    def diff(self, first: str, second: str) -> Diff:
        """What changed from one version to another. Contexts are not read."""
        return compare(
            (self.manifest(first), self._rows(first).pair_ids()), (self.manifest(second), self._rows(second).pair_ids())
        )

    def clean(self, older_than: float = DAY, *, dry_run: bool = False) -> list[str]:
        """Remove what killed writers left; versions and living writers on this machine are never touched.

        Args:
            older_than: seconds. On object storage, unpublished files that are younger may belong to a living writer;
                choose it longer than any upload takes.
            dry_run: only tell what would be removed.

        Returns:
            The removed folders or prefixes.
        """
        return self.storage.clean(older_than, dry_run=dry_run)

    def resolved(self, version: str) -> str:
        """The name of a version that is given as `v1`, `1`, `latest` or a tag. Raises VersionError."""
        return version_name(self._number(version))

    def _claim_next(self, folder: Path, built: Manifest) -> Published:
        """Take the number after the last; each number lost to another writer is compared before the next is tried."""
        pinned = self.pointers().latest
        located: Manifest | None = None
        while True:
            census = self.storage.census()
            newest = self._newest_readable(census.there)
            if newest and self._says_the_same(newest[1], built):
                return self._published(*newest, created=False, pinned=pinned)
            located = located or self.storage.prepare(folder, built)
            located = located.model_copy(update={"parent": version_name(newest[0]) if newest else None})
            if self.storage.claim(folder, located, census.next()):
                return self._published(census.next(), located, created=True, pinned=pinned)

    def _newest_readable(self, numbers: Sequence[int]) -> tuple[int, Manifest] | None:
        """The newest version whose manifest can be read: a damaged one is no reason to publish nothing."""
        for number in reversed(numbers):
            try:
                return number, read_manifest(self.storage, number)
            except (ManifestError, FileNotFoundError):
                continue
        return None

    def _says_the_same(self, newest: Manifest, built: Manifest) -> bool:
        if newest.domain != built.domain:
            raise StorageError(
                f"{self.name} holds {newest.domain!r} pairs, these are {built.domain!r}; use another root"
            )
        same = (newest.schema_fingerprint, newest.content) == (built.schema_fingerprint, built.content)
        # Rows that an older mask let through are published again where the newer one lets them through as well.
        return same and newest.mask_revision == built.mask_revision

    def _published(self, number: int, manifest: Manifest, *, created: bool, pinned: str | None) -> Published:
        return Published(version_name(number), self._url(number, manifest), created, dict(manifest.rows), pinned)

    def _rows(self, version: str) -> VersionRows:
        number = self._number(version)
        return VersionRows(self.storage, number, read_manifest(self.storage, number))

    def _url(self, number: int, manifest: Manifest) -> str:
        path = files_path(self.storage, number, manifest)
        is_local = isinstance(self.storage, LocalStorage)
        return path if is_local else str(self.storage.filesystem.unstrip_protocol(path))

    def _number(self, version: str) -> int:
        return self.life.number(version)
