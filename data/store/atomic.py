"""Files that appear whole or not at all, and survive a power cut once they have appeared."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

Content = bytes | Callable[[BinaryIO], object]


def write_atomic(path: Path, content: Content) -> None:
    """Write or replace a file in one step: readers see the old bytes or the new ones, never a mixture.

    Args:
        path: the file; its folder is made where it is missing.
        content: the bytes, or a function that writes them to the binary file it is given.

    Raises:
        OSError: the folder cannot be written or the disk is full; the old file then stands untouched.
    """
    with _written_beside(path, content) as temporary:
        os.replace(temporary, path)
    sync_folder(path.parent)


def create_exclusive(path: Path, content: Content) -> bool:
    """Write a file unless it is there; of many writers at once exactly one wins.

    Args:
        path: the file; its folder is made where it is missing.
        content: the bytes, or a function that writes them to the binary file it is given.

    Returns:
        Whether this call made the file. If not, the file that stood there is untouched.

    Raises:
        OSError: the folder cannot be written, or its file system knows no hard links.
    """
    with _written_beside(path, content) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk: without it a new name can be lost although its bytes are safe."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Bring every file and folder under `folder` to the disk, the folder itself last."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            with open(Path(parent, name), "rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(parent))


@contextmanager
def _written_beside(path: Path, content: Content) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Hidden and with another ending, so that no glob of a reader takes it for a result.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
