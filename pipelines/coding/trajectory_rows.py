"""A partition of trajectories read once: what every stage that reads one does before it does anything of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import FAILED, guarded
from contextpairs.data.sources.trajectories.instances import JoinTable
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.sources.trajectories.reading import read
from contextpairs.data.store.stages import local_copy
from contextpairs.filters.coding.contamination import ContaminationOptions, EvaluationInstances
from contextpairs.pipelines.run.stage import Batch

Row = TypeVar("Row")
Counts = dict[str, int]
Place = tuple[str, int]
"""Where a trajectory was read: source and row."""


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
    batch, rows = Batch(), list[Row]()
    for item in read(partition, rows_of(partition, only) if only else None):
        if only and (item.source, item.row) not in only:
            continue
        counts: Counter[str] = Counter(rows=1)
        outcome = (
            item
            if isinstance(item, Rejection)
            else guarded(partial(told, item, counts), stage, item.source, item.row, item.key())
        )
        if not (isinstance(outcome, Rejection) and outcome.reason == FAILED):
            batch.counts = dict(Counter(batch.counts) + counts)
        if isinstance(outcome, Rejection):
            batch.rejections.append(outcome)
        else:
            rows.append(outcome)
        if len(rows) + len(batch.rejections) >= size:
            yield filled(batch, rows)
            batch, rows = Batch(), []
    yield filled(batch, rows)


def rows_of(partition: Partition, places: Collection[Place]) -> Collection[int] | dict[str, list[int]]:
    """Row numbers to read again: by file where sources are files, so that a group of small files is not read whole."""
    if {source for source, _ in places} <= {piece.uri for piece in partition.pieces}:
        rows: dict[str, list[int]] = {}
        for source, row in sorted(places):
            rows.setdefault(source, []).append(row)
        return rows
    return {row for _, row in places}
