"""Files of a source on any fsspec file system: found in a fixed order, named as the user named them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, BinaryIO, cast

from contextpairs.data.sources.trajectories.partition import SourceError

BLOCK = 2**20


def filesystem(uri: str, storage: dict[str, Any]) -> tuple[Any, str]:
    """The fsspec file system of a URI, and the path on it."""
    from fsspec.core import url_to_fs

    protocol = uri.split("://", 1)[0].split("::", 1)[0] if "://" in uri else "file"
    try:
        return cast("tuple[Any, str]", url_to_fs(uri, **storage.get(protocol, {})))
    except (ImportError, ValueError) as error:
        raise SourceError(f"{uri}: no file system for protocol {protocol!r}: {error}") from error


def is_local(uri: str) -> bool:
    """Whether a URI is a plain path (every local file is named by one)."""
    return "://" not in uri


def find_files(source: str, storage: dict[str, Any]) -> list[str]:
    """URIs of the files that a file name, folder (recursed) or pattern stands for, sorted.

    Names that begin with a dot are passed over below a folder. A folder that cannot be listed is returned itself, so
    that reading it reports why.

    Raises:
        SourceError: nothing is there.
    """
    fs, path = filesystem(source, storage)
    try:
        found = sorted(_local(path) if _is_local_fs(fs) else _remote(fs, path))
    except OSError as error:
        raise SourceError(f"{source}: cannot be listed: {error}") from error
    if not found:
        raise SourceError(f"{source}: no file matches; expected a file, a folder with files, or a glob pattern")
    return [_named(source, fs, path) for path in found]


def _is_local_fs(fs: Any) -> bool:
    return "file" in (fs.protocol if isinstance(fs.protocol, (tuple, list)) else (fs.protocol,))


def _local(path: str) -> Iterator[str]:
    import glob

    matches = [path] if os.path.lexists(path) else sorted(glob.glob(path, recursive=True))
    seen: set[str] = set()
    for match in matches:
        for file in _walk(match) if os.path.isdir(match) else (match,):
            if file not in seen:
                seen.add(file)
                yield file


def _walk(folder: str) -> Iterator[str]:
    unlisted: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=lambda error: unlisted.append(str(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(parent, name) for name in names if not name.startswith("."))
    yield from unlisted


def _remote(fs: Any, path: str) -> set[str]:
    if fs.isfile(path):
        return {path}
    matches = fs.glob(path) if any(sign in path for sign in "*?[") else [path]
    found: set[str] = set()
    for match in matches:
        found.update([match] if fs.isfile(match) else _visible(fs.find(match), match))
    return found


def _visible(paths: list[str], folder: str) -> Iterator[str]:
    for path in paths:
        if not any(part.startswith(".") for part in path[len(folder) :].split("/")):
            yield path


def _named(source: str, fs: Any, path: str) -> str:
    """Relative sources keep relative names: a rebuild elsewhere gives equal rows."""
    if not _is_local_fs(fs):
        return cast(str, fs.unstrip_protocol(path))
    return path if not is_local(source) or os.path.isabs(os.path.expanduser(source)) else os.path.relpath(path)


def open_file(uri: str, storage: dict[str, Any]) -> BinaryIO:
    """Open a file for reading bytes; the caller closes it."""
    if is_local(uri):
        return open(uri, "rb")
    fs, path = filesystem(uri, storage)
    return cast(BinaryIO, fs.open(path, "rb"))


def size_of(uri: str, storage: dict[str, Any]) -> int:
    """Stored bytes of a file."""
    if is_local(uri):
        return os.stat(uri).st_size
    fs, path = filesystem(uri, storage)
    return int(fs.size(path) or 0)


def fingerprint(uri: str, storage: dict[str, Any]) -> str:
    """64 hex digits that change with a file's content: SHA-256 of it, or of what a remote store tells of it."""
    if is_local(uri):
        status = os.stat(uri)
        return _content_digest(os.path.abspath(uri), status.st_size, status.st_mtime_ns)
    fs, path = filesystem(uri, storage)
    info = fs.info(path)
    tag = info.get("ETag") or info.get("etag") or info.get("md5Hash") or fs.ukey(path)
    return hashlib.sha256(f"{tag} {info.get('size')}".encode()).hexdigest()


@lru_cache(maxsize=200_000)
def _content_digest(path: str, size: int, mtime_ns: int) -> str:  # noqa: ARG001 (size and time are part of the key)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
