"""From an export back to the pairs that it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contextpairs.data.exports.export_form import ExportForm
from contextpairs.data.exports.forms import form_named
from contextpairs.data.exports.record import DATA_SET, RECORD_NAME, ExportError, ExportRecord, parse_record
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.shards import read_rows


def pairs_of(folder: str | Path, split: Split) -> Iterator[dict[str, Any]]:
    """The pair rows of an export, each once, as the store held them; in memory of one row group.

    Without loss from all forms but `chat`, unless exported with keep=ids.

    Args:
        folder: a local folder.
        split: one of its splits.

    Raises:
        ExportError: the folder is no export, has no such split, or its records carry no pairs.
        OSError: a file cannot be read.
    """
    root = Path(folder)
    record = _record(root)
    if split not in record.splits:
        raise ExportError(f"{folder} has no split {split!r}; it has {list(record.splits)}")
    if record.form == DATA_SET:
        return _stored_pairs(root, record, split)
    form = form_named(record.form, record.sources[0].domain)
    if form.pair is None:
        raise ExportError(f"{folder}: {form.name} has no place for pairs; read the version that it was made from")
    return _carried_pairs(root, form, split)


def _record(root: Path) -> ExportRecord:
    path = root / RECORD_NAME
    if not path.is_file():
        raise ExportError(f"{root} is no export: {RECORD_NAME} is missing")
    return parse_record(path.read_bytes(), str(path))


def _stored_pairs(root: Path, record: ExportRecord, split: Split) -> Iterator[dict[str, Any]]:
    for file in record.files:
        if file.rows is not None and Path(file.path).name.startswith(f"{split}-"):
            yield from _parquet_records(root / file.path)


def _carried_pairs(root: Path, form: ExportForm, split: Split) -> Iterator[dict[str, Any]]:
    """With order=both a pair stands in two records, one after the other."""
    assert form.pair is not None
    path = root / form.file_name(split)
    last = None
    for record in _json_records(path) if form.columns is None else _parquet_records(path):
        row = dict(form.pair(record))
        if row["pair_id"] != last:
            yield row
        last = row["pair_id"]


def _parquet_records(path: Path) -> Iterator[dict[str, Any]]:
    with open(path, "rb") as file:
        yield from read_rows(file)


def _json_records(path: Path) -> Iterator[dict[str, Any]]:
    with open(path, encoding="ascii") as file:
        yield from map(json.loads, file)
