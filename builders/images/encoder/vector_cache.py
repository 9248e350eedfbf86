"""Vectors at rest: each image's once per encoder, in small immutable segments: a kill costs one segment at most.

A segment is a Parquet file of `image_id` and `vector` (float16), named by its content. Nothing is ever rewritten: two
writers cannot hurt each other, and what both wrote is simply there twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.stages import read_table

Matrix = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
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
    wanted = pa.array(dict.fromkeys(ids), pa.string())
    stored = _names([names for _, names in _segments(folder, key, IDENTIFIER)])
    owed: list[str] = wanted.filter(pc.invert(pc.is_in(wanted, value_set=stored))).to_pylist()
    return owed


def write_segment(folder: str, key: str, ids: list[str], vectors: npt.NDArray[Any]) -> str:
    """Store vectors, shape (n, d), as one segment that appears whole or not at all. Returns its URL."""
    if len(ids) != len(vectors):
        raise ValueError(f"{len(ids)} ids for {len(vectors)} vectors: expected one vector an id")
    halves = np.ascontiguousarray(vectors, np.float16)
    name = hashlib.blake2b("\n".join(ids).encode() + b"\0" + halves.tobytes(), digest_size=16).hexdigest()
    buffer = BytesIO()
    pq.write_table(_table(ids, halves), buffer, compression="zstd", use_dictionary=False)
    filesystem, root = fsspec.core.url_to_fs(folder)
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
    """Unit vectors of images, shape (len(ids), d), in the order of `ids`; beside them all names and one segment.

    Of an image that stands in several segments the first by name counts.

    Raises:
        VectorsMissingError: an image has no vector; embed what `missing` names first.
    """
    if len(set(ids)) != len(ids):
        raise ValueError(f"{len(ids) - len(set(ids))} ids are there twice: expected distinct image ids")
    segments = list(_segments(folder, key, IDENTIFIER))
    place = _first_places(_names([names for _, names in segments]), ids)
    vectors: Matrix = np.zeros((0, 0), np.float32)
    found, start = 0, 0
    for url, names in segments:
        mine = place[start : start + len(names)]
        start += len(names)
        rows = np.flatnonzero(mine >= 0)
        if len(rows):
            halves = _vectors(_column(url, VECTOR))
            if not vectors.size:
                vectors = np.empty((len(ids), halves.shape[1]), np.float32)
            vectors[mine[rows]] = _unit(halves[rows].astype(np.float32))
            found += len(rows)
    if found < len(ids):
        owed = missing(folder, key, ids)
        raise VectorsMissingError(
            f"{folder}/{key}: no vector of {len(owed)} of {len(ids)} images, the first {owed[0]}; "
            "embed what is missing first"
        )
    return vectors


def _first_places(names: pa.Array, ids: list[str]) -> npt.NDArray[np.int64]:
    """Where each name stands in `ids`; -1 where it does not, or stood before."""
    place = pc.fill_null(pc.index_in(names, value_set=pa.array(ids, pa.string())), -1).to_numpy().astype(np.int64)
    first = np.zeros(len(place), bool)
    first[np.unique(place, return_index=True)[1]] = True
    return np.where(first, place, -1)


def _names(columns: list[pa.ChunkedArray]) -> pa.Array:
    return pa.chunked_array([chunk for each in columns for chunk in each.chunks], pa.string()).combine_chunks()


def _segments(folder: str, key: str, column: str) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """A column of whole segments, by name, with their URLs; what a kill or a power cut left cut off is passed over, so
    its images are owed again."""
    filesystem, root = fsspec.core.url_to_fs(folder)
    filesystem.invalidate_cache()
    for path in sorted(filesystem.glob(f"{root.rstrip('/')}/{key}/*.parquet")):
        url = f"{folder.rstrip('/')}/{key}/{path.rpartition('/')[2]}"
        try:
            yield url, _column(url, column)
        except (pa.ArrowException, KeyError, OSError):
            continue


def _column(url: str, name: str) -> pa.ChunkedArray:
    return read_table(url, [name])[name]


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
    """Rounding to float16 moved the lengths by some 1e-4."""
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
