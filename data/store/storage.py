"""Where versions live, and the one step by which a version becomes visible there.

On a disk a finished folder is renamed to its number, which fails when the number is taken. Object storage cannot
rename: files go under a prefix named by their content, and the version's manifest is put only if none is there yet.
Either way a version is there exactly if its manifest is, and no two writers share a number.
"""

from __future__ import annotations

import errno
import os
import posixpath
import re
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

import fsspec

from contextpairs.data.store.manifest import MANIFEST_NAME, Manifest
from contextpairs.data.store.sealed import appear, seal, upload
from contextpairs.data.store.workspace import remove_abandoned

VERSION_NAME = re.compile(r"v(\d{6,})")
EXCLUSIVE_PROTOCOLS = frozenset({"s3", "s3a", "gs", "gcs", "memory"})
"""Those whose fsspec implementation has an atomic put-if-absent."""
PAUSES = (0.2, 1.0, 3.0)
"""Seconds before a put that neither succeeded nor found an object is tried again."""
TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY})


class StorageError(RuntimeError):
    """A storage that cannot hold versions safely, or that lost part of one."""


class Storage(Protocol):
    """A place of versions. Paths are those of `filesystem`."""

    filesystem: Any
    """fsspec file system."""
    root: str
    """The store's folder."""
    scratch: Path
    """Local folder for work in progress."""

    def numbers(self) -> list[int]:
        """Numbers of the versions that are there, ascending."""
        ...

    def prepare(self, folder: Path, manifest: Manifest) -> Manifest:
        """Bring a built folder's files to where `claim` only has to name them. Returns the located manifest."""
        ...

    def claim(self, folder: Path, manifest: Manifest, number: int) -> bool:
        """Make a prepared version visible under a number. False if the number is taken."""
        ...

    def clean(self, older_than: float) -> list[str]:
        """Remove what killed writers left behind; `older_than` in seconds. Returns the removed paths."""
        ...


def version_name(number: int) -> str:
    """`v000001` for 1."""
    return f"v{number:06}"


def manifest_path(storage: Storage, number: int) -> str:
    """Path of a version's manifest."""
    return f"{storage.root}/versions/{version_name(number)}/{MANIFEST_NAME}"


def files_path(storage: Storage, number: int, manifest: Manifest) -> str:
    """Path of the folder that holds a version's files."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(manifest_path(storage, number)), manifest.location))


def open_storage(url: str, options: dict[str, Any] | None = None) -> Storage:
    """The storage behind a URL.

    Args:
        url: a local path or any fsspec URL.
        options: for the fsspec file system.

    Raises:
        StorageError: the file system has no atomic way to publish.
    """
    filesystem, root = fsspec.core.url_to_fs(url, **(options or {}))
    protocols = {filesystem.protocol} if isinstance(filesystem.protocol, str) else set(filesystem.protocol)
    if protocols & {"file", "local"}:
        return LocalStorage(filesystem, root)
    if not protocols & EXCLUSIVE_PROTOCOLS:
        raise StorageError(
            f"{url}: no atomic put-if-absent on {sorted(protocols)}; publish to a local path or to one of "
            f"{sorted(EXCLUSIVE_PROTOCOLS)} and copy the version from there"
        )
    return ObjectStorage(filesystem, root.rstrip("/"))


class LocalStorage:
    """Versions on a disk; all writers and readers see one file system with atomic renames."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self.filesystem = filesystem
        self.root = root.rstrip("/")
        # Beside the versions, so that the rename stays within one file system; hidden from globs over them.
        self.scratch = Path(self.root, ".writing")

    def numbers(self) -> list[int]:
        try:
            names = os.listdir(Path(self.root, "versions"))
        except FileNotFoundError:
            return []
        matches = [VERSION_NAME.fullmatch(name) for name in names]
        numbers = sorted(int(match[1]) for match in matches if match)
        return [number for number in numbers if os.path.exists(manifest_path(self, number))]

    def prepare(self, folder: Path, manifest: Manifest) -> Manifest:
        seal(folder, MANIFEST_NAME, manifest)
        return manifest

    def claim(self, folder: Path, manifest: Manifest, number: int) -> bool:  # noqa: ARG002
        versions = Path(self.root, "versions")
        versions.mkdir(parents=True, exist_ok=True)
        try:
            appear(folder, versions / version_name(number))
        except OSError as error:
            if error.errno in TAKEN:
                return False
            raise
        return True

    def clean(self, older_than: float) -> list[str]:
        return [str(folder) for folder in remove_abandoned(self.scratch, older_than)]


class ObjectStorage:
    """Versions on object storage; `objects/` holds the files, `versions/` nothing but manifests."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self.filesystem = filesystem
        self.root = root
        self.scratch = Path(tempfile.gettempdir(), f"contextpairs-writing-{os.getuid()}")

    def numbers(self) -> list[int]:
        self.filesystem.invalidate_cache()
        pattern = re.compile(rf"versions/{VERSION_NAME.pattern}/{re.escape(MANIFEST_NAME)}$")
        matches = [pattern.search(path) for path in self._find("versions")]
        return sorted(int(match[1]) for match in matches if match)

    def prepare(self, folder: Path, manifest: Manifest) -> Manifest:
        prefix = self._prefix(manifest)
        upload(folder, manifest, self.filesystem, prefix)
        return manifest.model_copy(update={"location": posixpath.relpath(prefix, f"{self.root}/versions/v")})

    def claim(self, folder: Path, manifest: Manifest, number: int) -> bool:  # noqa: ARG002
        self._check_uploaded(manifest)
        return self._put_if_absent(manifest_path(self, number), manifest.to_bytes())

    def clean(self, older_than: float) -> list[str]:
        remove_abandoned(self.scratch, older_than)
        used = {self._prefix_at(number) for number in self.numbers()}
        prefixes: dict[str, list[str]] = {}
        for path in self._find("objects"):
            prefixes.setdefault(self._top(path), []).append(path)
        unused = [prefix for prefix in sorted(prefixes) if prefix not in used]
        old = [prefix for prefix in unused if self._idle(prefixes[prefix]) > older_than]
        for prefix in old:
            self.filesystem.rm(prefixes[prefix])
        return old

    def _prefix(self, manifest: Manifest) -> str:
        """Named by content, so whoever writes there writes the same bytes; a killed upload is simply done again."""
        return f"{self.root}/objects/{manifest.digest[:32]}"

    def _prefix_at(self, number: int) -> str:
        path = manifest_path(self, number)
        manifest = Manifest.parsed(self.filesystem.cat_file(path), path)
        return files_path(self, number, manifest)

    def _top(self, path: str) -> str:
        return "/".join(path.split("/")[: len(f"{self.root}/objects/x".split("/"))])

    def _idle(self, paths: list[str]) -> float:
        """Seconds since the last of the files was written."""
        last: float = max(self.filesystem.modified(path).timestamp() for path in paths)
        return time.time() - last

    def _find(self, folder: str, **options: Any) -> Any:
        try:
            return self.filesystem.find(f"{self.root}/{folder}", **options)
        except FileNotFoundError:
            return {} if options.get("detail") else []

    def _check_uploaded(self, manifest: Manifest) -> None:
        self.filesystem.invalidate_cache()
        prefix = self._prefix(manifest)
        found = self._find(prefix.removeprefix(f"{self.root}/"), detail=True)
        there = {path: info["size"] for path, info in found.items()}
        lost = [file.path for file in manifest.files if there.get(f"{prefix}/{file.path}") != file.bytes]
        if lost:
            raise StorageError(f"{prefix}: {lost} vanished or were cut after the upload; publish again")

    def _put_if_absent(self, path: str, payload: bytes) -> bool:
        """A put whose answer was lost, or that met another in flight, is decided by what is there afterwards."""
        for pause in (*PAUSES, None):
            try:
                self.filesystem.pipe_file(path, payload, mode="create")
                return True
            except OSError:
                self.filesystem.invalidate_cache()
                if self.filesystem.exists(path):
                    return False
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("unreachable")
