"""Rows as documents write them, made into rows by name: lists, rows by id, tables by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contextpairs.data.sources.files.faults import RowFault, shown, wrong_type
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.texts import spelled

PLACES = ("file_name", "filename", "image", "path")
"""Names of the file's name in a list of pictures."""


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


def pictures_of_list(listed: Any, mapping: ColumnMapping) -> dict[str, str]:
    """File names of pictures by their ids, or by the numbers under which the mapped column tells them."""
    found: dict[str, str] = {}
    ids = (*filter(None, [mapping.fields.get("image_id")]), "id", "image_id")
    for each in listed if isinstance(listed, Iterable) and not isinstance(listed, (str, dict)) else ():
        row = each if isinstance(each, dict) else {}
        number = next((row[name] for name in ids if isinstance(row.get(name), (int, str))), None)
        places = [value for value in row.values() if isinstance(value, str) and fields.IMAGE_FILE.search(value)]
        named = next((row[name] for name in PLACES if isinstance(row.get(name), str) and row[name]), None)
        if number is not None and (place := named or next(iter(places), None)):
            found[str(number)] = place
    return found


def placed(row: Any, pictures: Mapping[str, str], mapping: ColumnMapping) -> Any:
    """A row with the file name of its picture, where a list tells it; under the mapped column, if there is one."""
    if not pictures or not isinstance(row, dict) or "image" in mapping.fields:
        return row
    column = mapping.fields.get("image_id")
    number = fields.FieldsOfRow(row, mapping).find("image_id", fields.IMAGE_ID)
    place = pictures.get(str(number.value)) if number and isinstance(number.value, (int, str)) else None
    if place is None or (column is None and "image" in row):
        return row
    return {**row, column or "image": place}
