"""Rows as documents write them, made into rows by name: lists, rows by id, tables by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contextpairs.data.sources.files.faults import RowFault, shown, wrong_type
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.texts import spelled


def rows_of_columns(value: dict[str, Any], mapping: ColumnMapping) -> list[dict[str, Any]]:
    """Rows of a table that is written by column, {column: {row: value}}, or as {columns: [...], data: [[...]]}."""
    names, data = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(name, str) for name in names):
        whole = [row for row in data if isinstance(row, list) and len(row) == len(names)]
        return [dict(zip(names, row, strict=True)) for row in whole] if len(whole) == len(data) else []
    inner = list(value.values())
    if not inner or not fields.asks(value, mapping) or not all(isinstance(each, dict) and each for each in inner):
        return []
    rows = list(inner[0])
    if any(list(each) != rows for each in inner):
        return []
    return [{name: each[row] for name, each in value.items()} for row in rows]


def row_by_id(name: str, row: Any) -> Any:
    """A row that is found by its id, or the questions of a picture that are found by its name."""
    if isinstance(row, list):
        place = {"image": name} if fields.IMAGE_FILE.search(name) else {"image_id": name}
        return {**place, "qa_pairs": row}
    if not isinstance(row, dict):
        return wrong_type(name, "a row as a JSON object", row)
    taken = {spelled(each) for each in row}
    return row if "id" in taken else {"id": name, **row}


def row_of(row: Any) -> Any:
    """A row; of a list [question, answer, picture] the object that it stands for."""
    if not isinstance(row, list):
        return row
    place = next((at for at, each in enumerate(row) if _names_picture(each)), None)
    rest = [each for at, each in enumerate(row) if at != place]
    if len(rest) != 2 or not isinstance(rest[0], str):
        expected = "expected [question, answer, picture] or objects with names"
        return RowFault("wrong-type", f"a list {shown(row)}: {expected}; write the rows as objects")
    asked = {"question": rest[0], "answer": rest[1]}
    if place is None:
        return asked
    return {**asked, ("image" if isinstance(row[place], str) else "image_id"): row[place]}


def _names_picture(value: Any) -> bool:
    if isinstance(value, str):
        return fields.IMAGE_FILE.search(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def pictures_of_list(listed: Any) -> dict[Any, str]:
    """File names of pictures by their ids."""
    found: dict[Any, str] = {}
    for each in listed if isinstance(listed, Iterable) and not isinstance(listed, (str, dict)) else ():
        if isinstance(each, dict) and isinstance(number := each.get("id"), (int, str)):
            names = (each.get(name) for name in ("file_name", "filename", "image", "path"))
            if place := next((name for name in names if isinstance(name, str) and name), None):
                found[number] = place
    return found


def placed(row: Any, pictures: Mapping[Any, str]) -> Any:
    """A row with the file name of its picture, where a list tells it."""
    if not pictures or not isinstance(row, dict) or "image" in row:
        return row
    number = row.get("image_id")
    return {**row, "image": pictures[number]} if isinstance(number, (int, str)) and number in pictures else row
