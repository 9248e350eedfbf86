"""What an export is made from and how; and its manifest, `export.json`, which says both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from pydantic import Field, NonNegativeInt

from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.pairs.schemas import SPLITS, Split
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.sealed import ManifestError, Seal, StoredFile
from contextpairs.data.store.settings import Settings
from contextpairs.data.store.shards import MIB, Bytes, rows_of
from contextpairs.data.store.store import Store
from contextpairs.data.store.version_rows import VersionError

RECORD_NAME = "export.json"
DATA_SET = "datasets"
"""The form that holds the pairs themselves; all others hold prompts made of them."""


class ExportError(ValueError):
    """An export that cannot be made, or a folder that holds none; says what to do."""


class ExportOptions(Settings):
    """How pairs become records of a trainer."""

    order: Literal["label", "both"] = "label"
    """label: each pair once, the positive where its label says; both: twice, the positive under A, then under B."""
    keep: Literal["row", "ids"] = "row"
    """row: records carry the whole pair, so that `pairs_of` gives it back; ids: only the ids, half the size."""
    prompt: PromptOptions = PromptOptions()
    """How pairs are shown."""
    row_group_bytes: Bytes = 16 * MIB
    """Bytes of text and images in a row group of Parquet: what is held in memory at once."""


class SourceVersion(Settings):
    """The version that was exported."""

    domain: Literal["coding", "images"]
    """Of its pairs."""
    version: str
    """`v000001` and so on."""
    digest: str
    """Of its manifest."""
    content: str
    """Hash of its rows."""


class ExportRecord(Seal):
    """What is in an export and where it came from."""

    form: str
    """Whose form the records have."""
    sources: tuple[SourceVersion, ...]
    """The versions, one for each domain."""
    splits: tuple[str, ...]
    """The exported splits."""
    options: dict[str, Any]
    """How the records were made."""
    rows: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Records by split, of all domains together."""

    def says_the_same(self, other: ExportRecord) -> bool:
        """Whether the other was made from the same data in the same way."""
        return (self.form, self.sources, self.splits, self.options) == (
            other.form,
            other.sources,
            other.splits,
            other.options,
        )


def parse_record(payload: bytes, path: str) -> ExportRecord:
    """Read a manifest. Raises ExportError naming the file."""
    try:
        record = ExportRecord.parsed(payload, path)
    except ManifestError as error:
        raise ExportError(str(error)) from None
    # Exports of the first releases have no digest.
    if record.digest and not record.is_intact():
        raise ExportError(f"{path} was altered after it was written; export again")
    return record.sealed()


@dataclass(frozen=True, slots=True)
class OpenVersion:
    """A version of a store that an export reads, settled on before anything is written."""

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
                self.check_file(file, stored)

    def check_file(self, file: StoredFile, opened: BinaryIO) -> None:
        """Compare a file, or a copy of it, with what was published. Raises ExportError."""
        if not file.is_in(opened):
            raise ExportError(
                f"{self.name}/{file.path} is not as it was published; `contextpairs verify` says what else is not"
            )

    def rows(self, split: Split) -> Iterator[dict[str, Any]]:
        """The rows of a split, in memory of one row group."""
        for batch in self.store.batches(self.name, split):
            yield from rows_of(batch)
            del batch  # or it would be held while the next one is read


def open_source(store: Store, version: str = "latest") -> OpenVersion:
    """Settle on a version. Raises VersionError if it is not there."""
    name = store.resolved(version)
    return OpenVersion(store, name, store.manifest(name))


def wanted_splits(source: OpenVersion, splits: Sequence[Split] | None) -> tuple[Split, ...]:
    """The splits that are asked for, train first; by default those that hold pairs.

    Raises:
        VersionError: a split is not there or empty.
    """
    full = [split for split in SPLITS if source.manifest.rows.get(split)]
    for split in splits or ():
        if split not in full:
            raise VersionError(f"{source.name} has no pair in split {split!r}; it has pairs in {full}")
    return tuple(split for split in SPLITS if split in (splits or full))
