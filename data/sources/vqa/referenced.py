"""Image files that the rows of a file name: how large they are, and what tells that one of them changed."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import Rejection, RowFault, VqaFault
from contextpairs.data.sources.files.files import filesystem, fingerprint, is_local
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa.archives import Member
from contextpairs.data.sources.vqa.fields import FieldsOfRow
from contextpairs.data.sources.vqa.image_files import Lookup
from contextpairs.data.sources.vqa.pictures import Picture, picture_of
from contextpairs.data.sources.vqa.places import Home
from contextpairs.data.sources.vqa.row_limits import check_record
from contextpairs.data.sources.vqa.row_questions import questions_of
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions

CHEAP_BYTES = 64 * 2**20
"""Bytes of local images of a file up to which their content is hashed; beyond, size and time of change stand for it."""
ROW_BYTES = 1024
"""About what a row's texts take."""


class Mark(NamedTuple):
    """An image file as it was found: its URI ("" where there is none), bytes, and what changes with its content."""

    uri: str
    size: int
    tag: str


ABSENT = Mark("", 0, "absent")


class References:
    """Image files named so far by the rows of one file."""

    def __init__(self, home: Home, options: VqaOptions) -> None:
        self.home = home
        self._lookup = Lookup(home)
        self.mapping = options.mapping()
        self.marks: dict[str, Mark] = {}
        self._listings: dict[str, dict[str, Mark]] = {}

    def cost(self, record: Any) -> int:
        """Bytes that reading a row takes in; an image counts for the first row that names it."""
        picture = self._picture(record)
        if picture is None:
            return ROW_BYTES
        written = picture.written()
        if not written or written in self.marks:
            return ROW_BYTES + picture.size()
        mark = self.marks[written] = self._mark(picture)
        return ROW_BYTES + mark.size

    def digest(self, own: str) -> str:
        """64 hex digits of a file's own fingerprint and of all images that it names."""
        if not self.marks:
            return own
        cheap = sum(mark.size for mark in self.marks.values()) <= CHEAP_BYTES
        content = [own, *(f"{place} {self._tag(mark, cheap)}" for place, mark in self.marks.items())]
        return hashlib.sha256("\n".join(content).encode("utf-8", "surrogateescape")).hexdigest()

    def _picture(self, record: Any) -> Picture | None:
        if not isinstance(record, dict):
            return None
        try:
            found = guarded(partial(self._named, record), "read", "", 0)
        except (VqaFault, RowFault):
            return None
        # What raises is told when the row is read.
        return None if isinstance(found, Rejection) else found

    def _named(self, record: dict[str, Any]) -> Picture:
        check_record(record)
        row = FieldsOfRow(record, self.mapping)
        return picture_of(row, questions_of(row).turns)

    def _mark(self, picture: Picture) -> Mark:
        try:
            for place in self._lookup.places(picture):
                if found := _member_mark(place) if isinstance(place, Member) else self._found(place):
                    self._lookup.worked(picture, place)
                    return found
        except VqaFault:
            pass
        return ABSENT

    def close(self) -> None:
        """Give open archives back."""
        self._lookup.close()

    def _found(self, uri: str) -> Mark | None:
        if is_local(uri):
            return _local_mark(uri)
        # The archive that an image is in is among the files of its source.
        if "::" in uri:
            return None
        folder = posixpath.dirname(uri)
        if folder not in self._listings:
            self._listings[folder] = {mark.uri: mark for mark in _listing(folder, self.home.storage)}
        return self._listings[folder].get(uri)

    def _tag(self, mark: Mark, cheap: bool) -> str:
        if cheap and os.path.isfile(mark.uri):
            return fingerprint(mark.uri, {})
        return f"{mark.size} {mark.tag}"


def _listing(folder: str, storage: dict[str, Any]) -> Iterable[Mark]:
    """Files of a remote folder: one request for all of them, where one for each would take hours.

    Raises:
        SourceError: the storage fails.
    """
    fs, path = filesystem(folder, storage)
    fs.invalidate_cache(path)
    try:
        entries = fs.ls(path, detail=True)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    except OSError as error:
        raise SourceError(f"{folder}: images cannot be listed ({error}); see to the storage, start again") from error
    return [
        Mark(f"{folder}/{posixpath.basename(entry['name'])}", int(entry.get("size") or 0), _remote_tag(entry))
        for entry in entries
        if entry.get("type") != "directory"
    ]


def _remote_tag(entry: dict[str, Any]) -> str:
    names = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "created")
    return next((str(entry[name]) for name in names if entry.get(name)), "")


def _member_mark(member: Member) -> Mark:
    """A member of an archive; where the archive keeps no checksum of it, the archive's time of change stands for it."""
    changed = "" if member.checked or not is_local(member.archive) else str(os.stat(member.archive).st_mtime_ns)
    return Mark(f"{member.archive}::{member.name}", member.size, f"{changed} {member.mark}")


def _local_mark(uri: str) -> Mark | None:
    try:
        status = os.stat(uri)
    except (OSError, ValueError):
        return None
    return Mark(uri, status.st_size, str(status.st_mtime_ns)) if stat.S_ISREG(status.st_mode) else None
