"""Images of a partition while its rows are gathered: in memory while they are few, else in a file that has no name."""

from __future__ import annotations

import hashlib
from tempfile import SpooledTemporaryFile
from types import TracebackType

IN_MEMORY = 32 * 2**20
"""Bytes up to which no file is needed: more than a partition of the usual size has."""


class HeldImages:
    """Distinct images by the sha256 of their bytes; a context manager, which gives back what it holds."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        """Args: in_memory: bytes beyond which all are on disk, where TMPDIR says."""
        self._file = SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 (closed on exit)
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0

    def __enter__(self) -> HeldImages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep(self, content: bytes) -> str:
        """Hold an image, once however often it comes. Returns the sha256 of its bytes, 64 hex digits.

        Raises:
            OSError: the disk is full.
        """
        name = hashlib.sha256(content).hexdigest()
        if name not in self._places:
            self._file.seek(self._end)
            self._file.write(content)
            self._places[name] = (self._end, len(content))
            self._end += len(content)
        return name

    def __getitem__(self, name: str) -> bytes:
        start, size = self._places[name]
        self._file.seek(start)
        return self._file.read(size)
