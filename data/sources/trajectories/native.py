"""What the readers of agents' own files share: fields of a record, with errors that name them."""

from __future__ import annotations

from typing import Any

from contextpairs.data.sources.files.faults import wrong_type

ENDINGS = (".gz", ".zst", ".json", ".jsonl", ".traj")


def mapping_at(record: dict[str, Any], field: str) -> dict[str, Any]:
    """An object, {} where there is none."""
    value = record.get(field)
    if value is None or isinstance(value, dict):
        return value or {}
    raise wrong_type(field, "an object", value)


def text_at(record: dict[str, Any], field: str) -> str | None:
    """A text, or None."""
    value = record.get(field)
    if value is None or isinstance(value, str):
        return value
    raise wrong_type(field, "text or null", value)


def objects_at(record: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    value = record.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def file_stem(uri: str) -> str:
    """Name of a file without folder and endings: agents name a run's file by its instance."""
    name = uri.replace("\\", "/").rsplit("/", 1)[-1]
    while ending := next((ending for ending in ENDINGS if name.endswith(ending) and name != ending), ""):
        name = name.removesuffix(ending)
    return name
