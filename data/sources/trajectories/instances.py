"""The instances table: what issue, repository, commit and gold patch are joined from, by instance id.

It is a SQLite file: bounded memory to write, many readers at once, none of which loads it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from contextpairs.data.code.patch import reverse_patch
from contextpairs.data.code.trajectory import Instance, Trajectory
from contextpairs.data.sources.files.faults import Rejection, RowFault, wrong_type
from contextpairs.data.sources.trajectories.identity import candidate_ids, parse_instance_id, repository_name
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan_tables
from contextpairs.data.sources.trajectories.reading import records
from contextpairs.data.sources.trajectories.rows import check_mapping, nested_names, value_at

ALIASES = {
    "instance_id": ("instance_id",),
    "repository": ("repo", "repository"),
    "commit": ("base_commit", "commit", "base_sha"),
    "issue": ("problem_statement", "issue"),
    "gold_patch": ("gold_patch", "patch"),
    "test_patch": ("test_patch",),
}
FILLED = ("repository", "commit", "issue", "gold_patch")
SHOWN_LOST = 20


class JoinTable:
    """A written instances table. Safe to share between threads, to pickle, and to open many times.

    Args:
        path: the file that `build_instances` wrote.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._local = threading.local()

    def __reduce__(self) -> tuple[type[JoinTable], tuple[Path]]:
        return JoinTable, (self.path,)

    def get(self, instance_id: str) -> Instance | None:
        """The instance of an id, exact first, else as `identity.candidate_ids` reads it; None where there is none."""
        if getattr(self._local, "id", None) != instance_id:
            self._local.id, self._local.instance = instance_id, self._find(instance_id)
        found: Instance | None = self._local.instance
        return found

    def _find(self, instance_id: str) -> Instance | None:
        for candidate in candidate_ids(instance_id):
            for (body,) in self._read("SELECT body FROM instances WHERE id = ?", (candidate,)):
                return Instance(**orjson.loads(body))
        return None

    def __iter__(self) -> Iterator[Instance]:
        """Every instance, by id."""
        return (Instance(**orjson.loads(body)) for (body,) in self._read("SELECT body FROM instances ORDER BY id"))

    def __len__(self) -> int:
        return self.counts()["instances"]

    def counts(self) -> dict[str, int]:
        """What building it found: instances, duplicates (ids met again; the first wins), rejected rows or files."""
        return {name: int(value) for name, value in self._read("SELECT name, value FROM meta") if name != "digest"}

    def digest(self) -> str:
        """64 hex digits over the instances, whatever order they were read in but for which duplicate came first."""
        return next(str(value) for name, value in self._read("SELECT name, value FROM meta") if name == "digest")

    def rejections(self) -> list[Rejection]:
        """The first rows and files that held no instance."""
        rows = self._read("SELECT reason, source, row, detail FROM rejections ORDER BY rowid")
        return [Rejection("read", reason, source, row, detail=detail) for reason, source, row, detail in rows]

    def _read(self, query: str, values: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        return iter(self._local.connection.execute(query, values))


def build_instances(sources: Sequence[str], options: SourceOptions, path: str | Path) -> JoinTable:
    """Write the table of the instances in `sources`, replacing what is at `path` in one step.

    Args:
        sources: as for trajectories; rows are instances. Of rows with one id the first wins.
        options: storage options and `instance_columns`.
        path: local file to write; folders are made.

    Raises:
        SourceError: a source matches nothing or cannot be read, or a mapped column is absent.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with closing(sqlite3.connect(temporary)) as connection:
            _write(connection, sources, options)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return JoinTable(target)


def _write(connection: sqlite3.Connection, sources: Sequence[str], options: SourceOptions) -> None:
    # The file is worthless until it is renamed: it needs no journal.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("CREATE TABLE instances (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)")
    connection.execute("CREATE TABLE rejections (reason TEXT, source TEXT, row INTEGER, detail TEXT)")
    counts = Counter({"instances": 0, "duplicates": 0, "rejected": 0})
    for item in _instances(sources, options):
        if isinstance(item, Rejection):
            counts["rejected"] += 1
            _note(connection, item, counts["rejected"])
        else:
            counts["instances" if _insert(connection, item) else "duplicates"] += 1
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [*sorted(counts.items()), ("digest", _digest(connection))])
    connection.commit()


def _note(connection: sqlite3.Connection, item: Rejection, number: int) -> None:
    if number <= SHOWN_LOST:
        values = (item.reason, item.source, item.row, item.detail)
        connection.execute("INSERT INTO rejections VALUES (?, ?, ?, ?)", values)


def _insert(connection: sqlite3.Connection, instance: Instance) -> bool:
    names = ("instance_id", "repository", "commit", "issue", "gold_patch", "test_patch", "extra")
    option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    body = orjson.dumps({name: getattr(instance, name) for name in names}, default=str, option=option)
    found = connection.execute("INSERT OR IGNORE INTO instances VALUES (?, ?)", (instance.instance_id, body))
    return found.rowcount == 1


def _digest(connection: sqlite3.Connection) -> str:
    digest = hashlib.sha256()
    for (body,) in connection.execute("SELECT body FROM instances ORDER BY id"):
        digest.update(body + b"\n")
    return digest.hexdigest()


def _instances(sources: Sequence[str], options: SourceOptions) -> Iterator[Instance | Rejection]:
    partitions, rejections = plan_tables(sources, options)
    yield from rejections
    checked: set[str] = set()
    for partition in partitions:
        for uri, row, record in records(partition):
            try:
                if isinstance(record, dict) and uri not in checked:
                    check_mapping(list(nested_names(record)), options.instance_columns, uri)
                    checked.add(uri)
                yield _instance(record, options.instance_columns)
            except RowFault as fault:
                yield fault.rejection(uri, row)


def _instance(record: Any, mapped: dict[str, str]) -> Instance:
    if isinstance(record, RowFault):
        raise record
    if not isinstance(record, dict):
        raise wrong_type("(row)", "an object", record)
    columns = {name: _column(record, name, mapped) for name in ALIASES}
    values = {name: _text(record, column) for name, column in columns.items()}
    if not values["instance_id"]:
        raise RowFault("missing-field", f"field {columns['instance_id']!r} is absent; map 'instance_id' to a column")
    if values["gold_patch"] and "gold_patch" not in mapped and columns["gold_patch"] == "patch" and _is_smith(record):
        values["gold_patch"] = reverse_patch(values["gold_patch"])
    extra = {name: value for name, value in record.items() if name not in columns.values()}
    return Instance(**_identified(values), extra=extra)


def _identified(values: dict[str, str | None]) -> dict[str, Any]:
    """The values with repository and commit told by the id where the row does not."""
    repository, commit = parse_instance_id(values["instance_id"] or "")
    recorded = values["repository"]
    named = (repository_name(recorded) or recorded) if recorded else repository
    return {**values, "repository": named, "commit": values["commit"] or commit}


def _column(record: dict[str, Any], name: str, mapped: dict[str, str]) -> str:
    names = (mapped[name],) if name in mapped else ALIASES[name]
    return next((column for column in names if value_at(record, column) is not None), names[0])


def _text(record: dict[str, Any], column: str) -> str | None:
    value = value_at(record, column)
    if value is None or isinstance(value, str):
        return value or None
    raise wrong_type(column, "text or null", value)


def _is_smith(record: dict[str, Any]) -> bool:
    """SWE-smith's `patch` makes the bug; its reverse is the fix."""
    marks = (record.get("repo"), record.get("image_name"))
    return any(isinstance(mark, str) and "swesmith" in mark for mark in marks)


@dataclass(slots=True)
class JoinReport:
    """What a join found and lost."""

    joined: int = 0
    without_gold_patch: int = 0
    lost: int = 0
    lost_ids: set[str] = field(default_factory=set)
    """Some of the ids that the table does not hold, at most 20."""

    def count(self, instance_id: str, instance: Instance | None) -> None:
        """Count one trajectory."""
        self.joined += instance is not None
        self.without_gold_patch += instance is not None and not instance.gold_patch
        self.lost += instance is None
        if instance is None and len(self.lost_ids) < SHOWN_LOST:
            self.lost_ids.add(instance_id)


def join(trajectory: Trajectory, table: JoinTable, report: JoinReport | None = None) -> Trajectory:
    """The trajectory with what its record does not hold taken from its instance; unchanged where there is none."""
    instance = table.get(trajectory.instance_id)
    if report is not None:
        report.count(trajectory.instance_id, instance)
    if instance is None:
        return trajectory
    missing = {name: getattr(instance, name) for name in FILLED if getattr(trajectory, name) is None}
    return replace(trajectory, **missing)
