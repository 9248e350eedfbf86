"""Compare what a version holds with what its manifest says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.pairs.invariants import PairsCheck
from contextpairs.data.pairs.schemas import SPLITS, PairError, Split, form_of
from contextpairs.data.store.manifest import MANIFEST_NAME, Manifest
from contextpairs.data.store.sealed import ManifestError, StoredFile, hashed
from contextpairs.data.store.shards import read_rows
from contextpairs.data.store.storage import Storage, files_path, manifest_path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as published."""

    path: str
    """Relative to the version's folder; the domain's folder where only all rows together show it."""
    kind: Literal["manifest", "missing", "altered", "rows", "pairs", "unexpected"]
    detail: str
    """What was expected, what was found."""


def verify_version(storage: Storage, number: int) -> list[Problem]:
    """Re-hash every file of a version, recount its rows, look for files that do not belong to it.

    Where all of that holds, every row is read once more and checked as when it was published: identity from the
    contexts themselves, mirrors, splits, letters, and the hash of the content. A file that was altered together with
    its hash in the manifest is found so. Memory is that of one row group.

    Returns:
        The problems by path; empty if the version is as it was published.

    Raises:
        OSError: the storage cannot be read at all.
    """
    path = manifest_path(storage, number)
    try:
        manifest = Manifest.parsed(storage.filesystem.cat_file(path), path)
    except ManifestError as error:
        return [Problem(MANIFEST_NAME, "manifest", str(error))]
    folder = files_path(storage, number, manifest)
    problems = [*_manifest_problems(manifest), *_folder_problems(storage, folder, manifest)]
    if not problems:
        problems = list(_pair_problems(storage.filesystem, folder, manifest))
    return sorted(problems, key=lambda problem: (problem.path, problem.kind))


def _manifest_problems(manifest: Manifest) -> Iterator[Problem]:
    if not manifest.is_intact():
        yield Problem(MANIFEST_NAME, "manifest", f"its content no longer matches its digest {manifest.digest}")
    for split, expected in manifest.rows.items():
        listed = sum(f.rows or 0 for f in manifest.files if f.path.startswith(f"{manifest.domain}/{split}-"))
        if listed != expected:
            yield Problem(MANIFEST_NAME, "manifest", f"split {split!r}: {expected} rows, its files list {listed}")


def _folder_problems(storage: Storage, folder: str, manifest: Manifest) -> Iterator[Problem]:
    storage.filesystem.invalidate_cache()
    there = {path[len(folder) + 1 :] for path in storage.filesystem.find(folder)}
    for name in sorted(there - {file.path for file in manifest.files} - {MANIFEST_NAME}):
        yield Problem(name, "unexpected", "not in the manifest; remove it")
    for file in manifest.files:
        if file.path not in there:
            yield Problem(file.path, "missing", f"expected {file.bytes} bytes, sha256 {file.sha256}")
        else:
            yield from _file_problems(storage.filesystem, f"{folder}/{file.path}", file)


def _file_problems(filesystem: Any, path: str, file: StoredFile) -> Iterator[Problem]:
    with filesystem.open(path, "rb") as opened:
        digest, size = hashed(opened)
    if (digest, size) != (file.sha256, file.bytes):
        expected = f"expected {file.bytes} bytes, sha256 {file.sha256}"
        yield Problem(file.path, "altered", f"{expected}; found {size} bytes, sha256 {digest}")
    elif file.rows is not None and (rows := _rows(filesystem, path)) != file.rows:
        yield Problem(file.path, "rows", f"expected {file.rows} rows, found {rows}")


def _rows(filesystem: Any, path: str) -> int | str:
    try:
        with filesystem.open(path, "rb") as file:
            rows: int = pq.ParquetFile(file).metadata.num_rows
            return rows
    except pa.ArrowInvalid as error:
        return f"no Parquet ({error})"


def _pair_problems(filesystem: Any, folder: str, manifest: Manifest) -> Iterator[Problem]:
    """What is wrong with the first row that breaks a promise, or with all rows together."""
    check = PairsCheck(form_of(manifest.domain))
    at: str = manifest.domain
    try:
        for split, file in _in_published_order(manifest):
            at = file.path
            deque(check.watch(_stored_rows(filesystem, f"{folder}/{at}"), split), maxlen=0)
        at = manifest.domain
        check.finish()
    except (PairError, pa.ArrowException) as error:
        yield Problem(at, "pairs", str(error))
        return
    if check.content() != manifest.content:
        yield Problem(at, "pairs", f"expected rows whose content is {manifest.content}, found {check.content()}")


def _in_published_order(manifest: Manifest) -> Iterator[tuple[Split, StoredFile]]:
    for split in SPLITS:
        yield from ((split, file) for file in manifest.files if file.path.startswith(f"{manifest.domain}/{split}-"))


def _stored_rows(filesystem: Any, path: str) -> Iterator[dict[str, Any]]:
    with filesystem.open(path, "rb") as file:
        yield from read_rows(file)
