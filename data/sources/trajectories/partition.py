"""How sources are read, and the unit of work that they are cut into."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeVar

from pydantic import Field, field_validator

from contextpairs.data.sources.files.safe_text import without_secrets
from contextpairs.data.store.settings import Settings

TRAJECTORY_FIELDS: Final = (
    "instance_id", "messages", "trajectory_id", "repository", "commit", "issue", "patch", "gold_patch", "resolved",
    "report", "test_log", "agent", "model", "license", "exit_status",
)  # fmt: skip
INSTANCE_FIELDS: Final = ("instance_id", "repository", "commit", "issue", "gold_patch", "test_patch")
Column = TypeVar("Column")
Container = Literal["parquet", "jsonl", "json", "csv", "arrow", "tar", "hf"]


class SourceError(ValueError):
    """A source that cannot be read at all: nothing matched, no file is readable, a mapped column is absent."""

    def __init__(self, message: str) -> None:
        """Args: message: for a person; credentials of URLs in it are left out."""
        super().__init__(without_secrets(message))


class StorageOptions(Settings):
    """How files are reached, and how much of them is one unit of work."""

    storage: dict[str, Any] = Field(default_factory=dict)
    """fsspec options by protocol, such as {s3: {endpoint_url: ...}}."""
    partition_bytes: int = Field(default=16 * 2**20, ge=1)
    """Stored bytes of one unit of work; larger files are split, smaller ones grouped."""

    @field_validator("storage")
    @classmethod
    def _by_protocol(cls, storage: dict[str, Any]) -> dict[str, Any]:
        for protocol, options in storage.items():
            if not isinstance(options, Mapping):
                raise ValueError(f"{protocol!r}: expected options by protocol, such as {{s3: {{key: value}}}}")
        return storage


class SourceOptions(StorageOptions):
    """What a reader cannot tell from content."""

    columns: dict[str, str] = Field(default_factory=dict)
    """Field of a trajectory -> column of a row source (`a.b` reaches into a struct); overrides what is recognised."""
    instance_pattern: str | None = None
    """Regular expression with a group `instance_id`, which is looked for in a file's path: the instance of records that
    name none, as in `trajs/(?P<instance_id>[^/]+)/`."""
    instances: list[str] = Field(default_factory=list)
    """Sources of the instances table that issue, repository, commit and gold patch are joined from."""
    instance_columns: dict[str, str] = Field(default_factory=dict)
    """Field of an instance -> column of the instances table."""

    @field_validator("instance_pattern")
    @classmethod
    def _tells_the_instance(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        if "instance_id" not in groups:
            raise ValueError(
                f"{pattern!r} has no group instance_id: write (?P<instance_id>[^/]+) where the path has it"
            )
        return pattern

    def instance_of(self, uri: str) -> str | None:
        """The instance that a file's path tells; None where it tells none."""
        match = re.search(self.instance_pattern, uri) if self.instance_pattern else None
        return (match["instance_id"] or None) if match else None

    @field_validator("columns")
    @classmethod
    def _trajectory_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        return known_fields(columns, TRAJECTORY_FIELDS)

    @field_validator("instance_columns")
    @classmethod
    def _instance_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        return known_fields(columns, INSTANCE_FIELDS)


def known_fields(columns: dict[str, Column], fields: tuple[str, ...]) -> dict[str, Column]:
    """The mapping itself; ValueError where it maps a field that is not among these."""
    for name in columns:
        if name not in fields:
            raise ValueError(f"unknown field {name!r}: map one of {', '.join(fields)}")
    return columns


class Located(StorageOptions):
    """A source with a reading of its own."""

    path: str
    """File, folder, pattern, fsspec URL or `hf:owner/name`; the other fields, where given, stand over those of `source`
    for this source alone."""


class TrajectorySource(SourceOptions, Located):
    """A source of trajectories with a reading of its own."""


Options = TypeVar("Options", bound=StorageOptions)


def reading_of(source: str | Located, options: Options) -> tuple[str, Options]:
    """The path of a source, and how it is read: what it says itself, else what is said of all."""
    if isinstance(source, str):
        return source, options
    own = {name: getattr(source, name) for name in source.model_fields_set if name in type(options).model_fields}
    return source.path, options.model_copy(update=own)


def paths_of(sources: Sequence[str | Located]) -> list[str]:
    """Paths of sources."""
    return [source if isinstance(source, str) else source.path for source in sources]


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

    @property
    def source(self) -> str:
        """What its rows are said to come from: its URI without what may be secret."""
        return without_secrets(self.uri)


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
