"""Build the folder of a version: Parquet shards, dataset card, and the manifest that accounts for both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from contextpairs.data.pairs.invariants import PairsCheck
from contextpairs.data.pairs.schemas import SPLITS, PairError, PairForm, Split, form_of, schema_fingerprint
from contextpairs.data.store.card import CARD_NAME, render_card
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.sealed import StoredFile, stored_file
from contextpairs.data.store.shards import ShardLimits, write_shards

Rows: TypeAlias = Iterable[Mapping[str, Any]] | pa.Table
TABLE_STEP = 64
"""Rows of a table turned into Python objects at once, at most."""
TABLE_STEP_BYTES = 2**24
"""The same in bytes, on average: a photo is a million times a label."""


def build_version(folder: Path, splits: Mapping[Split, Rows], manifest: Manifest, limits: ShardLimits) -> Manifest:
    """Write every file of a version but the manifest.

    Args:
        folder: an empty folder.
        splits: the rows by split; iterators are consumed once, in bounded memory.
        manifest: what the builder knows.
        limits: sizes of row groups and files.

    Returns:
        The manifest with all that publishing adds, sealed.

    Raises:
        PairError: a row or the rows together break what a version promises.
    """
    _check_splits(splits)
    form = form_of(manifest.domain)
    check = PairsCheck(form)
    shards = _write_splits(folder / manifest.domain, splits, form, check, limits)
    files = [stored_file(path, folder, count) for path, count in shards]
    check.finish()
    if not files:
        raise PairError("no split has a row; expected at least one couple: see the funnel for where they went")
    counts = {split: _rows_of(files, f"{manifest.domain}/{split}-") for split in splits}
    filled = {"rows": counts, "schema_fingerprint": schema_fingerprint(form.schema), "content": check.content()}
    return _with_card(folder, manifest.model_copy(update={**filled, "files": tuple(files)})).sealed()


def _write_splits(
    folder: Path, splits: Mapping[Split, Rows], form: PairForm, check: PairsCheck, limits: ShardLimits
) -> Iterator[tuple[Path, int]]:
    folder.mkdir()
    bounded = limits.model_copy(update={"row_group_rows": limits.row_group_rows or form.row_group_rows})
    for split in (split for split in SPLITS if split in splits):
        yield from write_shards(check.watch(_one_by_one(splits[split]), split), form.schema, folder, split, bounded)


def _check_splits(splits: Mapping[Split, Rows]) -> None:
    unknown = sorted(set(splits) - set(SPLITS))
    if unknown:
        raise PairError(f"unknown splits {unknown}; expected some of {list(SPLITS)}")


def _one_by_one(rows: Rows) -> Iterator[Mapping[str, Any]]:
    if not isinstance(rows, pa.Table):
        yield from rows
        return
    step = max(1, min(TABLE_STEP, TABLE_STEP_BYTES * rows.num_rows // max(1, rows.nbytes)))
    for start in range(0, rows.num_rows, step):
        yield from rows.slice(start, step).to_pylist()


def _with_card(folder: Path, manifest: Manifest) -> Manifest:
    card = folder / CARD_NAME
    card.write_text(render_card(manifest), encoding="utf-8")
    files = sorted([*manifest.files, stored_file(card, folder)], key=lambda file: file.path)
    return manifest.model_copy(update={"files": tuple(files)})


def _rows_of(files: Iterable[StoredFile], prefix: str) -> int:
    return sum(file.rows or 0 for file in files if file.path.startswith(prefix))
