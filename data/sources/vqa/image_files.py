"""The images that rows name: as files, in archives beside the rows, or by their numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import chain
from typing import Literal, NamedTuple

from contextpairs.data.sources.files.faults import VqaFault, shown
from contextpairs.data.sources.vqa.archives import ARRAY, ENDINGS, Archive, Member, archives_in
from contextpairs.data.sources.vqa.fields import IMAGE_FILE
from contextpairs.data.sources.vqa.pictures import Picture, decoded
from contextpairs.data.sources.vqa.places import ABSENT, Home, read_file, shown_path

FOLDERS = (
    "", "images/", "image/", "imgs/", "img/", "png/", "jpg/", "pictures/", "photos/", "train_images/", "val_images/",
    "test_images/", "VG_100K/", "VG_100K_2/", "{split}/", "images/{split}/", "{split}/images/",
    "{split}2014/", "{split}2017/",
)  # fmt: skip
"""Where data sets keep pictures that their rows tell by number."""
NAMES = ("{number}", "{padded}", "COCO_{split}2014_{padded}")
SUFFIXES = (".jpg", ".png", ".jpeg", ".webp", ".gif", ".bmp", "")
PADDED = 12
"""Digits of the numbers in COCO's file names."""
FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
WITHIN = ("zip://", "tar://")
Place = str | Member


class _Way(NamedTuple):
    """How a number becomes a path."""

    folder: str
    name: str
    suffix: str

    def path(self, picture: Picture) -> str:
        texts = {"number": picture.number, "padded": picture.number.zfill(PADDED), "split": picture.split}
        return f"{self.folder}{self.name}{self.suffix}".format(**texts)


WAYS = tuple(_Way(folder, name, suffix) for folder in FOLDERS for name in NAMES for suffix in SUFFIXES)
WAYS_OF_PATHS = tuple(_Way(folder, NAMES[0], "") for folder in FOLDERS[1:])
"""Of what is a path already: the folders that it may begin in."""


class Lookup:
    """Finds the files of images, and remembers in which way numbers became paths; a context manager of its archives."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._archives: dict[str, Archive | VqaFault] = {}
        self._beside: dict[tuple[str, ...], list[str]] = {}
        self._way: _Way | None = None

    def places(self, picture: Picture) -> Iterator[Place]:
        """Where an image may be, the likeliest first; members of archives are there.

        Raises:
            VqaFault: remote-image, outside-folder, or unreadable: an archive is damaged.
        """
        if picture.place:
            yield from self._placed(picture)
        if picture.number:
            yield from self._numbered(picture)

    def _placed(self, picture: Picture) -> Iterator[Place]:
        written = picture.place
        if written.startswith(WITHIN) and written.count("::") == 1:
            inner, outer = written.split("://", 1)[1].split("::")
            yield from self._within(inner, outer, written)
            return
        named = list(dict.fromkeys(form for each in (written, *picture.others) for form in _forms(each)))
        for each in named:
            yield from self.home.candidates(each)
        for each in named if "://" not in written else ():
            yield from self._members(each)

    def worked(self, picture: Picture, place: Place) -> None:
        """Remember the way that led to an image."""
        if not picture.number or not isinstance(place, str):
            return
        if self._way is None or place not in self._candidates(self._way.path(picture)):
            ways = WAYS_OF_PATHS if IMAGE_FILE.search(picture.number) else WAYS
            self._way = next((way for way in ways if place in self._candidates(way.path(picture))), None)

    def read(self, member: Member) -> bytes:
        """Bytes of a member of an archive.

        Raises:
            VqaFault: outside-folder, unreadable.
        """
        return self._open(member.archive).read(member)

    def close(self) -> None:
        """Give open archives back."""
        for each in self._archives.values():
            if isinstance(each, Archive):
                each.close()
        self._archives.clear()

    def _numbered(self, picture: Picture) -> Iterator[Place]:
        is_path = IMAGE_FILE.search(picture.number) is not None
        if ".." in picture.number or (not is_path and ("/" in picture.number or "\\" in picture.number)):
            if picture.place:
                return
            raise self.home.outside(picture.number)
        ways = WAYS_OF_PATHS if is_path else WAYS
        leads_out: VqaFault | None = None
        for way in (self._way, *ways) if self._way in ways else ways:
            if picture.split or "{split}" not in way.folder + way.name:
                try:
                    yield from self.home.candidates(way.path(picture))
                except VqaFault as fault:
                    leads_out = leads_out or fault
        if leads_out and not picture.place:
            raise leads_out
        if is_path:
            return
        for folder in ("", "images/"):
            for suffix in SUFFIXES[:-1]:
                yield from self._members(f"{folder}{picture.number}{suffix}")
        arrays = self._listed((ARRAY,))
        if len(arrays) == 1 and picture.number.isdecimal() and (found := self._open(arrays[0]).find(picture.number)):
            yield found

    def _candidates(self, written: str) -> list[str]:
        try:
            return self.home.candidates(written)
        except VqaFault:
            return []

    def _within(self, inner: str, outer: str, written: str) -> Iterator[Member]:
        """A member of the archive that a path names itself.

        Raises:
            VqaFault: outside-folder, missing-image, unreadable.
        """
        candidates = self._candidates(outer)
        if not candidates:
            raise self.home.outside(written)
        for uri in candidates:
            try:
                found = self._open(uri).find(inner)
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                continue
            if found is None:
                raise VqaFault("missing-image", f"archive {shown(uri)} has no {shown(inner)}; correct the row")
            yield found
            return
        raise VqaFault("missing-image", f"no archive for {shown(written)}; put it beside the rows, or set image_root")

    def _members(self, written: str) -> Iterator[Member]:
        """Members of the archives beside the rows that a path may stand for.

        Raises:
            VqaFault: missing-image: several archives have one, and not the same.
        """
        found = [member for uri in self._listed(ENDINGS) if (member := self._open(uri).find(written))]
        if len({(each.size, each.mark) for each in found}) > 1:
            named = ", ".join(shown(each.archive) for each in found)
            detail = f"{shown(written)} is in several archives ({named})"
            raise VqaFault("missing-image", f"{detail}; name the archive: zip://{written}::ARCHIVE")
        yield from found[:1]

    def _listed(self, endings: tuple[str, ...]) -> list[str]:
        if endings not in self._beside:
            bases = self.home.bases
            listed = ([base] if base.lower().endswith(endings) else archives_in(base, self.home.storage, endings)
                      for base in bases)  # fmt: skip
            found = dict.fromkeys(chain.from_iterable(listed))
            self._beside[endings] = [uri for uri in found if self.home.covers(uri)]
        return self._beside[endings]

    def _open(self, uri: str) -> Archive:
        found = self._archives.get(uri)
        if found is None:
            try:
                found = Archive(uri, self.home.storage)
            except VqaFault as fault:
                found = fault
            self._archives[uri] = found
        if isinstance(found, VqaFault):
            raise found
        return found


def _forms(written: str) -> tuple[str, ...]:
    """A path as it came, and with its accents composed and apart: systems store one name in either form."""
    return (written,) if written.isascii() else (written, *(unicodedata.normalize(form, written) for form in FORMS))


class ImageFiles:
    """Reads the images of rows, one at a time; rows that follow one another share the bytes of one image."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._lookup = Lookup(home)
        self._last: tuple[str, bytes] = ("", b"")

    def load(self, picture: Picture) -> bytes:
        """Bytes of an image.

        Raises:
            VqaFault: missing-image, outside-folder, remote-image or unreadable.
            OSError: storage fails: the work is owed again.
        """
        written = picture.written()
        if written and written == self._last[0]:
            return self._last[1]
        content = self._content(picture)
        if not content:
            raise VqaFault("unreadable", f"image {shown(picture.place)} has 0 bytes; write it again or drop the row")
        if content == self._last[1]:
            content = self._last[1]
        self._last = (written, content)
        return content

    def close(self) -> None:
        """Give open archives back."""
        self._lookup.close()

    def _content(self, picture: Picture) -> bytes:
        if picture.content is not None:
            return picture.content
        if picture.encoded:
            return decoded(picture.encoded)
        tried: list[str] = []
        for place in self._lookup.places(picture):
            content = self._lookup.read(place) if isinstance(place, Member) else read_file(place, self.home.storage)
            if content is not None:
                self._lookup.worked(picture, place)
                return content
            tried += [place] if isinstance(place, str) else []
        raise VqaFault("missing-image", self._missing(picture, tried))

    def _missing(self, picture: Picture, tried: list[str]) -> str:
        if picture.place:
            where = shown_path(" or ".join(tried[: len(self.home.bases)]))
            return f"no readable image file at {where}; put it there, or set image_root"
        like = f"{picture.number}.jpg or images/{picture.number}.jpg"
        return f"no image file for the number {picture.number}: expected {like}, or a column `image` with its path"
