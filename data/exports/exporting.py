"""Export a version in a trainer's form: a folder of records, the files that stand beside them, and their README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from contextpairs.data.answers import pair_reward
from contextpairs.data.exports.data_set import export_data_set
from contextpairs.data.exports.examples import examples
from contextpairs.data.exports.export_folder import Destination, Exported
from contextpairs.data.exports.export_form import ExportForm, schema_of_columns
from contextpairs.data.exports.forms import form_named
from contextpairs.data.exports.record import (
    DATA_SET,
    ExportOptions,
    ExportRecord,
    OpenVersion,
    open_source,
    wanted_splits,
)
from contextpairs.data.exports.writing import write_json_lines, write_parquet
from contextpairs.data.pairs.prompting import prompt_digest
from contextpairs.data.pairs.schemas import Split, form_of
from contextpairs.data.store.card import CARD_NAME
from contextpairs.data.store.store import Store

HERE = "path/of/this/folder"


def export(
    store: Store,
    version: str,
    splits: Sequence[Split] | None,
    form: str,
    dest: str | Path,
    options: ExportOptions | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Exported:
    """Export a version. Equal inputs give equal bytes; memory is that of one row group.

    Args:
        store: where the version is.
        version: `latest`, `v000001` and so on.
        splits: which to export; None exports all that hold pairs.
        form: `datasets` or the name of a form in `contextpairs.data.exports.forms`.
        dest: folder or fsspec URL that is to hold the export, and nothing else.
        options: how records are made.
        storage_options: for the fsspec file system of `dest`.

    Raises:
        ExportError: the form is unknown or cannot say what the options ask for, the version is damaged, or something
            else stands at `dest`.
        VersionError: the version or a split is not there, or the split is empty.
        OSError: the storage refuses; nothing appears.
    """
    source = open_source(store, version)
    if form == DATA_SET:
        return export_data_set([source], splits, dest, options, storage_options)
    options = options or ExportOptions()
    found = form_named(form, source.domain)
    found.check(options.prompt)
    wanted = wanted_splits(source, splits)
    planned = ExportRecord(form=form, sources=(source.said(),), splits=wanted, options=_said(options))

    def build(folder: Path) -> dict[Path, int]:
        _write_companions(found, folder, source, wanted)
        return dict(_write(source, split, found, folder, options) for split in wanted)

    return Destination(str(dest), storage_options).hold(planned, build)


def _said(options: ExportOptions) -> dict[str, Any]:
    """The options as the account gives them; the digest covers the wording around the pair as well."""
    return {**options.model_dump(mode="json"), "prompt_digest": prompt_digest(options.prompt)}


def _write(
    source: OpenVersion, split: Split, form: ExportForm, folder: Path, options: ExportOptions
) -> tuple[Path, int]:
    """File and number of the records of a split."""
    source.check(split)
    records = (form.record(each, options) for each in examples(source.rows(split), source.domain, split, options))
    path = folder / form.file_name(split)
    if form.columns is None:
        return write_json_lines(records, path)
    schema = schema_of_columns(form.columns(source.domain == "images"))
    most = form_of(source.domain).row_group_rows
    return write_parquet(records, schema, path, options.row_group_bytes, most)


def _write_companions(form: ExportForm, folder: Path, source: OpenVersion, splits: Sequence[Split]) -> None:
    for name in form.files:
        (folder / name).write_bytes(companion(name).read_bytes())
    (folder / CARD_NAME).write_text(_readme(form, source, splits), encoding="utf-8")


def companion(name: str) -> Path:
    """Where a file that goes along with exports stands here: beside the exports, or with the answers that it reads."""
    return next(file for part in (__file__, pair_reward.__file__) if (file := Path(part).with_name(name)).is_file())


def _readme(form: ExportForm, source: OpenVersion, splits: Sequence[str]) -> str:
    """Markdown with a YAML head that `datasets` reads. It names no path, so that equal exports have equal bytes."""
    files = [{"split": split, "path": form.file_name(split)} for split in splits]
    head = {"configs": [{"config_name": "default", "data_files": files}]}
    said = f"{source.manifest.title}, {source.domain} {source.name} ({source.manifest.digest[:12]}), for {form.name}."
    start = form.start_at(HERE, splits)
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n{said}\n\nTo start a run:\n\n```\n{start}\n```\n"
