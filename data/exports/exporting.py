"""Export a version in a trainer's form: a folder of records, its README, and the account of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from contextpairs.data.exports.columns import schema_of_columns
from contextpairs.data.exports.data_set import write_data_set
from contextpairs.data.exports.examples import examples
from contextpairs.data.exports.export_folder import Destination
from contextpairs.data.exports.form import Form
from contextpairs.data.exports.forms import form_named
from contextpairs.data.exports.options import DATA_SET, ExportError, ExportOptions
from contextpairs.data.exports.readme import render_readme
from contextpairs.data.exports.record import ExportRecord
from contextpairs.data.exports.sources import Source, open_source, wanted_splits
from contextpairs.data.exports.writing import stored_files, write_json_lines, write_parquet
from contextpairs.data.pairs.prompting import prompt_digest
from contextpairs.data.pairs.schemas import Split, form_of
from contextpairs.data.store.card import CARD_NAME
from contextpairs.data.store.store import Store


@dataclass(frozen=True, slots=True)
class Exported:
    """The outcome of an export."""

    url: str
    """Folder or URL of the files."""
    created: bool
    """False if the same export stood there already."""
    record: ExportRecord
    """What is in it."""


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
    found = form_named(form)
    found.check(options.prompt)
    wanted = wanted_splits(source, splits)
    planned = ExportRecord(form=form, sources=(source.said(),), splits=wanted, options=_said(options))

    def build(folder: Path) -> dict[Path, int]:
        _write_companions(found, folder, source, wanted)
        return dict(_write(source, split, found, folder, options) for split in wanted)

    return _made(planned, Destination(str(dest), storage_options), build)


def export_data_set(
    sources: Sequence[Source],
    splits: Sequence[Split] | None,
    dest: str | Path,
    options: ExportOptions | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Exported:
    """Export versions as they are: a folder that `datasets` loads, a configuration for each domain.

    Args:
        sources: a version of each domain.
        splits: which to export; None exports all that hold pairs.
        dest: folder or fsspec URL.
        options: none of them applies; what differs from the default is refused.
        storage_options: for the fsspec file system of `dest`.

    Raises:
        ExportError: two versions of one domain, an option that does not apply, a damaged version, or something else
            stands at `dest`.
        VersionError: a split is not there or empty.
        OSError: the storage refuses; nothing appears.
    """
    if options is not None and options != ExportOptions():
        raise ExportError(f"{DATA_SET} holds pairs, not prompts made of them: order, keep and prompt do not apply")
    wanted = {source.domain: wanted_splits(source, splits) for source in sources}
    if len(wanted) != len(sources):
        raise ExportError(f"two versions of one domain: {[source.domain for source in sources]}; export them apart")
    every = tuple(dict.fromkeys(split for each in wanted.values() for split in each))
    said = tuple(source.said() for source in sources)
    planned = ExportRecord(form=DATA_SET, sources=said, splits=every, options={})
    build = partial(write_data_set, sources, wanted)
    return _made(planned, Destination(str(dest), storage_options), build)


def _made(planned: ExportRecord, destination: Destination, build: Callable[[Path], dict[Path, int]]) -> Exported:
    """The export at its destination; unless it stands there, `build` fills a folder and counts records by file."""
    if (standing := destination.standing(planned)) is not None:
        return Exported(destination.url, False, standing)
    with destination.work() as folder:
        record = _finished(planned, folder, build(folder))
        destination.publish(folder, record)
    return Exported(destination.url, True, record)


def _said(options: ExportOptions) -> dict[str, Any]:
    """The options as the account gives them; the digest covers the wording around the pair as well."""
    return {**options.model_dump(mode="json"), "prompt_digest": prompt_digest(options.prompt)}


def _write(source: Source, split: Split, form: Form, folder: Path, options: ExportOptions) -> tuple[Path, int]:
    """File and number of the records of a split."""
    source.check(split)
    records = (form.record(each, options) for each in examples(source.rows(split), source.domain, split, options))
    if form.columns is None:
        return write_json_lines(records, folder / f"{split}.jsonl")
    schema = schema_of_columns(form.columns(source.domain == "images"))
    most = form_of(source.domain).row_group_rows
    return write_parquet(records, schema, folder / f"{split}.parquet", options.row_group_bytes, most)


def _write_companions(form: Form, folder: Path, source: Source, splits: Sequence[Split]) -> None:
    for name in form.files:
        (folder / name).write_bytes(Path(__file__).with_name(name).read_bytes())
    (folder / CARD_NAME).write_text(render_readme(form, source, splits), encoding="utf-8")


def _finished(planned: ExportRecord, folder: Path, rows: Mapping[Path, int]) -> ExportRecord:
    """The account of what was written."""
    counts = {
        split: sum(count for path, count in rows.items() if path.name.startswith(split)) for split in planned.splits
    }
    return planned.model_copy(update={"rows": counts, "files": tuple(stored_files(folder, rows))})
