"""Versions as `datasets` and the Hub want them: the stored Parquet files, unchanged, and one card for all domains."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from contextpairs.data.exports.export_folder import Destination, Exported
from contextpairs.data.exports.record import (
    DATA_SET,
    ExportError,
    ExportOptions,
    ExportRecord,
    OpenVersion,
    wanted_splits,
)
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.card import CARD_NAME, render_card
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.sealed import CHUNK, StoredFile

FENCE = "---\n"


def export_data_set(
    sources: Sequence[OpenVersion],
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
    build = partial(_write_data_set, sources, wanted)
    return Destination(str(dest), storage_options).hold(planned, build)


def _write_data_set(
    sources: Sequence[OpenVersion], splits: Mapping[str, Sequence[Split]], folder: Path
) -> dict[Path, int]:
    """Copy the files of the wanted splits into an empty folder and write the card; pairs by file."""
    rows = {path: count for source in sources for path, count in _copied(source, splits[source.domain], folder)}
    card = data_set_card([_narrowed(source.manifest, splits[source.domain]) for source in sources])
    (folder / CARD_NAME).write_text(card, encoding="utf-8")
    return rows


def data_set_card(manifests: Sequence[Manifest]) -> str:
    """One card for versions of several domains: a configuration and a section each; for one, its own card."""
    cards = [render_card(manifest) for manifest in manifests]
    if len(cards) == 1:
        return cards[0]
    parsed = [card.split(FENCE, 2) for card in cards]
    heads = [yaml.safe_load(head) for _, head, _ in parsed]
    head = yaml.safe_dump(_joined(heads), sort_keys=False, allow_unicode=True, width=1000)
    return f"{FENCE}{head}{FENCE}" + "".join(body for _, _, body in parsed)


def _joined(heads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The heads of cards as one; the first configuration is the default."""
    lists = ("license", "tags", "size_categories")
    joined = {name: list(dict.fromkeys(each for head in heads for each in head[name])) for name in lists}
    configs = [config for head in heads for config in head["configs"]]
    others = [{name: value for name, value in config.items() if name != "default"} for config in configs[1:]]
    return {"pretty_name": heads[0]["pretty_name"], **joined, "configs": [configs[0], *others]}


def _narrowed(manifest: Manifest, splits: Sequence[Split]) -> Manifest:
    return manifest.model_copy(update={"rows": {split: manifest.rows[split] for split in splits}})


def _copied(source: OpenVersion, splits: Sequence[Split], folder: Path) -> Iterator[tuple[Path, int]]:
    for split in splits:
        for file in source.files(split):
            yield _copy(source, file, folder / file.path), file.rows or 0


def _copy(source: OpenVersion, file: StoredFile, path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    with source.store.open_file(source.name, file.path) as stored, open(path, "xb+") as copy:
        shutil.copyfileobj(stored, copy, CHUNK)
        copy.seek(0)
        source.check_file(file, copy)
    return path
