"""What a named form of rows is: how it is written into a folder, and what must come of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.making import lines, table

Asked = tuple[str, str, str | int]
"""Question, answer, and the picture: its path, or its seed where the row holds it."""
Make = Callable[[Path], Path]


class NamedForm(NamedTuple):
    """A form.

    Attributes:
        make: writes it into a folder and gives what is named as the source.
        asks: all that is read of it in the end, in order.
        decides: options that a user takes from the advice, in order; empty where the form is read as it is.
        left: reasons for which rows stay set aside, each with advice about their shape.
    """

    make: Make
    asks: tuple[Asked, ...]
    decides: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def put(folder: Path, *names: str) -> None:
    """Pictures, each of the seed of its place."""
    for seed, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture(seed))


def rows(*records: Any, pictures: Sequence[str] = ("a.png", "b.png"), name: str = "rows.jsonl") -> Make:
    """JSON lines beside pictures."""

    def make(folder: Path) -> Path:
        put(folder, *pictures)
        return lines(folder / name, records)

    return make


def document(value: Any, *pictures: str, name: str = "data.json", more: dict[str, Any] | None = None) -> Make:
    """JSON documents in a folder with pictures."""

    def make(folder: Path) -> Path:
        put(folder, *(pictures or ("a.png", "b.png")))
        for path, each in {name: value, **(more or {})}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(json.dumps(each, indent=1))
        return folder

    return make


def parquet(columns: dict[str, Any], name: str = "train-00000-of-00001.parquet") -> Make:
    """A table that holds its pictures."""
    return lambda folder: table(folder / name, columns)


def text_file(text: str, *pictures: str, name: str) -> Make:
    """A file of text in a folder with pictures."""

    def make(folder: Path) -> Path:
        put(folder, *(pictures or ("a.png", "b.png")))
        (folder / name).write_text(text)
        return folder

    return make


def data_url(seed: int) -> str:
    return f"data:image/png;base64,{encoded(seed)}"


def encoded(seed: int) -> str:
    return base64.b64encode(picture(seed)).decode()


def held(seed: int) -> dict[str, Any]:
    """A picture as `datasets` stores it."""
    return {"bytes": picture(seed), "path": None}
