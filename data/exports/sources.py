"""The versions that an export reads, settled before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contextpairs.data.exports.options import ExportError
from contextpairs.data.exports.record import SourceVersion
from contextpairs.data.pairs.schemas import SPLITS, Split
from contextpairs.data.store.manifest import Manifest, StoredFile
from contextpairs.data.store.storage import version_name
from contextpairs.data.store.store import Store, VersionError


@dataclass(frozen=True, slots=True)
class Source:
    """A version of a store."""

    store: Store
    name: str
    """`v000001` and so on: a version that is published meanwhile is not read."""
    manifest: Manifest

    @property
    def domain(self) -> str:
        """Of its pairs."""
        return self.manifest.domain

    def said(self) -> SourceVersion:
        """The source as the account of an export names it."""
        found = self.manifest
        return SourceVersion(domain=found.domain, version=self.name, digest=found.digest, content=found.content)

    def files(self, split: Split) -> Iterator[StoredFile]:
        """The Parquet files of a split, in order."""
        yield from (file for file in self.manifest.files if file.path.startswith(f"{self.domain}/{split}-"))

    def check(self, split: Split) -> None:
        """Hash the files of a split: Parquet has no checksum that a changed byte of a pair would break.

        Raises:
            ExportError: a file is not as it was published.
        """
        for file in self.files(split):
            with self.store.open_file(self.name, file.path) as stored:
                self.check_digest(file, hashlib.file_digest(stored, "sha256").hexdigest())

    def check_digest(self, file: StoredFile, digest: str) -> None:
        """Compare with what was published. Raises ExportError."""
        if digest != file.sha256:
            raise ExportError(
                f"{self.name}/{file.path} is not as it was published; `contextpairs verify` says what else is not"
            )

    def rows(self, split: Split) -> Iterator[dict[str, Any]]:
        """The rows of a split, in memory of one row group."""
        for batch in self.store.batches(self.name, split):
            for row in range(batch.num_rows):
                yield batch.slice(row, 1).to_pylist()[0]
            del batch  # or it would be held while the next one is read


def open_source(store: Store, version: str = "latest") -> Source:
    """Settle on a version. Raises VersionError if it is not there."""
    name = store.latest() if version == "latest" else None
    manifest = store.manifest(name or version)
    return Source(store, name or version_name(int(version.lstrip("v"))), manifest)


def wanted_splits(source: Source, splits: Sequence[Split] | None) -> tuple[Split, ...]:
    """The splits that are asked for, train first; by default those that hold pairs.

    Raises:
        VersionError: a split is not there or empty.
    """
    full = [split for split in SPLITS if source.manifest.rows.get(split)]
    for split in splits or ():
        if split not in full:
            raise VersionError(f"{source.name} has no pair in split {split!r}; it has pairs in {full}")
    return tuple(split for split in SPLITS if split in (splits or full))
