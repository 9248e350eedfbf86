"""Tasks at rest: a folder of Parquet with the columns that TRL reads, and `tasks.json`, which accounts for it.

The file names hold a hash of what they hold, and `tasks.json`, which names them, is replaced in one step: a reader that
goes by it sees the old tasks or the new ones, never a mixture.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pydantic import Field, NonNegativeInt

from contextpairs.data.pairs.contexts import IMAGE, TURNS
from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.data.store.atomic import sync_folder, write_atomic
from contextpairs.data.store.manifest import FunnelStage, SourceUse
from contextpairs.data.store.sealed import ManifestError, Seal, StoredFile, stored_file, unsealed
from contextpairs.data.store.shards import ShardLimits, write_shards
from contextpairs.pipelines.tasks.rewards import Kind

if TYPE_CHECKING:
    from datasets import Dataset

MANIFEST_NAME = "tasks.json"
WRITING = ".writing"
ROW_GROUP_IMAGES = 100
_TEXT = {"dtype": "large_string", "_type": "Value"}


class TasksError(ValueError):
    """A folder whose tasks are not whole, or not as they were written."""


class NoTasks(LookupError):
    """No task is left to write, or a folder holds none."""


class TasksManifest(Seal):
    """What a folder of tasks holds, what it was made from, what was lost on the way."""

    kind: Kind
    """Which tasks, and so which rewards."""
    configuration: dict[str, Any]
    """The settings of the build that shape the rows."""
    sources: tuple[SourceUse, ...] = ()
    """Every input."""
    code_version: str = ""
    """Hash of the code that made the tasks."""
    funnel: tuple[FunnelStage, ...] = ()
    """The stages in their order."""
    counts: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """What the tasks are like: references by origin, tasks by domain, licences."""
    notes: tuple[str, ...] = ()
    """Known limits, in sentences."""
    tasks: NonNegativeInt = 0
    """Rows. Filled when written."""


def tasks_schema(kind: Kind) -> pa.Schema:
    """The columns of a kind, with the note by which `datasets` finds its features again.

    `prompt` is a list of {role, content}; `images` a list of {bytes, path}; `task_id`, `reference` (JSON, read by the
    reward) and `provenance` (JSON) are texts.
    """
    images = {"images": (pa.list_(IMAGE.kind), {"feature": dict(IMAGE.feature), "_type": "List"})}
    columns: dict[str, tuple[pa.DataType, Mapping[str, Any]]] = {
        "task_id": (pa.large_string(), _TEXT),
        "prompt": (TURNS.kind, TURNS.feature),
        **(images if kind == "images" else {}),
        "reference": (pa.large_string(), _TEXT),
        "provenance": (pa.large_string(), _TEXT),
    }
    note = json.dumps({"info": {"features": {name: dict(feature) for name, (_, feature) in columns.items()}}})
    return pa.schema([(name, kind) for name, (kind, _) in columns.items()], metadata={"huggingface": note})


def task_id(*said: str) -> str:
    """Identity of a task: 32 hex digits over what it shows and what is right."""
    return hashlib.sha256(canonical_json(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def write_tasks(rows: Iterable[Mapping[str, Any]], manifest: TasksManifest, folder: Path) -> TasksManifest:
    """Write tasks, replacing those that the folder holds in one step; equal tasks change no byte.

    Args:
        rows: in the columns of `tasks_schema`; consumed once, in the memory of one row group.
        manifest: what the build knows.
        folder: made where it is missing.

    Returns:
        The manifest with all that writing adds, sealed.

    Raises:
        NoTasks: there is no row.
        OSError: the folder cannot be written; what it held then stands.
    """
    folder.mkdir(parents=True, exist_ok=True)
    limits = ShardLimits(row_group_rows=ROW_GROUP_IMAGES if manifest.kind == "images" else None)
    with unsealed(folder / WRITING) as scratch:
        shards = write_shards(rows, tasks_schema(manifest.kind), scratch, "tasks", limits)
        if not shards:
            raise NoTasks("no task is left; the funnel says at which stage and why")
        files = tuple(_moved(path, count, folder) for path, count in shards)
    sync_folder(folder)
    update = {"files": files, "tasks": sum(file.rows or 0 for file in files)}
    sealed = manifest.model_copy(update=update).sealed()
    write_atomic(folder / MANIFEST_NAME, sealed.to_bytes())
    _remove_others(folder, {file.path for file in files})
    return sealed


def read_manifest(path: str | Path) -> TasksManifest:
    """The manifest of a folder of tasks.

    Raises:
        NoTasks: the folder holds none.
        TasksError: it was altered.
    """
    file = Path(path) / MANIFEST_NAME
    if not file.is_file():
        raise NoTasks(f"{path}: there is no {MANIFEST_NAME}; write tasks with `contextpairs tasks coding out={path}`")
    try:
        manifest = TasksManifest.parsed(file.read_bytes(), str(file))
    except ManifestError as error:
        raise TasksError(f"{error}; write the tasks anew") from None
    if not manifest.is_intact():
        raise TasksError(f"{file}: was altered after it was written; write the tasks anew")
    return manifest


def load_tasks(path: str | Path) -> Dataset:
    """The tasks of a folder, with TRL's columns: `prompt`, for image tasks `images`, and what the reward reads.

    Raises:
        NoTasks: the folder holds none.
        TasksError: they are not whole, or not as they were written.
    """
    from datasets import Dataset, Features

    manifest = read_manifest(path)
    files = [_whole(Path(path) / file.path, file) for file in manifest.files]
    features = Features.from_arrow_schema(tasks_schema(manifest.kind))
    return Dataset.from_parquet(files, features=features)


def _whole(path: Path, file: StoredFile) -> str:
    size = path.stat().st_size if path.is_file() else None
    if size != file.bytes:
        raise TasksError(f"{path}: expected {file.bytes} bytes, found {size}; copy the whole folder, or write it anew")
    return str(path)


def _moved(path: Path, rows: int, folder: Path) -> StoredFile:
    """A finished file under its final name, which holds a hash of its content."""
    file = stored_file(path, path.parent, rows)
    name = path.name.replace("tasks-", f"tasks-{file.sha256[:12]}-", 1)
    path.replace(folder / name)
    return file.model_copy(update={"path": name})


def _remove_others(folder: Path, kept: set[str]) -> None:
    for path in folder.glob("tasks-*.parquet"):
        if path.name not in kept:
            path.unlink()
