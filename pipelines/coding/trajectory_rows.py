"""A partition of trajectories read once: what every stage that reads one does before it does anything of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

from contextpairs.builders.coding.one_run import one_run
from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import FAILED, guarded
from contextpairs.data.sources.trajectories.instances import JoinTable
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.sources.trajectories.reading import read
from contextpairs.data.store.stages import local_copy, parquet_file
from contextpairs.filters.coding.contamination import ContaminationOptions, EvaluationInstances
from contextpairs.pipelines.run.stage import Batch

Row = TypeVar("Row")
Counts = dict[str, int]
Place = tuple[str, int]
"""Where a trajectory was read: source and row."""
Origin = tuple[str, int, str]
"""The same with its content address."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What trajectories are looked up in.

    Attributes:
        instances: the join table; None where trajectories say all themselves.
        evaluation: what the evaluation sets hold.
    """

    instances: JoinTable | None
    evaluation: EvaluationInstances


def open_tables(instances: str | None, evaluation: str | None, options: ContaminationOptions) -> Tables:
    """Open the tables of a worker.

    Args:
        instances: URL of the join table.
        evaluation: URL of the join table that holds the evaluation sets' instances.
        options: what counts as evaluation material.
    """
    listed = JoinTable(local_copy(evaluation)) if evaluation else ()
    table = JoinTable(local_copy(instances)) if instances else None
    return Tables(table, EvaluationInstances(options, listed))


def trajectory_batches(
    partition: Partition,
    told: Callable[[Trajectory, Counts], Row | Rejection],
    filled: Callable[[Batch, list[Row]], Batch],
    size: int,
    stage: str,
    only: Sequence[Place] = (),
) -> Iterator[Batch]:
    """Batches of about `size` trajectories, so that memory is bounded by a batch and not by a partition.

    Args:
        partition: of a source.
        told: what a trajectory tells, or why it is set aside; may count.
        filled: puts the rows of a batch into its table.
        size: of a batch, rejections included.
        stage: that a trajectory fails in where `told` raises.
        only: places of the rows to read; none for all. Rows that fail are not counted as read: they are read again.
    """
    batch, rows = Batch(), list[tuple[Origin, Counts, Row]]()
    for item in read(partition, rows_of(partition, only) if only else None):
        if only and (item.source, item.row) not in only:
            continue
        counts: Counter[str] = Counter(rows=1)
        if isinstance(item, Rejection):
            outcome: Row | Rejection = item
        else:
            origin = (item.source, item.row, item.key())
            outcome = guarded(partial(told, item, counts), stage, *origin)
            if not isinstance(outcome, Rejection):
                rows.append((origin, counts, outcome))
        if isinstance(outcome, Rejection):
            batch.rejections.append(outcome)
        if not (isinstance(outcome, Rejection) and outcome.reason == FAILED):
            batch.counts = dict(Counter(batch.counts) + counts)
        if len(rows) + len(batch.rejections) >= size:
            yield _whole(batch, rows, filled, stage)
            batch, rows = Batch(), []
    yield _whole(batch, rows, filled, stage)


def _whole(
    batch: Batch, told: Sequence[tuple[Origin, Counts, Row]], filled: Callable[[Batch, list[Row]], Batch], stage: str
) -> Batch:
    """The batch with its rows in its table; rows that no table takes, tried one by one where one spoils all, fail."""
    whole = guarded(lambda: filled(batch, [row for *_, row in told]), stage, "", 0)
    if not isinstance(whole, Rejection):
        return whole
    rows: list[Row] = []
    for origin, counts, row in told:
        alone = guarded(partial(filled, Batch(), [row]), stage, *origin)
        if isinstance(alone, Rejection):
            batch.rejections.append(alone)
            batch.counts = dict(Counter(batch.counts) - Counter(counts))
        else:
            rows.append(row)
    return filled(batch, rows)


def read_again(partition: Partition, keys: Mapping[Place, str]) -> Iterator[Trajectory | Rejection]:
    """The trajectories that were read at some places of a partition; one that raises now is a `failed` rejection.

    Args:
        partition: of a source.
        keys: the content address of each, by its place.

    Raises:
        RuntimeError: another trajectory stands there now, or none.
    """
    left = dict(keys)
    for item in read(partition, only=rows_of(partition, left)):
        place = (item.source, item.row)
        if place not in left or (isinstance(item, Rejection) and item.reason != FAILED):
            continue
        key = left.pop(place)
        run = item if isinstance(item, Rejection) else guarded(partial(one_run, item), "fetch", *place, key)
        if run.reason != FAILED if isinstance(run, Rejection) else run.key() != key:
            raise RuntimeError(f"{item.source} row {item.row} changed while the build ran: start it again")
        yield run
    if left:
        raise RuntimeError(f"{next(iter(left))} was there when the build began and is not now: start it again")


def rows_of(partition: Partition, places: Collection[Place]) -> Collection[int] | dict[str, list[int]]:
    """Row numbers to read again: by file where sources are files, so that a group of small files is not read whole."""
    if {source for source, _ in places} <= {piece.source for piece in partition.pieces}:
        rows: dict[str, list[int]] = {}
        for source, row in sorted(places):
            rows.setdefault(source, []).append(row)
        return rows
    return {row for _, row in places}


def facts_rows(path: str, places: Collection[Place], columns: list[str] | None = None) -> dict[Place, dict[str, Any]]:
    """Facts of some trajectories, by where they were read: equal runs may differ in what is recorded of them.

    Args:
        path: of an output of the facts stage.
        places: of the trajectories.
        columns: `source` and `row` among them; all without.
    """
    found: dict[Place, dict[str, Any]] = {}
    wanted = pa.array(sorted({row for _, row in places}), pa.int64())
    with parquet_file(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=columns)
            for row in table.filter(pa.compute.is_in(table["row"], value_set=wanted)).to_pylist():
                if (row["source"], row["row"]) in places:
                    found[row["source"], row["row"]] = row
    return found
