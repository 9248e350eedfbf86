"""A sealed folder: it appears whole or not at all, and its manifest accounts for every other file in it.

Versions, exports, tasks and results of probes are published so. A manifest holds no time, host or path of the machine
that wrote it, so equal inputs give equal bytes; where it is, the folder is whole, for it is written last.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal, Self

from pydantic import NonNegativeInt, ValidationError

from contextpairs.data.store.atomic import sync_folder, sync_tree
from contextpairs.data.store.settings import Settings
from contextpairs.data.store.workspace import remove_abandoned, workspace

FORMAT: Literal[1] = 1
CHUNK = 2**20


class ManifestError(ValueError):
    """A manifest that cannot be read."""


class StoredFile(Settings):
    """One file of a sealed folder."""

    path: str
    """Relative to the folder, with forward slashes."""
    bytes: NonNegativeInt
    """Size of the file."""
    sha256: str
    """64 hex digits."""
    rows: NonNegativeInt | None = None
    """Rows or records that it holds; None for files of another kind."""

    def is_in(self, file: BinaryIO) -> bool:
        """Whether an open file holds what was sealed."""
        return hashed(file) == (self.sha256, self.bytes)


class Seal(Settings):
    """What every manifest says; each kind of folder adds what it was made from and how."""

    format: Literal[1] = FORMAT
    """Version of this file's form."""
    files: tuple[StoredFile, ...] = ()
    """Every file but this one. Filled when sealed."""
    digest: str = ""
    """sha256 of this file with `digest` empty: names the content. Filled when sealed."""

    not_digested: ClassVar[Mapping[str, Any]] = {"digest": ""}
    """Fields that the digest does not cover, with what stands in for them."""

    def to_bytes(self) -> bytes:
        """The file: JSON with sorted keys, UTF-8, one final newline."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode()

    def sealed(self) -> Self:
        """The same with its digest."""
        return self.model_copy(update={"digest": self._own_digest()})

    def is_intact(self) -> bool:
        """Whether the digest is that of the content."""
        return self.digest == self._own_digest()

    def _own_digest(self) -> str:
        return hashlib.sha256(self.model_copy(update=self.not_digested).to_bytes()).hexdigest()

    @classmethod
    def parsed(cls, payload: bytes, path: str) -> Self:
        """Read a manifest.

        Raises:
            ManifestError: names the file and what is wrong with it.
        """
        try:
            return cls.model_validate_json(payload)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "the document"
            raise ManifestError(
                f"{path}: {field}: {first['msg']}; expected a manifest of format {FORMAT}: it was altered, or written "
                "by another release of this project"
            ) from error


def hashed(file: BinaryIO) -> tuple[str, int]:
    """sha256 in hex digits and bytes of an open file, in bounded memory."""
    hasher, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        hasher.update(chunk)
        size += len(chunk)
    return hasher.hexdigest(), size


def stored_file(path: Path, folder: Path, rows: int | None = None) -> StoredFile:
    """The account of a file below a folder."""
    with open(path, "rb") as file:
        digest, size = hashed(file)
    return StoredFile(path=path.relative_to(folder).as_posix(), bytes=size, sha256=digest, rows=rows)


def stored_files(folder: Path, rows: Mapping[Path, int]) -> tuple[StoredFile, ...]:
    """The account of every file in a folder, by path; `rows` are known of some."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(stored_file(path, folder, rows.get(path)) for path in paths)


@contextmanager
def unsealed(scratch: Path) -> Iterator[Path]:
    """An empty folder under `scratch` to build in; it is gone afterwards unless it was moved to its place.

    What killed writers left in `scratch` is removed first.
    """
    remove_abandoned(scratch)
    with workspace(scratch) as parent:
        folder = parent / "unsealed"
        folder.mkdir()
        yield folder


def seal(folder: Path, name: str, manifest: Seal) -> None:
    """Write the manifest of a built folder and bring all of it to the disk."""
    Path(folder, name).write_bytes(manifest.to_bytes())
    sync_tree(folder)


def appear(folder: Path, place: Path) -> None:
    """Make a sealed folder appear in its place. Raises OSError if something stands there; it is then untouched."""
    os.rename(folder, place)
    sync_folder(place.parent)


def upload(folder: Path, manifest: Seal, filesystem: Any, place: str) -> None:
    """Bring a built folder's files to where only the manifest has to follow; `filesystem` is fsspec's."""
    for file in manifest.files:
        filesystem.put_file(str(folder / file.path), f"{place}/{file.path}")
