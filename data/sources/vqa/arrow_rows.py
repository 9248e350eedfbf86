"""Rows of Arrow files, as `datasets.save_to_disk` writes them: streams or files of record batches."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.files import is_local, open_file
from contextpairs.data.sources.files.limits import affordable

STREAM, FILE = b"\xff\xff\xff\xff", b"ARROW1"
STATE = "state.json"


def is_arrow(uri: str, storage: dict[str, Any]) -> bool:
    """Whether a file holds record batches of Arrow."""
    with open_file(uri, storage) as file:
        return file.read(len(FILE)).startswith((STREAM, FILE))


def of_the_set(uris: Sequence[str]) -> list[str]:
    """Arrow files without those that a set's `state.json` beside them does not name: `datasets` keeps caches there."""
    named: dict[str, frozenset[str] | None] = {}
    found = []
    for uri in uris:
        folder = os.path.dirname(uri)
        if folder not in named:
            named[folder] = _named(os.path.join(folder, STATE)) if is_local(uri) else None
        files = named[folder]
        if files is None or os.path.basename(uri) in files:
            found.append(uri)
    return found


def _named(state: str) -> frozenset[str] | None:
    try:
        with open(state, "rb") as file:
            listed = json.load(file)["_data_files"]
        return frozenset(each["filename"] for each in listed)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def arrow_file(uri: str, storage: dict[str, Any]) -> Iterator[tuple[Any, Iterator[Any]]]:
    """The schema of a file and its record batches.

    Raises:
        OSError: it cannot be read.
        RowFault: it is damaged.
    """
    with open_file(uri, storage) as handle:
        try:
            first = handle.read(len(FILE))
            handle.seek(0)
            if first.startswith(FILE):
                held = pa.ipc.open_file(handle)
                yield held.schema, (held.get_batch(at) for at in range(held.num_record_batches))
            else:
                stream = pa.ipc.open_stream(handle)
                yield stream.schema, iter(stream)
        except pa.ArrowInvalid as error:
            detail = f"damaged Arrow file ({str(error).splitlines()[0][:200]}); copy the file again"
            raise RowFault("unreadable", detail) from error


def arrow_batches(uri: str, storage: dict[str, Any], size: int) -> Iterator[tuple[Sequence[int], Any]]:
    """(row numbers, record batch of at most `size` rows) of a file; what is damaged or too long comes as a RowFault."""
    first = 0
    try:
        with arrow_file(uri, storage) as (_, batches):
            for batch in batches:
                for start in range(0, batch.num_rows, size):
                    part = batch.slice(start, size)
                    yield from affordable(range(first, first + part.num_rows), part)
                    first += part.num_rows
    except RowFault as fault:
        yield range(first, first + 1), fault
