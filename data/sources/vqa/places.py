"""Where image files may be that rows name: only within what the user named, never fetched from the web."""

from __future__ import annotations

import errno
import os
import posixpath
from dataclasses import dataclass, field
from typing import Any

from contextpairs.data.sources.files.faults import VqaFault, shown
from contextpairs.data.sources.files.files import is_local, open_file
from contextpairs.data.sources.files.hub import PREFIX, hub_source
from contextpairs.data.sources.trajectories.partition import Piece, SourceError
from contextpairs.data.sources.vqa.archives import DAMAGED
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions

WEB = ("http", "https", "ftp")
ARCHIVES = ("zip", "tar")
ABSENT = frozenset(
    {errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP,
     errno.EINVAL}
)  # fmt: skip
MOST_BYTES = 2**28
"""Bytes of the largest image file that is taken into memory."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the rows of a file are at home.

    Attributes:
        folder: folder or URL that relative paths start from.
        roots: folders and URLs that paths may lead into.
        inside: folders that the files of those may be in, links resolved.
        bases: what a relative path is tried from, in this order.
        protocols: protocols that the user gave options for: URLs with them may be read.
        storage: fsspec options by protocol.
    """

    folder: str
    roots: tuple[str, ...]
    inside: tuple[str, ...]
    bases: tuple[str, ...]
    protocols: frozenset[str]
    storage: dict[str, Any] = field(hash=False)

    def candidates(self, written: str) -> list[str]:
        """Paths and URLs that a written path may stand for, the likeliest first.

        Raises:
            VqaFault: remote-image or outside-folder.
        """
        if "::" in written:
            return self._in_archives(written)
        written = written.removeprefix("file://") if written.startswith("file://") else written
        protocol = written.split("://", 1)[0].lower() if "://" in written else ""
        if protocol in WEB:
            raise VqaFault("remote-image", f"image {shown(written)} is on the web; download it, and name its file")
        if protocol:
            found = [_normal(written)]
        elif os.path.isabs(written):
            found = [os.path.normpath(written)]
        else:
            found = [_joined(base, written.replace("\\", "/")) for base in self.bases]
        allowed = [uri for uri in found if protocol in self.protocols or self.covers(uri)]
        # A file that is there, behind a link that leads out, is not passed over for one that is not there.
        if len(allowed) < len(found) and any(map(os.path.exists, {*found} - {*allowed})):
            allowed = [uri for uri in allowed if os.path.exists(uri)]
        if not allowed:
            raise self.outside(written)
        return allowed

    def _in_archives(self, written: str) -> list[str]:
        """A chain of archives that fsspec opens."""
        *inner, outer = written.split("::")
        if not outer or not all(hop.split("://", 1)[0] in ARCHIVES for hop in inner):
            raise self.outside(written)
        return ["::".join([*inner, uri]) for uri in self.candidates(outer)]

    def covers(self, uri: str) -> bool:
        """Whether a path, its links resolved, or a URL is within what the user named."""
        if is_local(uri) and os.path.lexists(uri):
            return _within(os.path.realpath(uri), self.inside)
        return _within(uri, self.roots)

    def outside(self, written: str) -> VqaFault:
        """The fault of a path that leads elsewhere."""
        allow = "set image_root to its folder, links resolved, or name its protocol in storage, to allow it"
        return VqaFault("outside-folder", f"image {shown(written)} is outside {shown(self.folder)}; {allow}")


def home_of(piece: Piece, options: VqaOptions) -> Home:
    """Where the rows of a piece are at home."""
    folder = _absolute(piece.root if piece.format == "hf" else _folder(piece.uri))
    more = (_absolute(os.path.expanduser(options.image_root)),) if options.image_root else ()
    root = _absolute(piece.root) if piece.root else folder
    # A named folder is the base of its rows' paths too: annotations lie in a folder of their own as often as not.
    bases = tuple(dict.fromkeys((*more, folder, root)))
    roots = (root, *more)
    inside = tuple(place for each in roots if is_local(each) for place in _resolved(each))
    return Home(folder, roots, inside, bases, frozenset(options.storage), options.storage)


def _resolved(root: str) -> tuple[str, ...]:
    """A folder, links resolved; of a snapshot in the hub's cache, whose files are links, the data set's blobs too."""
    place = os.path.realpath(root)
    data_set, snapshots, _ = f"{place}/".partition("/snapshots/")
    blobs = os.path.join(data_set, "blobs")
    return (place, blobs) if snapshots and os.path.isdir(blobs) else (place,)


def _within(place: str, folders: tuple[str, ...]) -> bool:
    return any(place == each or place.startswith(each.rstrip("/") + "/") for each in folders)


def _folder(uri: str) -> str:
    return os.path.dirname(uri) if is_local(uri) else uri.rsplit("/", 1)[0]


def hub_root(uri: str) -> str:
    """Folder of a data set, or the URL of its revision on the hub."""
    named = hub_source(uri)
    if os.path.isdir(named.name):
        return named.name
    return f"{PREFIX}//datasets/{named.name}{f'@{named.revision}' if named.revision else ''}"


def _absolute(uri: str) -> str:
    return os.path.abspath(uri) if is_local(uri) else _normal(uri)


def _normal(uri: str) -> str:
    """A URL without `.` and `..`: one that climbs out is seen to."""
    protocol, _, path = uri.partition("://")
    # The one file system that takes two and three slashes for the same.
    path = f"/{path.lstrip('/')}" if protocol.lower() == "memory" else path
    return f"{protocol.lower()}://{posixpath.normpath(path) if path else ''}"


def _joined(base: str, written: str) -> str:
    return os.path.normpath(os.path.join(base, written)) if is_local(base) else _normal(f"{base}/{written}")


def shown_path(path: str) -> str:
    """A path for people, whole as far as a message has room."""
    return ascii(path)[1:-1][-250:]


def read_file(uri: str, storage: dict[str, Any]) -> bytes | None:
    """Bytes of a file, or None where there is no file that could be read."""
    try:
        if is_local(uri) and not os.path.isfile(uri):
            return None
        with open_file(uri, storage) as file:
            content = file.read(MOST_BYTES + 1)
    except DAMAGED as error:
        # Of what is no archive these are names that no file can have.
        if "::" in uri and not isinstance(error, SourceError):
            detail = f"image {shown_path(uri)} is in a damaged archive ({error}); copy it again"
            raise VqaFault("unreadable", detail) from error
        return None
    except OSError as error:
        if isinstance(error, (FileNotFoundError, PermissionError)) or error.errno in ABSENT:
            return None
        raise
    if len(content) > MOST_BYTES:
        raise VqaFault("unreadable", f"image {shown_path(uri)} is longer than {MOST_BYTES} bytes; drop the row")
    return content
