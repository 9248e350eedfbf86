"""Small sources of images and questions, written in the notations that data sets use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_vqa
from contextpairs.data.sources.vqa.record import Question, VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from tests.data.pairs.image_rows import picture

Item = VqaRow | Rejection
PNG = picture(0)
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def lines(path: Path, rows: Sequence[Any]) -> Path:
    """A file of JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def table(path: Path, columns: Mapping[str, Any], **settings: Any) -> Path:
    """A Parquet file."""
    pq.write_table(pa.table(dict(columns)), path, **settings)
    return path


def images(folder: Path, *names: str) -> Path:
    """A folder of images, each of other pixels."""
    for seed, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture(seed))
    return folder


def outcomes(*sources: Path | str, **options: Any) -> list[Item]:
    """All that comes of sources: unreadable files first, then rows and rejections in order."""
    partitions, rejections = plan_vqa([str(source) for source in sources], VqaOptions(**options))
    return [*rejections, *(item for partition in partitions for item in read_vqa(partition))]


def one(tmp_path: Path, row: Any, **options: Any) -> Item:
    """What comes of one row beside the image a.png."""
    images(tmp_path, "a.png")
    (item,) = outcomes(lines(tmp_path / "rows.jsonl", [row]), **options)
    return item


def questions(item: Item) -> tuple[Question, ...]:
    """Questions of a row that was read."""
    assert isinstance(item, VqaRow), item
    return item.questions


def reason(item: Item) -> str:
    """Why a row was rejected."""
    assert isinstance(item, Rejection), item
    assert item.stage == "read"
    return item.reason
