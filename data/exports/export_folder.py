"""Where an export goes. Its folder appears whole or not at all; what stands there already is never overwritten.

On a disk the finished folder is renamed to its place. On object storage files go up one by one and `export.json` last:
an upload without it is none.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contextpairs.data.exports.record import RECORD_NAME, ExportError, ExportRecord, parse_record
from contextpairs.data.store.sealed import StoredFile, appear, seal, stored_files, unsealed, upload
from contextpairs.data.store.told_errors import open_filesystem


@dataclass(frozen=True, slots=True)
class Exported:
    """The outcome of an export."""

    url: str
    """Folder or URL of the files."""
    created: bool
    """False if the same export stood there already."""
    record: ExportRecord
    """What is in it."""


class Destination:
    """A folder or URL that is to hold one export."""

    def __init__(self, url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        """Args: url: local path or fsspec URL. storage_options: for the fsspec file system."""
        self._filesystem, path = open_filesystem(url, storage_options)
        self._path = path.rstrip("/")
        protocols = self._filesystem.protocol
        self._is_local = bool({"file", "local"} & ({protocols} if isinstance(protocols, str) else set(protocols)))
        self.url = self._path if self._is_local else str(self._filesystem.unstrip_protocol(self._path))

    def hold(self, planned: ExportRecord, build: Callable[[Path], dict[Path, int]]) -> Exported:
        """Make an export unless it stands here already, made from the same data in the same way.

        Args:
            planned: what it is to be made from and how.
            build: fills an empty folder and counts records by file.

        Raises:
            ExportError: something else stands here, or the export was altered.
            OSError: another export came first, or the storage refuses; nothing appears.
        """
        if (standing := self._standing(planned)) is not None:
            return Exported(self.url, False, standing)
        with self._work() as folder:
            record = _finished(planned, folder, build(folder))
            self._publish(folder, record)
        return Exported(self.url, True, record)

    def _standing(self, planned: ExportRecord) -> ExportRecord | None:
        there = self._filesystem.find(self._path) if self._filesystem.exists(self._path) else []
        if not there:
            return None
        record = self._record(there)
        if not record.says_the_same(planned):
            raise ExportError(
                f"{self.url} holds an export of {_named(record)}, this is one of {_named(planned)}, or its options "
                "differ; choose another dest or remove it"
            )
        if altered := [file.path for file in record.files if not self._has(file)]:
            raise ExportError(
                f"{self.url}: {altered[:5]} are not as they were exported; remove the folder and export again"
            )
        return record

    @contextmanager
    def _work(self) -> Iterator[Path]:
        """An empty local folder to build the export in; whatever is left of it is removed at the end."""
        scratch = Path(self._path).parent / ".exporting" if self._is_local else _scratch()
        try:
            with unsealed(scratch) as folder:
                yield folder
        finally:
            # Another export beside this one may be working there still.
            with contextlib.suppress(OSError):
                scratch.rmdir()

    def _publish(self, folder: Path, record: ExportRecord) -> None:
        if self._is_local:
            seal(folder, RECORD_NAME, record)
            appear(folder, Path(self._path))
            return
        upload(folder, record, self._filesystem, self._path)
        self._filesystem.pipe_file(f"{self._path}/{RECORD_NAME}", record.to_bytes())

    def _record(self, there: list[str]) -> ExportRecord:
        path = f"{self._path}/{RECORD_NAME}"
        if path not in there:
            raise ExportError(
                f"{self.url} is there and holds no export ({RECORD_NAME} is missing): it is something else, or an "
                "upload that was interrupted; choose another dest or remove it"
            )
        return parse_record(self._filesystem.cat_file(path), path)

    def _has(self, file: StoredFile) -> bool:
        path = f"{self._path}/{file.path}"
        if not self._filesystem.exists(path):
            return False
        with self._filesystem.open(path, "rb") as opened:
            return file.is_in(opened)


def _scratch() -> Path:
    return Path(tempfile.gettempdir(), f"contextpairs-exporting-{os.getuid()}")


def _finished(planned: ExportRecord, folder: Path, rows: Mapping[Path, int]) -> ExportRecord:
    """The manifest of what was written."""
    counts = {
        split: sum(count for path, count in rows.items() if path.name.startswith(split)) for split in planned.splits
    }
    return planned.model_copy(update={"rows": counts, "files": stored_files(folder, rows)}).sealed()


def _named(record: ExportRecord) -> str:
    versions = ", ".join(f"{source.domain} {source.version} ({source.digest[:12]})" for source in record.sources)
    return f"{versions} as {record.form}"
