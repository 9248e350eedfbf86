"""Which mapping gives a row, or a table, what it lacks: told from the names and values of its other columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Literal

from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.fields import (
    IMAGE_FILE,
    NAMES,
    NUMBERED_IMAGE,
    OTHER_ANSWERS,
    FieldsOfRow,
    asks,
    named,
    recognised,
    shows,
)
from contextpairs.data.sources.vqa.texts import blank, skipped, spelled, texts_in

Lacking = Literal["question", "image", "image_id", "answer"]
LIKELY: dict[Lacking, tuple[str, ...]] = {
    "question": ("text", "sentence", "prompttext", "utterance", "ask", "prefix"),
    "image": ("pic", "file", "filepath"),
    "image_id": (),
    "answer": tuple(map(spelled, OTHER_ANSWERS)),
}
"""Names under which each is likelier than under others."""
NUMBER_NAMES = ("id", "index", "idx", "number", "no")
"""Endings of names of columns that tell one thing from another."""
ANSWER_WORDS = 8
"""Words of an answer at most, under a name that says nothing of one."""
NAMED = 4
"""Columns that a message names."""


def advice(row: FieldsOfRow, field: Lacking) -> str:
    """Which mapping gives a row the field that it lacks, "" where no column may hold it."""
    columns = [column for column, value in row.record.items() if _may_hold(row, field, column, value)]
    if not columns:
        return ""
    first = _likeliest(field, columns)
    if field == "question":
        first = next((name for name in columns if str(row.record[name]).rstrip().endswith("?")), first)
    others = [name for name in columns if name != first][: NAMED - 1]
    among = f" (or {', '.join(others)})" if others and not _tells(row, field, first) else ""
    return f"map it: source.columns.{field}={first}{among}"


def unknown_columns(names: Collection[str], mapping: ColumnMapping) -> str:
    """The fault of a table whose columns hold no image with a question, with the mapping that names what is missing."""
    owed: list[Lacking] = [] if asks(names, mapping) else ["question"]
    owed += [] if shows(names, mapping) else ["image"]
    free = [name for name in names if not recognised(name) and name not in mapping.columns()]
    if not free or len(owed) > 1:
        return f"columns {named(names)} hold no image with a question; map `columns` image, question and answer"
    return f"columns {named(names)} hold no {owed[0]}; map it: source.columns.{owed[0]}={_likeliest(owed[0], free)}"


def _likeliest(field: Lacking, columns: Iterable[str]) -> str:
    order = {name: at for at, name in enumerate(LIKELY[field])}
    return min(columns, key=lambda name: order.get(spelled(name), len(order)))


def _tells(row: FieldsOfRow, field: Lacking, column: str) -> bool:
    """Whether a column says itself that it is the one."""
    return spelled(column) in LIKELY[field] or (field == "question" and str(row.record[column]).rstrip().endswith("?"))


def _may_hold(row: FieldsOfRow, field: Lacking, column: str, value: Any) -> bool:
    if blank(value) or column in row.mapped.values() or row.mapping.takes(column):
        return False
    if field == "image_id":
        return _is_number(column, value)
    if field == "answer" and spelled(column) in LIKELY["answer"]:
        return True
    if spelled(column) in NAMES or NUMBERED_IMAGE.fullmatch(column):
        return False
    if field == "question":
        return isinstance(value, str) and any(True for _ in texts_in(column, value, row.mapping))
    if field == "image":
        return isinstance(value, bytes) or (isinstance(value, str) and IMAGE_FILE.search(value) is not None)
    return not skipped(column) and _is_short(value)


def _is_number(column: str, value: Any) -> bool:
    """Whether a column may tell the picture by its number, or by its file's name without the ending."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return False
    return spelled(column).endswith(NUMBER_NAMES) and len(str(value).split()) == 1


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value.split()) <= ANSWER_WORDS and not value.rstrip().endswith("?")
    return isinstance(value, (int, float))
