"""A stage of a build: a function of a partition's payload, under the name of the folder that holds its outputs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

import pyarrow as pa

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import FAILED
from contextpairs.data.store.stages import StageFolder, parquet_file, read_table, rejections_path
from contextpairs.pipelines.run.code_identity import Closure, code_closure, code_identity
from contextpairs.pipelines.run.stall import RowMark

Payload = TypeVar("Payload")


BESIDE = "beside"
"""Count of rows of a table that stand beside another row and are no result of their own: an original, with its edit."""


@dataclass(slots=True)
class Batch:
    """Rows that a stage hands out as it goes, with what it rejected and counted on the way."""

    table: pa.Table | None = None
    rejections: list[Rejection] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again(Generic[Payload]):
    """How the rows of a partition that failed are tried again, and those alone.

    Attributes:
        narrowed: the payload for the failed rows, given as their rejections are stored; None where the whole
            partition is done again.
        place: the place of a row group among those of the payload, where their order is of account.
    """

    narrowed: Callable[[Payload, Sequence[dict[str, Any]]], Payload] | None = None
    place: Callable[[Payload, pa.Table], int] | None = None


class Stage(Generic[Payload]):
    """A function that workers run, one partition at a time; what `@stage` makes of it. Picklable: by module and name.

    Attributes:
        name: of the folder of its outputs.
        runs_model: whether it wants a GPU, if there is one.
        again: how failed rows are tried again; None where none can fail.
    """

    def __init__(
        self,
        name: str,
        function: Callable[[Payload], Iterable[Batch]],
        runs_model: bool,
        again: Again[Payload] | None = None,
    ) -> None:
        """Keep the function and what is known of it."""
        self.name = name
        self.runs_model = runs_model
        self.again = again
        self._function = function
        self.__module__ = function.__module__
        self.__doc__ = function.__doc__

    def __call__(self, payload: Payload) -> Iterable[Batch]:
        """Rows of a partition."""
        return self._function(payload)

    def write(self, payload: Payload, folder: StageFolder, name: str) -> tuple[int, dict[str, int], dict[str, int]]:
        """Do a partition's work: its output appears in the folder under the name, whole or not at all.

        Where an output is there some rows of which failed, those are done again and the others are kept.

        Returns:
            Rows, rejections by "stage/reason", other counts.
        """
        reasons: Counter[str] = Counter()
        counts: Counter[str] = Counter()
        mark = RowMark(folder)
        with folder.writer(name) as writer:
            for batch in self._batches(payload, folder, name):
                mark.row()
                reasons.update(f"{rejection.stage}/{rejection.reason}" for rejection in batch.rejections)
                counts.update(batch.counts)
                writer.write(batch.table, batch.rejections)
            return writer.close(dict(reasons), dict(counts)), dict(reasons), dict(counts)

    def _batches(self, payload: Payload, folder: StageFolder, name: str) -> Iterable[Batch]:
        if self.again is None or self.again.narrowed is None:
            return self(payload)
        if (before := stored(folder, name)) is None:
            return self(payload)
        batches = [*before.batches, *self(self.again.narrowed(payload, before.failed))]
        return batches if self.again.place is None else _in_order(batches, partial(self.again.place, payload))

    def __reduce__(self) -> str:
        """Where pickle finds the stage: at the name of its function."""
        return self._function.__qualname__

    def identity(self) -> str:
        """Hash of all code that shapes its rows; another code is another output.

        Raises:
            CodeMismatch: a file was changed after this process had begun.
        """
        return code_identity(self._function)

    def closure(self) -> Closure:
        """All code that shapes its rows."""
        return code_closure(self._function)


@dataclass(slots=True)
class Stored:
    """An output some rows of which failed: the failed rows as their rejections are stored, and all the rest."""

    failed: list[dict[str, Any]]
    batches: list[Batch]


def stored(folder: StageFolder, name: str) -> Stored | None:
    """What an output holds that has to be done again in part; None where there is none."""
    counted = folder.find(name)
    if counted is None or not failures(counted["reasons"]):
        return None
    path = folder.path(name)
    rejected = read_table(rejections_path(path)).to_pylist()
    kept = [Rejection(**row) for row in rejected if row["reason"] != FAILED]
    with parquet_file(path) as file:
        groups = [Batch(file.read_row_group(group)) for group in range(file.num_row_groups)]
    batches = [Batch(rejections=kept, counts=counted["counts"]), *groups]
    return Stored([row for row in rejected if row["reason"] == FAILED], batches)


def failures(reasons: Mapping[str, int]) -> int:
    """How many rows failed, of rejections by "stage/reason"."""
    return sum(count for reason, count in reasons.items() if reason.endswith(f"/{FAILED}"))


def _in_order(batches: Iterable[Batch], place: Callable[[pa.Table], int]) -> list[Batch]:
    """Batches without rows first, the others as their rows stand in the payload."""
    return sorted(batches, key=lambda batch: place(batch.table) if batch.table is not None and len(batch.table) else -1)


def stage(
    name: str, *, runs_model: bool = False, again: Again[Any] | None = None
) -> Callable[[Callable[[Payload], Iterable[Batch]]], Stage[Payload]]:
    """Make a function a stage, whose outputs lie in a folder of that name."""
    return lambda function: Stage(name, function, runs_model, again)


def code_version(stages: Iterable[Stage[Any]]) -> str:
    """Hash of the code of some stages, as a manifest tells it: 16 hex digits."""
    lines = sorted(f"{each.name} {each.__reduce__()} {each.identity()}" for each in stages)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()
