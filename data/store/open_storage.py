"""The storage of versions behind a URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contextpairs.data.sources.files.safe_text import without_secrets
from contextpairs.data.store.local_storage import LocalStorage
from contextpairs.data.store.object_storage import ObjectStorage
from contextpairs.data.store.storage import Storage
from contextpairs.data.store.told_errors import StorageError, open_filesystem

EXCLUSIVE_PROTOCOLS = frozenset({"s3", "s3a", "gs", "gcs", "memory"})
"""Those whose fsspec implementation has an atomic put-if-absent."""


def open_storage(url: str, options: Mapping[str, Any] | None = None) -> Storage:
    """The storage behind a URL.

    Args:
        url: a local path or any fsspec URL.
        options: for the fsspec file system.

    Raises:
        StorageError: the file system has no atomic way to publish.
    """
    filesystem, root = open_filesystem(url, options)
    protocols = {filesystem.protocol} if isinstance(filesystem.protocol, str) else set(filesystem.protocol)
    if protocols & {"file", "local"}:
        return LocalStorage(filesystem, root)
    if not protocols & EXCLUSIVE_PROTOCOLS:
        raise StorageError(
            f"{without_secrets(url)}: no atomic put-if-absent on {sorted(protocols)}; publish to a folder or to one of "
            f"{sorted(EXCLUSIVE_PROTOCOLS)} and copy the version from there"
        )
    return ObjectStorage(filesystem, root.rstrip("/"))
