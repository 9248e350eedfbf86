"""Files that appear whole or not at all, and survive a power cut once they have appeared."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
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
    path.parent.mkdir(parents=True, exist_ok=True)
    # Hidden and with another ending, so that no glob of a reader takes it for a result.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        _write_through(temporary, content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


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


def _write_through(path: Path, content: Content) -> None:
    """Write a new file and bring it to the disk."""
    with open(path, "xb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            content(file)
        file.flush()
        os.fsync(file.fileno())
