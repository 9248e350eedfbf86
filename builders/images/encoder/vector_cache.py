"""Vectors at rest: each image's once per encoder, in small immutable segments: a kill costs one segment at most.

A segment is a Parquet file of `image_id` and `vector` (float16), named by a hash of its content: one that a kill or a
disk damaged does not fit its name and counts as absent. Nothing is ever rewritten otherwise than by the same content:
two writers cannot hurt each other, and what both wrote is simply there twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.stages import read_table
from contextpairs.data.store.told_errors import open_filesystem

Matrix = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Places = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
SEGMENT_ROWS = 1024
IDENTIFIER, VECTOR = "image_id", "vector"


class VectorsMissingError(LookupError):
    """Vectors that were asked for and are in no whole segment."""


def missing(folder: str, key: str, ids: Iterable[str]) -> list[str]:
    """Those of `ids` that have no vector yet, each once, in their order.

    Args:
        folder: fsspec URL of the cache.
        key: of the encoder.
        ids: of images.
    """
    stored = {name for names, _ in _segments(folder, key) for name in names}
    return [name for name in dict.fromkeys(ids) if name not in stored]


def write_segment(folder: str, key: str, ids: list[str], vectors: npt.NDArray[Any]) -> str:
    """Store vectors, shape (n, d), as one segment that appears whole or not at all. Returns its URL."""
    if len(ids) != len(vectors):
        raise ValueError(f"{len(ids)} ids for {len(vectors)} vectors: expected one vector an id")
    halves = np.ascontiguousarray(vectors, np.float16)
    name = _content_name(ids, halves)
    buffer = BytesIO()
    pq.write_table(_table(ids, halves), buffer, compression="zstd", use_dictionary=False)
    filesystem, root = open_filesystem(folder)
    path = f"{root.rstrip('/')}/{key}/{name}.parquet"
    if "file" in filesystem.protocol:
        write_atomic(Path(path), buffer.getvalue())
    else:
        filesystem.pipe_file(path, buffer.getvalue())
    return f"{folder.rstrip('/')}/{key}/{name}.parquet"


def write_segments(
    folder: str, key: str, batches: Iterable[tuple[list[str], npt.NDArray[Any]]], rows: int = SEGMENT_ROWS
) -> int:
    """Store vectors as they come from `embed`, a segment for every `rows` of them. Returns how many were stored."""
    ids: list[str] = []
    vectors: list[npt.NDArray[Any]] = []
    stored = 0
    for names, part in batches:
        ids += names
        vectors.append(part)
        if len(ids) >= rows:
            write_segment(folder, key, ids, np.concatenate(vectors))
            stored, ids, vectors = stored + len(ids), [], []
    if ids:
        write_segment(folder, key, ids, np.concatenate(vectors))
    return stored + len(ids)


def load_vectors(folder: str, key: str, ids: list[str]) -> Matrix:
    """Unit vectors of images, shape (len(ids), d), in the order of `ids`; one segment is held beside them.

    Of an image that stands in several segments the first by name counts. A vector that is zero, or holds what are no
    finite numbers, stays so: see `vector_faults`.

    Raises:
        VectorsMissingError: an image has no vector; embed what `missing` names first.
    """
    if len(set(ids)) != len(ids):
        raise ValueError(f"{len(ids) - len(set(ids))} ids are there twice: expected distinct image ids")
    place_of = {name: place for place, name in enumerate(ids)}
    seen = np.zeros(len(ids), bool)
    vectors: Matrix = np.zeros((0, 0), np.float32)
    for names, halves in _segments(folder, key):
        rows, places = _wanted(names, place_of, seen)
        if not vectors.size:
            vectors = np.empty((len(ids), halves.shape[1]), np.float32)
        vectors[places] = _unit(halves[rows].astype(np.float32))
        seen[places] = True
    if not seen.all():
        owed = missing(folder, key, ids)
        raise VectorsMissingError(
            f"{folder}/{key}: no vector of {len(owed)} of {len(ids)} images, the first {owed[0]}; "
            "embed what is missing first"
        )
    return vectors


def _wanted(names: list[str], place_of: Mapping[str, int], seen: Bools) -> tuple[Places, Places]:
    """Rows of a segment that are asked for and were not seen before, each image once, and where they belong."""
    place = np.array([place_of.get(name, -1) for name in names], np.int64)
    rows = np.flatnonzero(place >= 0)
    rows = rows[~seen[place[rows]]]
    rows = rows[np.unique(place[rows], return_index=True)[1]]
    return rows, place[rows]


def _segments(folder: str, key: str) -> Iterator[tuple[list[str], Halves]]:
    """Ids and vectors of each segment that is as it was written, by name."""
    filesystem, root = open_filesystem(folder)
    filesystem.invalidate_cache()
    for path in sorted(filesystem.glob(f"{root.rstrip('/')}/{key}/*.parquet")):
        file = path.rpartition("/")[2]
        segment = _segment(f"{folder.rstrip('/')}/{key}/{file}", file.removesuffix(".parquet"))
        if segment:
            yield segment


def _segment(url: str, name: str) -> tuple[list[str], Halves] | None:
    """Ids and vectors of a segment; None where they are not those that it is named by."""
    try:
        table = read_table(url, [IDENTIFIER, VECTOR])
        ids, halves = table[IDENTIFIER].to_pylist(), _vectors(table[VECTOR])
        return (ids, halves) if _content_name(ids, halves) == name else None
    except Exception:  # Arrow raises almost anything on broken files.
        return None


def _content_name(ids: list[str], halves: Halves) -> str:
    return hashlib.blake2b("\n".join(ids).encode() + b"\0" + halves.tobytes(), digest_size=16).hexdigest()


def _table(ids: list[str], halves: Halves) -> pa.Table:
    flat = pa.array(halves.reshape(-1))
    return pa.table(
        {IDENTIFIER: pa.array(ids, pa.string()), VECTOR: pa.FixedSizeListArray.from_arrays(flat, halves.shape[1])}
    )


def _vectors(stored: pa.ChunkedArray) -> Halves:
    column = stored.combine_chunks()
    values: Halves = column.flatten().to_numpy().reshape(len(column), -1)
    return values


def _unit(vectors: Matrix) -> Matrix:
    """Rounding to float16 moved the lengths by some 1e-4; what has none keeps none."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths == 0, 1, lengths)
    return vectors
