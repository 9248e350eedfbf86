"""What the readers of agents' own files share."""

from __future__ import annotations

from typing import Any

ENDINGS = (".gz", ".zst", ".json", ".jsonl", ".traj")


def objects_at(record: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    value = record.get(field)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def within(record: Any, *fields: str) -> Any:
    """What stands in nested objects under these names; None where there is none."""
    for field in fields:
        record = record.get(field) if isinstance(record, dict) else None
    return record


def file_stem(uri: str) -> str:
    """Name of a file without folder and endings: agents name a run's file by its instance."""
    name = uri.replace("\\", "/").rsplit("/", 1)[-1]
    while ending := next((ending for ending in ENDINGS if name.endswith(ending) and name != ending), ""):
        name = name.removesuffix(ending)
    return name
