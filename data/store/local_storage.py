"""Versions on a disk: a finished folder is renamed to its number, which fails when the number is taken."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from contextpairs.data.store.atomic import sync_folder, sync_tree, write_atomic
from contextpairs.data.store.manifest import MANIFEST_NAME, Manifest
from contextpairs.data.store.sealed import appear, seal
from contextpairs.data.store.small_files import SmallFiles
from contextpairs.data.store.storage import QUARANTINE, TOMBSTONE, VERSION_NAME, Census, version_name
from contextpairs.data.store.workspace import abandoned, remove_abandoned, workspace

TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY})


class LocalStorage:
    """Versions on a disk; all writers and readers see one file system with atomic renames."""

    def __init__(self, filesystem: Any, root: str) -> None:
        """Args: filesystem: of fsspec, local. root: the store's folder."""
        self.filesystem = filesystem
        self.root = root.rstrip("/")
        # Beside the versions, so that the rename stays within one file system; hidden from globs over them.
        self.scratch = Path(self.root, ".writing")
        self.files = SmallFiles(filesystem, self.root)

    def census(self) -> Census:
        """See Storage."""
        census = Census()
        for number in self._numbered():
            folder = self._folder(number)
            # A tombstone is looked for last: a version that disappears meanwhile is removed, not lost.
            found = census.there if (folder / MANIFEST_NAME).exists() else census.lost
            (census.removed if (folder / TOMBSTONE).exists() else found).append(number)
        return census

    def prepare(self, folder: Path, manifest: Manifest) -> Manifest:
        """See Storage."""
        sync_tree(folder)
        return manifest

    def claim(self, folder: Path, manifest: Manifest, number: int) -> bool:
        """See Storage."""
        seal(folder, MANIFEST_NAME, manifest)
        place = self._folder(number)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            appear(folder, place)
        except OSError as error:
            if error.errno in TAKEN:
                return False
            raise
        return True

    def remove(self, number: int, tombstone: bytes, *, keep: bool) -> None:
        """See Storage. A kill after the tombstone leaves files that `clean` takes away."""
        place = self._folder(number)
        with workspace(self.scratch) as aside:
            # Made elsewhere: a writer that is killed must leave no file of another name in a version.
            write_atomic(aside / TOMBSTONE, tombstone)
            os.rename(aside / TOMBSTONE, place / TOMBSTONE)
            sync_folder(place)
            self._empty(place, Path(self.root, QUARANTINE, place.name) if keep else aside)

    def clean(self, older_than: float, *, dry_run: bool = False) -> list[str]:
        """See Storage."""
        if dry_run:
            return [*map(str, abandoned(self.scratch, older_than)), *self._remains()]
        remains = self._remains()
        for number in self.census().removed:
            place = self._folder(number)
            keep = json.loads((place / TOMBSTONE).read_bytes()).get("kept", False)
            with workspace(self.scratch) as aside:
                self._empty(place, Path(self.root, QUARANTINE, place.name) if keep else aside)
        return [*(str(folder) for folder in remove_abandoned(self.scratch, older_than)), *remains]

    def _remains(self) -> list[str]:
        """Files that a killed removal left in the place of a version."""
        places = map(self._folder, self.census().removed)
        return [str(path) for place in places for path in sorted(place.iterdir()) if path.name != TOMBSTONE]

    def _empty(self, place: Path, aside: Path) -> None:
        """Move everything but the tombstone to another folder, each by one rename."""
        for path in sorted(place.iterdir()):
            if path.name != TOMBSTONE:
                aside.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):  # another process that cleans was there first
                    os.rename(path, aside / path.name)

    def _numbered(self) -> list[int]:
        try:
            names = os.listdir(Path(self.root, "versions"))
        except FileNotFoundError:
            return []
        return sorted(int(match[1]) for match in map(VERSION_NAME.fullmatch, names) if match)

    def _folder(self, number: int) -> Path:
        return Path(self.root, "versions", version_name(number))
