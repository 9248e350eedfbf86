"""Rows that a JSON document wraps: in a list under a name, by their ids, by column, or as lists themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.json_text import BOM, WHOLE_BYTES, around, elements, members, parse
from contextpairs.data.sources.files.limits import Overlong
from contextpairs.data.sources.files.stream import blocks
from contextpairs.data.sources.trajectories.partition import Piece
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.chat import is_chat
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.texts import blank, spelled, texts_in
from contextpairs.data.sources.vqa.wrapped_rows import (
    pictures_of_list,
    placed,
    row_by_id,
    row_of,
    rows_of_columns,
)

NAME = re.compile(rb'\s*"((?:[^"\\]|\\.)*)"\s*:\s*')
IMAGES = "images"
"""The list that tells pictures by their ids, as COCO has it."""
WRAPPER = "wrapper"
"""The column under which rows have what their document says beside them."""
ABOUT = frozenset({"info", "licenses", "categories", "types", IMAGES})
"""What documents say of the set: who made it, its licences, and names of its kinds."""
BLANK = b" \t\r\n,"


@dataclass(frozen=True, slots=True)
class DocumentPiece(Piece):
    """Rows of one document, by their places in it."""

    beside: tuple[tuple[str, Any], ...] = ()
    """Members of the document whose texts may be a part of what its rows ask."""


class Layout(NamedTuple):
    """How a document holds its rows.

    Attributes:
        rows: gives them, each a dict, or a fault.
        names: members that hold them, or tell of their pictures.
    """

    rows: Callable[[], Iterator[Any]]
    names: frozenset[str]


def document_of(whole: Piece, storage: dict[str, Any], mapping: ColumnMapping) -> DocumentPiece | None:
    """The rows that a document wraps as one piece, or None where the file's own elements are its rows."""
    head = _head(whole.uri, storage)
    layout = _layout(head, whole.uri, storage, mapping)
    if layout is None:
        return None
    beside = tuple(
        (name, value)
        for name, value in _beside(head, layout, whole.uri, storage)
        if next(texts_in(f"{WRAPPER}.{name}", value, ColumnMapping(), fields.READ), None)
    )
    return DocumentPiece(whole.uri, "json", 0, -1, root=whole.root, beside=beside)


def document_rows(
    piece: DocumentPiece, storage: dict[str, Any], mapping: ColumnMapping, only: range | None = None
) -> Iterator[tuple[int, Any]]:
    """(place in the document, row or RowFault) of each row."""
    layout = _layout(_head(piece.uri, storage), piece.uri, storage, mapping)
    assert layout is not None, f"{piece.uri}: planned as a document that wraps rows"
    added = {WRAPPER: dict(piece.beside)} if piece.beside else {}
    rows = layout.rows()
    number = -1
    while only is None or number + 1 < only.stop:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except RowFault as fault:
            yield number, fault
            return
        if only is None or number in only:
            yield number, {**row, **added} if isinstance(row, dict) else row


class _Head(NamedTuple):
    """The beginning of a file, and its value where that is all of it.

    Attributes:
        text: its first bytes.
        value: None where there are more, where it is no JSON, or where a row of it is beyond the limits.
        streams: whether its rows are to be cut out of its text one by one.
    """

    text: bytes
    value: Any
    streams: bool = False


def _head(uri: str, storage: dict[str, Any]) -> _Head:
    text = b""
    try:
        for block in blocks(uri, storage):
            text += block
            if len(text) > WHOLE_BYTES:
                return _Head(text.removeprefix(BOM), None, streams=True)
        return _Head(text.removeprefix(BOM), parse(text.removeprefix(BOM)))
    except RowFault as fault:
        return _Head(text.removeprefix(BOM), None, streams=fault.reason == "too-costly")


def _layout(head: _Head, uri: str, storage: dict[str, Any], mapping: ColumnMapping) -> Layout | None:
    if isinstance(head.value, dict):
        return _of_object(head.value, mapping)
    if isinstance(head.value, list):
        lists = any(isinstance(each, list) for each in head.value[:1])
        return Layout(lambda: map(row_of, head.value), frozenset()) if lists else None
    return _of_stream(head.text, uri, storage, mapping) if head.streams else None


def _of_object(value: dict[str, Any], mapping: ColumnMapping) -> Layout | None:
    """The layout of a whole document; None for an object that is a row."""
    if columns := rows_of_columns(value, mapping):
        return Layout(lambda: iter(columns), frozenset(value))
    if not value or _is_row(value, mapping):
        return None
    pictures_ask = _holds_rows(value.get(IMAGES)) and _asks(value[IMAGES][0], mapping)
    about = ABOUT - {IMAGES} if pictures_ask else ABOUT
    lists = {name: each for name, each in value.items() if name not in about and _holds_rows(each)}
    if lists and len(lists) == len(value) and all(_of_one_picture(*each, mapping) for each in lists.items()):
        return Layout(lambda: map(row_by_id, value, value.values()), frozenset(value))
    asking = {name: each for name, each in lists.items() if _asks(each[0], mapping)} or lists
    if asking:
        tell = _picture_lists(value, asking, mapping)
        pictures = pictures_of_list(chain.from_iterable(tell.values()), mapping)
        rows = partial(_placed_rows, asking.values(), pictures, mapping)
        return Layout(rows, frozenset({*asking, *tell}))
    if all(isinstance(each, dict) for each in value.values()):
        inner = next((found for each in value.values() if (found := _inner(each, mapping))), None)
        return inner or (
            Layout(lambda: map(row_by_id, value, value.values()), frozenset(value)) if _alike(value) else None
        )
    return None


def _picture_lists(value: dict[str, Any], asking: dict[str, Any], mapping: ColumnMapping) -> dict[str, list[Any]]:
    """Lists of a document that tell pictures by their ids: COCO's, or all that ask nothing where the id is mapped."""
    names = value.keys() - asking.keys() if "image_id" in mapping.fields else {IMAGES}
    return {name: each for name, each in value.items() if name in names and _holds_rows(each)}


def _placed_rows(lists: Iterable[list[Any]], pictures: dict[str, str], mapping: ColumnMapping) -> Iterator[Any]:
    return (placed(row_of(row), pictures, mapping) for each in lists for row in each)


def _inner(value: dict[str, Any], mapping: ColumnMapping) -> Layout | None:
    """The layout of an object within the document, where it holds a list of rows."""
    lists = [each for each in value.values() if _holds_rows(each) and _asks(each[0], mapping)]
    found = _of_object(value, mapping) if lists and not _is_row(value, mapping) else None
    return found._replace(names=frozenset()) if found else None


def _is_row(value: dict[str, Any], mapping: ColumnMapping) -> bool:
    """Whether an object asks something itself."""
    if column := mapping.fields.get("question"):
        return column.split(".", 1)[0] in value
    row = fields.FieldsOfRow(value, mapping)
    asked = [found.value for name in (*fields.QUESTION, *fields.CHAT) if (found := row.column(name))]
    shows = any((found := row.column(name)) and _is_place(found.value) for name in (*fields.IMAGE, *fields.IMAGE_ID))
    wraps = any(_holds_rows(each) and _asks(each[0], mapping) for each in value.values() if not is_chat(each))
    if any(is_chat(each) for each in asked) or (any(map(_is_text, asked)) and (shows or not wraps)):
        return True
    return shows and any(row.column(name) for name in (*fields.QUESTION, *fields.PAIRS))


def _is_text(asked: Any) -> bool:
    """Whether a value asks, or several texts do."""
    return isinstance(asked, str) or (isinstance(asked, list) and bool(asked) and isinstance(asked[0], str))


def _is_place(value: Any) -> bool:
    return not blank(value) and not (isinstance(value, list) and isinstance(value[0], dict) and "id" in value[0])


def _holds_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], (dict, list))


def _asks(row: Any, mapping: ColumnMapping) -> bool:
    if not isinstance(row, dict):
        return isinstance(row, list)
    column = mapping.fields.get("question")
    return column.split(".", 1)[0] in row if column else fields.asks(row.keys(), mapping)


def _of_one_picture(name: str, rows: list[Any], mapping: ColumnMapping) -> bool:
    """Whether a list holds questions of the picture that its name tells: they tell none themselves."""
    first = rows[0]
    if fields.IMAGE_FILE.search(name) or not isinstance(first, dict):
        return fields.IMAGE_FILE.search(name) is not None
    return _asks(first, mapping) and not {spelled(each) for each in first} & {
        spelled(each) for each in (*fields.IMAGE, *fields.IMAGE_ID)
    }


def _alike(value: dict[str, Any]) -> bool:
    """Whether the members of an object are rows: the first ones have names in common."""
    first = [each.keys() for each in islice(value.values(), 2)]
    return all(first) and len(first[0] & first[-1]) * 2 >= len(first[0])


def _of_stream(head: bytes, uri: str, storage: dict[str, Any], mapping: ColumnMapping) -> Layout | None:
    """The layout of a document that is not held as a whole, by its beginning."""
    if head[:1] == b"[":
        first = next(iter(members([head])), b"")
        lists = first.lstrip()[:1] == b"["
        return Layout(lambda: (row_of(_parsed(each)) for each in _listed(uri, storage)), frozenset()) if lists else None
    if not head.startswith(b"{") or _whole_line(head):
        return None
    begun = [(found.group(1).decode(), each[found.end() :]) for each in members([head]) if (found := NAME.match(each))]
    if len(head) <= WHOLE_BYTES and fields.asks_and_shows([name for name, _ in begun], mapping):
        return None
    rows = next((name for name, text in begun if name != IMAGES and text[:1] == b"[" and _begins(text)), None)
    if rows is not None:
        return Layout(lambda: _wrapped(uri, rows, storage, mapping), frozenset({rows}))
    if len(begun) > 1 and all(text[:1] in (b"{", b"[") for _, text in begun):
        return Layout(lambda: _members(uri, storage), frozenset(name for name, _ in begun))
    return None


def _whole_line(head: bytes) -> bool:
    """Whether the first line is an object: others follow, as lines."""
    line, found, _ = head.partition(b"\n")
    try:
        return bool(found) and isinstance(parse(line), dict)
    except RowFault:
        return False


def _begins(text: bytes) -> bool:
    return text[1:64].lstrip()[:1] in (b"{", b"[")


def _listed(uri: str, storage: dict[str, Any]) -> Iterator[bytes]:
    return members(blocks(uri, storage))


def _wrapped(uri: str, name: str, storage: dict[str, Any], mapping: ColumnMapping) -> Iterator[Any]:
    told = elements(blocks(uri, storage), IMAGES) if name != IMAGES else iter(())
    pictures = pictures_of_list(map(parse, told), mapping)
    for text in elements(blocks(uri, storage), name):
        yield placed(row_of(_parsed(text)), pictures, mapping)


def _members(uri: str, storage: dict[str, Any]) -> Iterator[Any]:
    for text in members(blocks(uri, storage)):
        found = _parsed(text if isinstance(text, Overlong) else b"{" + text + b"}")
        yield next(iter(map(row_by_id, found, found.values())), found) if isinstance(found, dict) else found


def _parsed(text: bytes) -> Any:
    try:
        return parse(text)
    except RowFault as fault:
        return fault


def _beside(head: _Head, layout: Layout, uri: str, storage: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Members of a document beside its rows."""
    if not layout.names or isinstance(head.value, list):
        return
    value = head.value
    if not isinstance(value, dict):
        value = {}
        for part in _around(uri, layout, storage):
            found = _parsed(b"{" + part + b"}")
            value |= found if isinstance(found, dict) else {}
    yield from ((name, each) for name, each in value.items() if name not in layout.names and name not in ABOUT)


def _around(uri: str, layout: Layout, storage: dict[str, Any]) -> tuple[bytes, ...]:
    """Texts of the members before and after the one that holds the rows."""
    if len(layout.names) != 1:
        return ()
    before, after = around(blocks(uri, storage), next(iter(layout.names)))
    return before.strip().removeprefix(b"{").rstrip(BLANK), after.lstrip(BLANK).rstrip().removesuffix(b"}").rstrip(
        BLANK
    )
