"""Images in archives beside the rows: zip and tar files, and NumPy arrays of pictures. Nothing is ever extracted.

One member is read at a time, and no more of it than an image may have; links, and names that climb out, are refused.
"""

from __future__ import annotations

import os
import posixpath
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import VqaFault, shown
from contextpairs.data.sources.files.files import filesystem, is_local, open_file
from contextpairs.data.sources.vqa.arrays import ArrayFile

ENDINGS = (".zip", ".tar")
ARRAY = ".npy"
MOST_BYTES = 2**28
"""Bytes of the largest image that is taken into memory."""
MOST_MEMBERS = 5_000_000
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError, NotImplementedError, ValueError, zlib.error)


class Member(NamedTuple):
    """A file within an archive.

    Attributes:
        archive: URI of the archive.
        name: its name there.
        size: bytes that it says to have.
        mark: changes with its content.
        fault: why it is not read, "" where it is.
        checked: the archive keeps a checksum of it, which is its mark.
    """

    archive: str
    name: str
    size: int
    mark: str
    fault: str = ""
    checked: bool = False


class Archive:
    """An open archive, by the names of its members without `.` in them; kept open as long as its rows are read."""

    def __init__(self, uri: str, storage: dict[str, Any]) -> None:
        """Raises:
        OSError: it cannot be read.
        VqaFault: unreadable: it is damaged.
        """
        self.uri = uri
        self._file = open_file(uri, storage)
        try:
            self._read, members = _opened(uri, self._file)
            self.members: dict[str, Member] = {}
            for each in members:
                self.members.setdefault(posixpath.normpath(each.name.replace("\\", "/")), each)
        except DAMAGED as error:
            self._file.close()
            detail = f"archive {shown(uri)} is damaged ({error}); copy it again"
            raise VqaFault("unreadable", detail) from error

    def find(self, written: str) -> Member | None:
        """The member that a path stands for: as it is written, or without a folder of the archive's name."""
        name = posixpath.normpath(written.replace("\\", "/"))
        if name.startswith(("../", "/")):
            return None
        stem = posixpath.splitext(posixpath.basename(self.uri))[0]
        tried = (name, name.removeprefix(f"{stem}/"), f"{stem}/{name}")
        return next((self.members[each] for each in tried if each in self.members), None)

    def read(self, member: Member) -> bytes:
        """Bytes of a member.

        Raises:
            VqaFault: outside-folder (a link, or a name that climbs out) or unreadable.
        """
        what = f"{shown(member.name)} in {shown(member.archive)}"
        if member.fault:
            raise VqaFault("outside-folder", f"{what} {member.fault}; write the picture itself into the archive")
        if member.size > MOST_BYTES:
            raise VqaFault("unreadable", f"{what} is longer than {MOST_BYTES} bytes; drop the row")
        try:
            content = self._read(member.name)
        except DAMAGED as error:
            raise VqaFault("unreadable", f"{what} is damaged or locked ({error}); write it again") from error
        if len(content) > MOST_BYTES:
            raise VqaFault("unreadable", f"{what} is longer than {MOST_BYTES} bytes; drop the row")
        return content

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


Reader = Callable[[str], bytes]


def _opened(uri: str, file: Any) -> tuple[Reader, Iterator[Member]]:
    if uri.lower().endswith(ARRAY):
        return _array(uri, file)
    return _zip(uri, file) if zipfile.is_zipfile(file) else _tar(uri, file)


def _zip(uri: str, file: Any) -> tuple[Reader, Iterator[Member]]:
    archive = zipfile.ZipFile(file)

    def read(name: str) -> bytes:
        with archive.open(name) as member:
            return member.read(MOST_BYTES + 1)

    found = (
        Member(uri, each.filename, each.file_size, f"{each.CRC:08x}", refused(each.filename, _is_link(each)), True)
        for each in archive.infolist()[:MOST_MEMBERS]
        if not each.is_dir()
    )
    return read, found


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _tar(uri: str, file: Any) -> tuple[Reader, Iterator[Member]]:
    """Uncompressed ones: of others each member would cost all that stand before it."""
    file.seek(0)
    archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 (its file is closed by `Archive`)
    by_name: dict[str, tarfile.TarInfo] = {}

    def read(name: str) -> bytes:
        file.seek(by_name[name].offset_data)
        return bytes(file.read(min(by_name[name].size, MOST_BYTES + 1)))

    def found() -> Iterator[Member]:
        for each in archive:
            if not each.isdir():
                by_name.setdefault(each.name, each)
                mark = f"{each.offset_data} {each.mtime}"
                yield Member(uri, each.name, each.size, mark, refused(each.name, not each.isreg()))

    return read, found()


def _array(uri: str, file: Any) -> tuple[Reader, Iterator[Member]]:
    array = ArrayFile(file)
    found = (Member(uri, str(at), array.picture_bytes, str(at)) for at in range(min(array.count, MOST_MEMBERS)))
    return lambda name: array.png(int(name)), found


def refused(name: str, link: bool) -> str:
    """Why a member is not read, "" where it is."""
    if link:
        return "is a link or a device"
    return "climbs out of it" if name.startswith("/") or ".." in name.replace("\\", "/").split("/") else ""


def archives_in(folder: str, storage: dict[str, Any], endings: tuple[str, ...]) -> list[str]:
    """URIs of the archives in a folder, sorted; none where it cannot be listed."""
    try:
        if is_local(folder):
            names = [each.name for each in os.scandir(folder) if each.is_file()]
            return sorted(os.path.join(folder, name) for name in names if name.lower().endswith(endings))
        fs, path = filesystem(folder, storage)
        paths = (str(each["name"]) for each in fs.ls(path, detail=True) if each.get("type") == "file")
        named = sorted(posixpath.basename(each) for each in paths if each.lower().endswith(endings))
        return [f"{folder.rstrip('/')}/{name}" for name in named]
    except OSError:
        return []
