"""Which mapping gives a row, or a table, what it lacks: told from the names and values of its other columns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.fields import (
    IMAGE_FILE,
    INPUT,
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
    "question": (INPUT, "text", "sentence", "prompttext", "utterance", "ask", "prefix"),
    "image": ("pic", "file", "filepath"),
    "image_id": ("pic",),
    "answer": tuple(map(spelled, OTHER_ANSWERS)),
}
"""Names under which each is likelier than under others."""
PICTURES = ("image", "img", "pic", "photo", "figure", "scan", "page", "chart", "plot")
"""Within names of columns of pictures."""
QUESTIONS = ("question", "query", "text", "prompt", "sentence")
"""Within names of columns of questions."""
NUMBERS = ("id", "ids", "index", "idx", "number")
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
    first = min(columns, key=lambda name: _rank(row, field, name))
    others = [name for name in columns if name != first][: NAMED - 1]
    among = f" (or {', '.join(others)})" if others and _rank(row, field, first) >= len(LIKELY[field]) + 1 else ""
    return f"map it: source.columns.{field}={first}{among}"


def unknown_columns(names: Collection[str], mapping: ColumnMapping) -> str:
    """The fault of a table whose columns hold no image with a question, with the mapping that names what is missing."""
    lacks_question, lacks_image = not asks(names, mapping), not shows(names, mapping)
    free = [name for name in names if not recognised(name) and name not in mapping.columns()]
    if lacks_question and not lacks_image and (found := _named_like("question", QUESTIONS, free)):
        return f"columns {named(names)} hold no question; map it: source.columns.question={found}"
    if lacks_image and not lacks_question and (found := _named_like("image", PICTURES, free)):
        field = "image_id" if spelled(found).endswith(NUMBERS) else "image"
        return f"columns {named(names)} hold no image; map it: source.columns.{field}={found}"
    expected = "map `columns` image (or image_id), question and answer"
    return f"columns {named(names)} hold no image with a question; {expected}"


def _named_like(field: Lacking, words: tuple[str, ...], names: Collection[str]) -> str:
    """The likeliest of some columns by their names alone, "" where none says anything."""
    likely = [name for name in names if spelled(name) in LIKELY[field]]
    return next(iter([*likely, *(name for name in names if any(word in spelled(name) for word in words))]), "")


def _rank(row: FieldsOfRow, field: Lacking, column: str) -> int:
    """Likely names first, in their order, then texts that ask, then all others."""
    if spelled(column) in LIKELY[field]:
        return LIKELY[field].index(spelled(column))
    is_question = field == "question" and str(row.record[column]).rstrip().endswith("?")
    return len(LIKELY[field]) + (0 if is_question else 1)


def _may_hold(row: FieldsOfRow, field: Lacking, column: str, value: Any) -> bool:
    if blank(value) or column in row.mapped.values() or row.mapping.takes(column):
        return False
    if field == "image_id":
        return _is_number(column, value)
    if spelled(column) in LIKELY[field] and (field == "answer" or spelled(column) == INPUT):
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
    if isinstance(value, bool) or not isinstance(value, (int, str)) or len(str(value).split()) != 1:
        return False
    return spelled(column) in LIKELY["image_id"] or spelled(column).endswith(NUMBERS)


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value.split()) <= ANSWER_WORDS and not value.rstrip().endswith("?")
    return isinstance(value, (int, float))
