"""Which files of a source hold rows, and as what."""

from __future__ import annotations

import os

from contextpairs.data.sources.files.detection import Kind, detect
from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.files import filesystem, find_files, is_local
from contextpairs.data.sources.files.hub import PREFIX
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa.advice import unknown_columns
from contextpairs.data.sources.vqa.arrow_rows import is_arrow, of_the_set
from contextpairs.data.sources.vqa.csv_rows import csv_header
from contextpairs.data.sources.vqa.fields import asks_and_shows
from contextpairs.data.sources.vqa.split_files import is_annotations
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.data.sources.vqa.web_dataset import holds_rows, tar_kind

SUFFIXES = (".parquet", ".pq", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".arrow")
TAR_SUFFIX = ".tar"
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
COMPRESSED = (".gz", ".zst")
DESCRIPTIONS = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"})
"""Files beside a data set's rows that describe them."""


def images_alone(source: str, options: VqaOptions) -> list[str]:
    """Image files of a source that has no file with rows; empty where it has one, or no image.

    Raises:
        SourceError: the source matches nothing.
    """
    if source.startswith(PREFIX):
        return []
    uris = find_files(source, options.storage)
    if any(_is_row_file(uri) for uri in uris):
        return []
    return [os.path.abspath(uri) if is_local(uri) else uri for uri in uris if uri.lower().endswith(IMAGE_SUFFIXES)]


def row_files(source: str, options: VqaOptions) -> tuple[str, list[str]]:
    """The folder that was named, "" where none was, and the files of a source that hold rows."""
    uris = find_files(source, options.storage)
    fs, path = filesystem(source, options.storage)
    folder = source if fs.isdir(path) else ""
    if not folder and fs.exists(path):
        return "", uris
    found = [uri for uri in uris if _is_row_file(uri) or _is_shard(uri, options)]
    arrow = [uri for uri in found if uri.endswith(".arrow")]
    found = [uri for uri in found if uri not in arrow] + of_the_set(arrow)
    if not found:
        expected = f"expected one of {', '.join(SUFFIXES)} beside the images"
        raise SourceError(f"{source}: none of its {len(uris)} files holds rows; {expected}")
    return folder, found


def _is_shard(uri: str, options: VqaOptions) -> bool:
    """Whether a file is a tar file of rows; one of pictures alone belongs to rows beside it."""
    name = uri.rsplit("/", 1)[-1].lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return name.endswith((TAR_SUFFIX, ".tgz")) and holds_rows(uri, options.storage)


def _is_row_file(uri: str) -> bool:
    # A folder that could not be listed is named by itself, so that reading it reports why.
    if is_local(uri) and os.path.isdir(uri):
        return True
    name = uri.rsplit("/", 1)[-1].lower()
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    return name.endswith(SUFFIXES) and name not in DESCRIPTIONS


def kind_of(uri: str, options: VqaOptions) -> Kind:
    """The container of a file.

    Raises:
        RowFault: it is empty, holds no rows, or none with images and questions.
    """
    if is_arrow(uri, options.storage):
        return Kind("arrow", False)
    if tar := tar_kind(uri, options.storage):
        return tar
    try:
        kind = detect(uri, options.storage)
    except RowFault as fault:
        names = csv_header(uri, options.storage) if fault.reason == "unknown-format" else []
        if len(names) < 2:
            raise
        if not asks_and_shows(names, options.mapping()):
            raise RowFault("unknown-format", unknown_columns(names, options.mapping())) from fault
        return Kind("csv", False)
    if kind.container in ("json", "jsonl") and is_annotations(uri, options.storage):
        raise RowFault("missing-field", "answers without their questions; name the questions file, or both by a folder")
    return kind
