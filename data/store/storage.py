"""What a place of versions is asked for, and the names of what lies there.

A version is there exactly if its manifest is and no tombstone stands beside it. A number is never given twice: what
`prune` and `quarantine` take away leaves a tombstone, whose appearance is the one step in which a version disappears.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from contextpairs.data.store.manifest import MANIFEST_NAME, Manifest
from contextpairs.data.store.small_files import SmallFiles

VERSION_NAME = re.compile(r"v(\d{6,})")
TOMBSTONE = "removed.json"
"""File in the place of a version that was pruned or quarantined."""
QUARANTINE = "quarantine"
"""Folder of the store that keeps what was quarantined."""


@dataclass(frozen=True, slots=True)
class Census:
    """Every number that a store ever gave."""

    there: list[int] = field(default_factory=list)
    """Versions, ascending."""
    removed: list[int] = field(default_factory=list)
    """Those that a tombstone stands for."""
    lost: list[int] = field(default_factory=list)
    """Folders without a manifest: no writer of this project leaves that."""

    def next(self) -> int:
        """The number after all of them."""
        return max([*self.there, *self.removed, *self.lost], default=0) + 1


class Storage(Protocol):
    """A place of versions. Paths are those of `filesystem`."""

    filesystem: Any
    """fsspec file system."""
    root: str
    """The store's folder."""
    scratch: Path
    """Local folder for work in progress."""
    files: SmallFiles
    """Pointers, leases and the like, by names below the root."""

    def census(self) -> Census:
        """The versions that are there, and the numbers of those that were."""
        ...

    def prepare(self, folder: Path, manifest: Manifest) -> Manifest:
        """Bring a built folder's files to where `claim` only has to name them. Returns the located manifest."""
        ...

    def claim(self, folder: Path, manifest: Manifest, number: int) -> bool:
        """Make a prepared version visible under a number. False if the number is taken."""
        ...

    def remove(self, number: int, tombstone: bytes, *, keep: bool) -> None:
        """Make a version disappear in one step, then take its files away, or into quarantine where they are kept."""
        ...

    def clean(self, older_than: float, *, dry_run: bool = False) -> list[str]:
        """Remove what killed writers left behind; `older_than` in seconds. Returns the paths."""
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


def read_manifest(storage: Storage, number: int) -> Manifest:
    """The manifest of a version. Raises ManifestError, and FileNotFoundError where there is none."""
    path = manifest_path(storage, number)
    return Manifest.parsed(storage.filesystem.cat_file(path), path)
