"""Small files of a folder on any storage: each replaced in one step, or made only where none is."""

from __future__ import annotations

import os
import posixpath
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from contextpairs.data.store.atomic import sync_folder, write_atomic
from contextpairs.data.store.exclusive_put import put_if_absent


class SmallFiles:
    """Files below a folder, by names with forward slashes."""

    def __init__(self, filesystem: Any, root: str) -> None:
        """Args: filesystem: of fsspec. root: the folder, which need not exist."""
        self._filesystem = filesystem
        self._root: str = root.rstrip("/")
        protocols = filesystem.protocol
        self._is_local = "file" in ((protocols,) if isinstance(protocols, str) else protocols)

    def path(self, name: str) -> str:
        """Path of a file on the file system."""
        return f"{self._root}/{name}"

    def url(self, name: str) -> str:
        """Path of a local file, URL of another."""
        return self.path(name) if self._is_local else str(self._filesystem.unstrip_protocol(self.path(name)))

    def read(self, name: str) -> bytes | None:
        """A file's bytes; None where there is none."""
        try:
            content: bytes = self._filesystem.cat_file(self.path(name))
        except FileNotFoundError:
            return None
        return content

    def replace(self, name: str, payload: bytes) -> None:
        """Write a file, or put it in the place of the one that is there."""
        if self._is_local:
            write_atomic(Path(self.path(name)), payload)
        else:
            self._filesystem.pipe_file(self.path(name), payload)

    def create(self, name: str, payload: bytes) -> bool:
        """Make a file where none is. False if there is one."""
        if not self._is_local:
            return put_if_absent(self._filesystem, self.path(name), payload)
        target = Path(self.path(name))
        whole = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
        write_atomic(whole, payload)
        try:
            os.link(whole, target)
        except FileExistsError:
            return False
        except OSError:
            return _made(target, payload)  # a file system without hard links: whole in most cases, exclusive in all
        finally:
            whole.unlink(missing_ok=True)
        sync_folder(target.parent)
        return True

    def remove(self, name: str) -> None:
        """Remove a file; none there is as good."""
        with suppress(FileNotFoundError):
            self._filesystem.rm_file(self.path(name))

    def names(self, folder: str) -> list[str]:
        """Names of the files directly in a folder, sorted, without those that are being written."""
        self._filesystem.invalidate_cache()
        try:
            paths = self._filesystem.ls(self.path(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(name for path in paths if not (name := posixpath.basename(path)).startswith("."))

    def age(self, name: str) -> float | None:
        """Seconds since a file was written, by the storage's own clock; None where there is none.

        No two clocks are compared: machines that share a storage need not agree on the time.
        """
        self._filesystem.invalidate_cache()
        probe = f"{posixpath.dirname(name)}/.clock-{secrets.token_hex(8)}"
        self.replace(probe, b"")
        try:
            now = self._filesystem.modified(self.path(probe))
            written = self._filesystem.modified(self.path(name))
        except FileNotFoundError:
            return None
        finally:
            self.remove(probe)
        seconds: float = (now - written).total_seconds()
        return seconds


def _made(path: Path, payload: bytes) -> bool:
    try:
        with open(path, "xb") as file:
            file.write(payload)
    except FileExistsError:
        return False
    return True
