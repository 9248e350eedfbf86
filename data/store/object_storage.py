"""Versions on object storage: files go under a prefix named by their content, then the manifest, if none is there."""

from __future__ import annotations

import json
import os
import posixpath
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from contextpairs.data.store.exclusive_put import insistently, put_if_absent
from contextpairs.data.store.manifest import MANIFEST_NAME, Manifest
from contextpairs.data.store.sealed import upload
from contextpairs.data.store.small_files import SmallFiles
from contextpairs.data.store.storage import (
    QUARANTINE,
    TOMBSTONE,
    VERSION_NAME,
    Census,
    manifest_path,
    version_name,
)
from contextpairs.data.store.told_errors import StorageError
from contextpairs.data.store.workspace import abandoned, remove_abandoned

KEY = re.compile(rf"versions/{VERSION_NAME.pattern}/(.+)$")
NAMED_PREFIX = re.compile(rb"objects/([0-9a-f]{32})")
"""Where a manifest says that its files lie: a damaged one may still say it."""


class ObjectStorage:
    """Versions on object storage; `objects/` holds the files, `versions/` nothing but manifests and tombstones."""

    def __init__(self, filesystem: Any, root: str) -> None:
        """Args: filesystem: of fsspec, with an atomic put-if-absent. root: bucket and prefix."""
        self.filesystem = filesystem
        self.root = root
        self.scratch = Path(tempfile.gettempdir(), f"contextpairs-writing-{os.getuid()}")
        self.files = SmallFiles(filesystem, root)

    def census(self) -> Census:
        """See Storage."""
        held: dict[int, set[str]] = {}
        for path in self._find("versions"):
            if match := KEY.search(path):
                held.setdefault(int(match[1]), set()).add(match[2])
        census = Census()
        for number, names in sorted(held.items()):
            found = census.there if MANIFEST_NAME in names else census.lost
            (census.removed if TOMBSTONE in names else found).append(number)
        return census

    def prepare(self, folder: Path, manifest: Manifest) -> Manifest:
        """See Storage."""
        prefix = self._prefix(manifest)
        upload(folder, manifest, self.filesystem, prefix)
        return manifest.model_copy(update={"location": posixpath.relpath(prefix, f"{self.root}/versions/v")})

    def claim(self, folder: Path, manifest: Manifest, number: int) -> bool:  # noqa: ARG002
        """See Storage."""
        self._check_uploaded(manifest)
        path = manifest_path(self, number)
        if not put_if_absent(self.filesystem, path, manifest.to_bytes()):
            return False
        if not self._has_tombstone(number):
            return True
        # The version that had this number was removed while we counted; ours was never visible beside its tombstone.
        self.filesystem.rm_file(path)
        return False

    def remove(self, number: int, tombstone: bytes, *, keep: bool) -> None:
        """See Storage. The files stay for `clean`, which spares what a writer of the same content brings again."""
        self.files.replace(f"versions/{version_name(number)}/{TOMBSTONE}", tombstone)
        self._finish(number, keep)

    def clean(self, older_than: float, *, dry_run: bool = False) -> list[str]:
        """See Storage."""
        left = abandoned(self.scratch, older_than) if dry_run else remove_abandoned(self.scratch, older_than)
        if not dry_run:
            for number in self.census().removed:
                said = self.files.read(f"versions/{version_name(number)}/{TOMBSTONE}") or b"{}"
                self._finish(number, json.loads(said).get("kept", False))
        old = self._unpublished(older_than)
        for paths in old.values() if not dry_run else ():
            self.filesystem.rm(paths)
        return [*map(str, left), *old]

    def _finish(self, number: int, keep: bool) -> None:
        """Take the manifest from where a tombstone stands."""
        name = f"versions/{version_name(number)}/{MANIFEST_NAME}"
        manifest = self.files.read(name)
        if manifest is None:
            return
        if keep:
            self.files.replace(f"{QUARANTINE}/{version_name(number)}/{MANIFEST_NAME}", manifest)
        self.files.remove(name)

    def _unpublished(self, older_than: float) -> dict[str, list[str]]:
        """Old prefixes that no manifest names, with their files."""
        prefixes: dict[str, list[str]] = {}
        for path in self._find("objects"):
            prefixes.setdefault(self._top(path), []).append(path)
        used = self._used() if prefixes else set()
        unused = {prefix: paths for prefix, paths in sorted(prefixes.items()) if prefix not in used}
        return {prefix: paths for prefix, paths in unused.items() if self._idle(paths) > older_than}

    def _used(self) -> set[str]:
        """Prefixes that manifests name, those in quarantine and damaged ones included."""
        used = set()
        for path in (*self._find("versions"), *self._find(QUARANTINE)):
            if path.endswith(f"/{MANIFEST_NAME}"):
                named = NAMED_PREFIX.search(self.filesystem.cat_file(path))
                if named is None:
                    raise StorageError(
                        f"{path}: does not tell where its files lie, so none can be removed; restore it from a copy, "
                        "or remove it"
                    )
                used.add(f"{self.root}/objects/{named[1].decode()}")
        return used

    def _prefix(self, manifest: Manifest) -> str:
        """Named by content, so whoever writes there writes the same bytes; a killed upload is simply done again."""
        return f"{self.root}/objects/{manifest.digest[:32]}"

    def _top(self, path: str) -> str:
        return "/".join(path.split("/")[: len(f"{self.root}/objects/x".split("/"))])

    def _idle(self, paths: list[str]) -> float:
        """Seconds since the last of the files was written."""
        last: float = max(self.filesystem.modified(path).timestamp() for path in paths)
        return time.time() - last

    def _find(self, folder: str, **options: Any) -> Any:
        self.filesystem.invalidate_cache()
        try:
            return self.filesystem.find(f"{self.root}/{folder}", **options)
        except FileNotFoundError:
            return {} if options.get("detail") else []

    def _has_tombstone(self, number: int) -> bool:
        path = f"{self.root}/versions/{version_name(number)}/{TOMBSTONE}"
        unknown = (
            f"{manifest_path(self, number)}: written; the storage does not tell whether the number was given before"
        )

        def look() -> bool:
            self.filesystem.invalidate_cache()
            return bool(self.filesystem.exists(path))

        return insistently(look, unknown)

    def _check_uploaded(self, manifest: Manifest) -> None:
        prefix = self._prefix(manifest)
        found = self._find(prefix.removeprefix(f"{self.root}/"), detail=True)
        there = {path: info["size"] for path, info in found.items()}
        lost = [file.path for file in manifest.files if there.get(f"{prefix}/{file.path}") != file.bytes]
        if lost:
            raise StorageError(f"{prefix}: {lost} vanished or were cut after the upload; publish again")
