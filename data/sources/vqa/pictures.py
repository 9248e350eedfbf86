"""The one image of a row: its bytes, or where they are."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from contextpairs.data.sources.files.faults import VqaFault, shown, wrong_type
from contextpairs.data.sources.files.json_text import unpacked
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.advice import advice
from contextpairs.data.sources.vqa.chat import ChatTurn
from contextpairs.data.sources.vqa.fields import Field, FieldsOfRow
from contextpairs.data.sources.vqa.texts import blank
from contextpairs.data.sources.vqa.wording import NUMBERED

HELD = ("bytes", "base64", "data")
PLACED = ("path", "image", "url", "image_url", "file_name", "filename")
BASE64_STARTS = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "Qk", "SUkq", "TU0A")
"""How images begin in base64: PNG, JPEG, GIF, WebP, BMP, TIFF."""
BASE64 = re.compile(r"[A-Za-z0-9+/=_\-\s]+")
SPLIT = ("split", "data_split", "set_name", "dataset_split")
SHORTEST_BASE64 = 64
DATA_URL = re.compile(r"data:[^,]{0,200},", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """The image of a row.

    Attributes:
        name: its file name as it came, or None.
        content: its bytes, or None.
        encoded: its bytes as base64 or data URL, or "".
        place: path or URL as it is written, or "".
        others: paths that it may stand for where there is no file at `place`.
        number: what tells it where no path does, or what it holds is none: its place in an array, or its file's name
            without the ending; or "".
        split: the split of its row, or "".
    """

    name: str | None = None
    content: bytes | None = None
    encoded: str = ""
    place: str = ""
    others: tuple[str, ...] = ()
    number: str = ""
    split: str = ""

    def written(self) -> str:
        """What tells it from other pictures that a row names, "" where the row holds it."""
        return "\n".join(filter(None, (self.place, *self.others, self.number and f"{self.split} {self.number}")))

    def size(self) -> int:
        """Bytes that the row itself holds of it, about."""
        return len(self.content or b"") + len(self.encoded) * 3 // 4


def picture_of(row: FieldsOfRow, turns: Sequence[ChatTurn]) -> Picture:
    """The image of a row.

    Args:
        row: its columns.
        turns: its conversation, whose image counts where no column holds one.

    Raises:
        VqaFault: no-image-given, several-images.
        RowFault: the image is of a type that holds none.
    """
    if "image_id" in row.mapped:
        return _numbered_picture(row)
    found = row.find("image", fields.IMAGE)
    given = _listed(found) if found else []
    if "image" not in row.mapped:
        given += [each for each in _numbered(row) if each.value not in [one.value for one in given]]
        given = given or [image for turn in turns for image in turn.images]
        given = _distinct(given)
    if not given:
        return _numbered_picture(row)
    if len(given) > 1:
        columns = ", ".join(dict.fromkeys(repr(each.column) for each in given))
        detail = f"{len(given)} images in {columns}; expected one image a row, split or drop the row"
        raise VqaFault("several-images", detail)
    return _with_others(_picture(given[0]), row)


def _distinct(given: Sequence[Field]) -> list[Field]:
    """Each path once: a text may name a picture in several turns."""
    found: list[Field] = []
    for each in given:
        if not isinstance(each.value, str) or each.value not in [one.value for one in found]:
            found.append(each)
    return found


def _numbered_picture(row: FieldsOfRow) -> Picture:
    """The image of a row that tells its number alone.

    Raises:
        VqaFault: no-image-given.
    """
    found = None if "image" in row.mapped else row.find("image_id", fields.IMAGE_ID)
    number = found.value if found else None
    if isinstance(number, (str, int)) and not isinstance(number, bool) and not blank(number):
        name = str(number).strip()
        place = name if fields.IMAGE_FILE.search(name) else ""
        return Picture(place=place, number="" if place else name, split=row.text("split", SPLIT))
    found_none = f"no column holds an image (columns: {row.columns()})"
    shape = "add a column `image` with its path, or `image_id` with its file's name or its place in an array"
    raise VqaFault("no-image-given", f"{found_none}; {advice(row, 'image') or advice(row, 'image_id') or shape}")


def _with_others(picture: Picture, row: FieldsOfRow) -> Picture:
    """A picture whose path may begin in a folder: that of its row, as ScienceQA has it, or one of the usual ones."""
    if not picture.place or "://" in picture.place or "::" in picture.place or picture.place.startswith("/"):
        return picture
    split = row.text("split", SPLIT)
    picture = replace(picture, number=picture.place, split="" if "/" in split or split in (".", "..") else split)
    key = row.text("id", fields.ID)
    if not fields.IMAGE_FILE.search(picture.place) or "/" in picture.place or "\\" in picture.place:
        return picture
    longer = tuple(place for place in _paths(row) if place.endswith(f"/{picture.place}"))
    if not key or {split, key} & {".", ".."} or "/" in split + key:
        return replace(picture, others=longer)
    folders = (f"{split}/{key}", f"images/{split}/{key}") if split else ()
    others = tuple(f"{folder}/{picture.place}" for folder in (*folders, key, f"images/{key}"))
    return replace(picture, others=(*longer, *others))


def _paths(row: FieldsOfRow) -> Iterator[str]:
    """Paths in other columns of the picture."""
    found = (row.column(name) for name in fields.IMAGE)
    yield from (each.value for each in found if each and isinstance(each.value, str))


def pictures_of(row: FieldsOfRow, turns: Sequence[ChatTurn]) -> list[Picture]:
    """All images of a row, wherever it holds them.

    Raises:
        VqaFault: no-image-given.
        RowFault: one is of a type that holds none.
    """
    found = row.find("image", fields.IMAGE)
    given = [
        *(_listed(found) if found else []),
        *row.numbered_images(),
        *(each for turn in turns for each in turn.images),
    ]
    if not given or "image_id" in row.mapped:
        return [_numbered_picture(row)]
    return [_with_others(_picture(each), row) for each in given]


def _listed(found: Field) -> list[Field]:
    value = unpacked(found.value, ("{", "["))
    if isinstance(value, dict) and value and all(NUMBERED.fullmatch(name) for name in value):
        value = list(value.values())
    values = value if isinstance(value, list) else [value]
    return [Field(found.column, value) for value in values if not blank(value)]


def _numbered(row: FieldsOfRow) -> list[Field]:
    """Images in columns such as image_2; what is no image there, as a number, is none."""
    listed = [each for found in row.numbered_images() for each in _listed(found)]
    return [each for each in listed if isinstance(each.value, (str, bytes, dict))]


def _picture(found: Field) -> Picture:
    value = found.value
    if isinstance(value, dict):
        return _of_struct(found.column, value)
    if isinstance(value, bytes):
        return Picture(content=value)
    if not isinstance(value, str):
        raise wrong_type(found.column, "an image: bytes, {bytes, path}, a path, or base64", value)
    if holds_picture(value):
        return Picture(encoded=value)
    return Picture(name=_name(value), place=value.strip())


def _of_struct(column: str, value: dict[str, Any]) -> Picture:
    place = next((value[name] for name in PLACED if not blank(value.get(name))), None)
    held = next((value[name] for name in HELD if not blank(value.get(name))), None)
    name = _name(place) if isinstance(place, str) and not DATA_URL.match(place) else None
    if isinstance(held, bytes):
        return Picture(name, content=held)
    if isinstance(held, str):
        return Picture(name, encoded=held)
    if held is None and isinstance(place, (str, bytes)):
        return _picture(Field(column, place))
    if held is None and isinstance(place, dict) and isinstance(inner := place.get("url"), str):
        return _picture(Field(f"{column}.url", inner))
    raise wrong_type(column, "an image: bytes, {bytes, path}, a path, or base64", value)


def holds_picture(value: str) -> bool:
    """Whether a text is a data URL, or an image in base64."""
    return DATA_URL.match(value) is not None or _is_base64(value)


def _is_base64(value: str) -> bool:
    if len(value) < SHORTEST_BASE64 or not value.lstrip().startswith(BASE64_STARTS):
        return False
    return BASE64.fullmatch(value) is not None and "." not in value


def _name(place: str) -> str | None:
    return posixpath.basename(place.split("?", 1)[0].replace("\\", "/").rstrip("/")) or None


def decoded(encoded: str) -> bytes:
    """Bytes of base64 or of a data URL.

    Raises:
        VqaFault: unreadable.
    """
    head = DATA_URL.match(encoded)
    body = encoded[head.end() :] if head else encoded
    if head and "base64" not in head.group().lower():
        return unquote_to_bytes(body)
    body = "".join(body.split()).translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        detail = f"image {shown(encoded)} is not base64 ({error}); encode it again or drop the row"
        raise VqaFault("unreadable", detail) from error
