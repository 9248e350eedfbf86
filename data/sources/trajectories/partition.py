"""The unit of work of a reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from contextpairs.data.sources.trajectories.options import SourceOptions

Container = Literal["parquet", "jsonl", "json", "csv", "hf"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of one file: row groups of Parquet, bytes of JSON lines, shards of a data set, else the whole."""

    uri: str
    format: Container
    start: int
    stop: int
    first_row: int = 0
    """Row number of its first row in the file."""
    rows: tuple[int, int] | None = None
    """Numbers of its first row and of the one after its last, where bytes or row groups alone do not bound it."""
    root: str = ""
    """Folder that the user named: files that its rows name by path have to be within."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Some tens of megabytes of trajectories: a part of one file, or many small files together. Picklable.

    `start` and `stop` count row groups (parquet), bytes (jsonl, json), shards (hf) or files (a group of small files).
    """

    uri: str
    """Its file; of a group the first one and how many more."""
    format: Container
    """Container of its first file."""
    start: int
    stop: int
    fingerprint: str
    """64 hex digits of the content of its file (local), of its entity tag (remote), or of a group's names and files."""
    pieces: tuple[Piece, ...]
    options: SourceOptions = field(default_factory=SourceOptions, repr=False)
