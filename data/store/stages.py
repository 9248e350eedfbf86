"""Stage outputs at rest: one Parquet file a partition, its rejections beside it, whole or not there at all."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.told_errors import open_filesystem
from contextpairs.data.store.workspace import remove_abandoned, workspace

REJECTIONS_SCHEMA = pa.schema(
    [
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("source", pa.large_string()),
        ("row", pa.int64()),
        ("key", pa.string()),
        ("detail", pa.large_string()),
    ]
)
COUNTS = b"contextpairs"
DISTINCT = b"distinct"
"""Key in the metadata of a schema's field whose values hardly ever repeat."""
DETAIL_LIMIT = 500
UNFINISHED = ".writing"
"""Folder of outputs that are being written; what a killed writer left there is removed by the next build."""
MOVING = ".moving"
"""File whose content tells, as it changes, that rows of a stage are finished."""


class StageFolder:
    """The outputs of one stage under a work directory, which is any fsspec URL that all workers see."""

    def __init__(self, folder: str, stage: str) -> None:
        """Args: folder: URL of the work directory. stage: name of the stage."""
        self._filesystem, root = open_filesystem(folder)
        self._url = f"{folder.rstrip('/')}/{stage}"
        self._root = f"{root.rstrip('/')}/{stage}"

    def path(self, name: str) -> str:
        """URL of an output."""
        return f"{self._url}/{name}.parquet"

    def find(self, name: str) -> dict[str, Any] | None:
        """What a finished output counted: rows, reasons, counts. None if it is not there or not whole."""
        path = f"{self._root}/{name}.parquet"
        if not self._filesystem.exists(path):
            return None
        try:
            with self._filesystem.open(path, "rb") as file:
                metadata = pq.ParquetFile(file).metadata
        except (pa.ArrowInvalid, OSError):
            return None
        counted: dict[str, Any] = json.loads(metadata.metadata[COUNTS])
        return {"rows": metadata.num_rows, **counted}

    def mark(self) -> None:
        """Leave word that rows of the stage are being finished; each time another."""
        self._filesystem.makedirs(self._root, exist_ok=True)
        self._filesystem.pipe_file(f"{self._root}/{MOVING}", secrets.token_hex(8).encode())

    def marked(self) -> bytes:
        """The last word that was left; none where there is none."""
        self._filesystem.invalidate_cache()
        try:
            return bytes(self._filesystem.cat_file(f"{self._root}/{MOVING}"))
        except FileNotFoundError:
            return b""

    def clean(self) -> None:
        """Remove what killed writers left behind."""
        if "file" in self._filesystem.protocol:
            remove_abandoned(Path(self._root) / UNFINISHED)

    def writer(self, name: str) -> StageWriter:
        """A writer whose files appear under their names when it is closed, and never otherwise."""
        self._filesystem.makedirs(self._root, exist_ok=True)
        return StageWriter(self._filesystem, f"{self._root}/{name}")


class StageWriter:
    """Collects the rows and the rejections of one partition; a context manager."""

    def __init__(self, filesystem: Any, target: str) -> None:
        """Args: filesystem: fsspec. target: path of the output without its ending."""
        self._filesystem = filesystem
        self._target = target
        self._is_local = "file" in filesystem.protocol
        self._held = ExitStack()
        self._scratch = self._held.enter_context(self._place(Path(target).parent))
        self._rows: pq.ParquetWriter | None = None
        self._rejected: pq.ParquetWriter | None = None
        self._count = 0

    def _place(self, folder: Path) -> AbstractContextManager[Path]:
        """Where files are written before they appear: on the same disk, or anywhere if they are then sent away."""
        return workspace(folder / UNFINISHED if self._is_local else Path(tempfile.gettempdir()) / "contextpairs")

    def __enter__(self) -> StageWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in (self._rows, self._rejected):
            if writer is not None and writer.is_open:
                writer.close()
        self._held.close()

    def write(self, table: pa.Table | None, rejections: list[Rejection]) -> None:
        """Add rows (one row group) and rejections."""
        if table is not None:
            if self._rows is None:
                repeating = [path for field in table.schema for path in _repeating(field)]
                self._rows = pq.ParquetWriter(
                    self._scratch / "rows", table.schema, compression="zstd", use_dictionary=repeating
                )
            self._count += table.num_rows
            if table.num_rows:
                self._rows.write_table(table)
        if rejections:
            if self._rejected is None:
                self._rejected = pq.ParquetWriter(self._scratch / "rejected", REJECTIONS_SCHEMA, compression="zstd")
            self._rejected.write_table(rejections_table(rejections))

    def close(self, reasons: dict[str, int], counts: dict[str, int]) -> int:
        """Make both files appear, the rows last. Returns the number of rows."""
        if self._rows is None:
            self._rows = pq.ParquetWriter(self._scratch / "rows", pa.schema([]), compression="zstd")
        counted = json.dumps({"reasons": reasons, "counts": counts}, sort_keys=True)
        self._rows.add_key_value_metadata({COUNTS: counted.encode()})
        self._rows.close()
        if self._rejected is None:
            self._rejected = pq.ParquetWriter(self._scratch / "rejected", REJECTIONS_SCHEMA, compression="zstd")
        self._rejected.close()
        self._appear("rejected", rejections_path(f"{self._target}.parquet"))
        self._appear("rows", f"{self._target}.parquet")
        return self._count

    def _appear(self, part: str, target: str) -> None:
        if not self._is_local:
            self._filesystem.put_file(str(self._scratch / part), target)
            return
        with open(self._scratch / part, "rb") as file:
            os.fsync(file.fileno())
        os.replace(self._scratch / part, target)


def _repeating(field: pa.Field, parent: str = "") -> Iterator[str]:
    """Parquet paths of a column's texts and whole numbers, unless it is marked as distinct: a dictionary of values that
    never repeat takes longer to write and to read than the values."""
    path = f"{parent}{field.name}"
    if pa.types.is_struct(field.type):
        yield from (each for child in field.type for each in _repeating(child, f"{path}."))
    elif pa.types.is_list(field.type) or pa.types.is_large_list(field.type):
        yield from _repeating(field.type.value_field.with_name("element"), f"{path}.list.")
    elif DISTINCT not in (field.metadata or {}) and not _is_plain(field.type):
        yield path


def _is_plain(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_floating(kind))


def rejections_path(path: str) -> str:
    """Where the rejections of an output lie."""
    return path.removesuffix(".parquet") + ".rejected.parquet"


def rejections_table(rejections: list[Rejection]) -> pa.Table:
    """Rejections as rows; details are capped at 500 characters."""
    rows = [(r.stage, r.reason, r.source, r.row, r.key, r.detail[:DETAIL_LIMIT]) for r in rejections]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in REJECTIONS_SCHEMA]
    return pa.table(dict(zip(REJECTIONS_SCHEMA.names, columns, strict=True)), schema=REJECTIONS_SCHEMA)


def parquet_file(path: str) -> pq.ParquetFile:
    """An output opened for reading, wherever it lies."""
    filesystem, local = open_filesystem(path)
    return pq.ParquetFile(local if "file" in filesystem.protocol else filesystem.open(local, "rb"))


def read_table(path: str, columns: list[str] | None = None) -> pa.Table:
    """A whole output as a table."""
    with parquet_file(path) as file:
        return file.read(columns=columns)


def put_file(path: str | Path, target: str) -> str:
    """Copy a local file to a URL, whole or not at all. Returns the URL."""
    filesystem, remote = open_filesystem(target)
    if "file" not in filesystem.protocol:
        filesystem.put_file(str(path), remote)
        return target
    with open(path, "rb") as file:
        write_atomic(Path(remote), partial(shutil.copyfileobj, file))
    return target


def local_copy(url: str) -> str:
    """A local path of the file at a URL; remote files are copied once a process."""
    filesystem, path = open_filesystem(url)
    return path if "file" in filesystem.protocol else str(fsspec.open_local(f"simplecache::{url}"))
