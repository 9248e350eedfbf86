"""Folders that a writer works in, and the recognition of those whose writer was killed.

A writer holds a lock on its folder. The kernel drops the lock when the process ends, however it ends, so a folder that
can be locked has no living writer: no clock, process number or heartbeat is needed to tell.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DAY = 86_400.0


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """A new folder under `parent`, held by this process and removed at the end unless it was moved away."""
    folder, lock = _hold_new(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_abandoned(parent: Path, older_than: float = DAY) -> list[Path]:
    """Remove the folders under `parent` whose writer is gone.

    Args:
        parent: where `workspace` made its folders; it need not exist.
        older_than: seconds since the last change; counts only where the file system knows no locks.

    Returns:
        The removed folders, sorted.
    """
    return [folder for folder in _folders(parent) if _is_abandoned(folder, older_than, remove=True)]


def abandoned(parent: Path, older_than: float = DAY) -> list[Path]:
    """What `remove_abandoned` would remove."""
    return [folder for folder in _folders(parent) if _is_abandoned(folder, older_than, remove=False)]


def _folders(parent: Path) -> list[Path]:
    return sorted(parent.iterdir()) if parent.is_dir() else []


def _hold_new(parent: Path) -> tuple[Path, int]:
    while True:
        parent.mkdir(parents=True, exist_ok=True)
        folder = parent / secrets.token_hex(8)
        folder.mkdir()
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # removed as abandoned before it could be held
        _lock(lock, wait=True)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _is_abandoned(folder: Path, older_than: float, *, remove: bool) -> bool:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        locked = _lock(lock, wait=False)
        writer_is_gone = locked if locked is not None else time.time() - os.fstat(lock).st_mtime > older_than
        if writer_is_gone and remove:
            shutil.rmtree(folder, ignore_errors=True)
        return writer_is_gone
    finally:
        os.close(lock)


def _lock(descriptor: int, *, wait: bool) -> bool | None:
    """Whether the lock was taken; None where the file system knows no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
