"""Shards of WebDataset: tar files whose members, by their names up to the first dot, are the fields of rows."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from io import BufferedReader, RawIOBase
from itertools import islice
from typing import Any

from contextpairs.data.sources.files.detection import Kind
from contextpairs.data.sources.files.faults import Fault, RowFault, VqaFault, shown
from contextpairs.data.sources.files.files import BLOCK, open_file
from contextpairs.data.sources.files.json_text import WHOLE_BYTES, parse
from contextpairs.data.sources.files.stream import GZIP, ZSTD, blocks
from contextpairs.data.sources.trajectories.partition import Piece
from contextpairs.data.sources.vqa.archives import MOST_BYTES, refused

MAGIC, MAGIC_AT = b"ustar", 257
IMAGE_ENDINGS = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "ppm")
TEXT_ENDINGS = ("json", "txt", "text", "cls", "question", "answer", "caption")
PROBED = 64
"""Members that are looked at, to learn whether a tar file holds rows or pictures alone."""


def tar_kind(uri: str, storage: dict[str, Any]) -> Kind | None:
    """The kind of a tar file, None for any other file."""
    with open_file(uri, storage) as file:
        first = file.read(MAGIC_AT + len(MAGIC))
    compressed = first.startswith((GZIP, ZSTD))
    try:
        first = b"".join(islice(blocks(uri, storage), 1)) if compressed else first
    except RowFault:
        return None
    return Kind("tar", compressed) if first[MAGIC_AT : MAGIC_AT + len(MAGIC)] == MAGIC else None


def holds_rows(uri: str, storage: dict[str, Any]) -> bool:
    """Whether texts stand beside the pictures of a tar file; one of pictures alone belongs to rows beside it."""
    try:
        with tarfile.open(fileobj=_file(blocks(uri, storage)), mode="r|") as tar:
            return any(_split(each.name)[1].rsplit(".", 1)[-1] in TEXT_ENDINGS for each in islice(tar, PROBED))
    except (OSError, tarfile.TarError, RowFault, EOFError):
        return False


def tar_rows(
    piece: Piece, storage: dict[str, Any], only: range | None = None
) -> Iterator[tuple[int, int, dict[str, Any] | Fault]]:
    """(row number, byte at which it begins, fields or fault) of each sample of a shard, from byte `start` to `stop`.

    Memory is bounded by one sample. A shard that is cut off ends in a RowFault.
    """
    stop = None if piece.stop < 0 else piece.stop
    stream = _file(blocks(piece.uri, storage, piece.start, stop))
    number = piece.first_row - 1
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for number, (begin, row) in enumerate(_samples(tar), piece.first_row):
                if only is not None and number >= only.stop:
                    return
                if only is None or number in only:
                    yield number, piece.start + begin, row
    except (tarfile.TarError, EOFError) as error:
        yield number + 1, piece.start, RowFault("truncated", f"the shard breaks off ({error}); copy the file again")
    except RowFault as fault:
        yield number + 1, piece.start, fault


class _Blocks(RawIOBase):
    """Blocks as a file that is read onwards."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = iter(stream)
        self._held = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as one block does. Returns the bytes, 0 at the end."""
        self._held = self._held or next(self._stream, b"")
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        return size


def _file(stream: Iterable[bytes]) -> BufferedReader:
    return BufferedReader(_Blocks(stream), BLOCK)


def _split(name: str) -> tuple[str, str]:
    """Key and field of a member: `a/b.question.txt` is the field `question.txt` of `a/b`."""
    folder, base = posixpath.split(name)
    stem, _, field = base.partition(".")
    return posixpath.join(folder, stem), field.lower()


def _samples(tar: tarfile.TarFile) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Runs of members with one key, each with the byte at which its first member begins."""
    key, begin = "", 0
    row: dict[str, Any] | Fault | None = None
    for member in tar:
        if member.isdir() or posixpath.basename(member.name).startswith("."):
            continue
        name, field = _split(member.name)
        if row is not None and name != key:
            yield begin, row
            row = None
        if row is None:
            key, begin, row = name, member.offset, {}
        if isinstance(row, dict):
            try:
                _add(row, field, member, tar)
            except (RowFault, VqaFault) as fault:
                row = fault
        if isinstance(row, dict):
            row.setdefault("__key__", name)
    if row is not None:
        yield begin, row


def _add(row: dict[str, Any], field: str, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
    """Add a member to a row.

    Raises:
        RowFault, VqaFault: it is a link, climbs out, is too long or cannot be read.
    """
    what = shown(member.name)
    if fault := refused(member.name, not member.isreg()):
        raise VqaFault("outside-folder", f"{what} {fault}; write the file itself into the shard")
    ending = field.rsplit(".", 1)[-1]
    most = MOST_BYTES if ending in IMAGE_ENDINGS else WHOLE_BYTES
    if member.size > most:
        raise VqaFault("unreadable", f"{what} is longer than {most} bytes; drop the sample")
    held = tar.extractfile(member)
    content = held.read() if held else b""
    if ending in IMAGE_ENDINGS:
        row.setdefault("__images__", []).append({"bytes": content, "path": posixpath.basename(member.name)})
        row["image"] = row["__images__"]
    elif ending == "json":
        _add_json(row, field, parse(content))
    elif (text := _text(content)) is not None:
        row.setdefault(field.removesuffix(".txt") if field != "txt" else field, text)


def _add_json(row: dict[str, Any], field: str, value: Any) -> None:
    """The fields of an object; the picture of the sample stands before a path that it names."""
    if not isinstance(value, dict):
        row.setdefault(field.removesuffix(".json") or field, value)
        return
    row |= {name: each for name, each in value.items() if name not in row}


def _text(content: bytes) -> str | None:
    """A member as text, None for one of another kind, as an array."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
