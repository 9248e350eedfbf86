"""Tables that trajectories are joined with by instance id, made from sources and put where every worker sees them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.data.sources.trajectories.instances import build_instances
from contextpairs.data.sources.trajectories.partition import Partition, SourceOptions
from contextpairs.data.store.stages import put_file
from contextpairs.pipelines.run.build import Build

Table = tuple[str, str]
"""URL and digest of an instances table."""


def instance_tables(build: Build[Any], partitions: Sequence[Partition]) -> list[Table | None]:
    """The instances table that each partition is joined with: sources may have tables of their own."""
    made: dict[str, Table | None] = {}
    named = [canonical_json([each.options.instances, each.options.instance_columns]) for each in partitions]
    for name, partition in zip(named, partitions, strict=True):
        if name not in made:
            made[name] = join_table(build, partition.options.instances, "instances", partition.options)
    return [made[name] for name in named]


def join_table(
    build: Build[Any], sources: Sequence[str], name: str, options: SourceOptions | None = None
) -> Table | None:
    """An instances table made from sources, read by these options or the build's, put where every worker sees it."""
    if not sources:
        return None
    with tempfile.TemporaryDirectory() as folder:
        table = build_instances(sources, options or build.config.source, f"{folder}/{name}.sqlite")
        mark = table.digest()
        for kind, count in sorted(table.counts().items()):
            build.note(f"{name} table: {kind}: {count}")
        build.uses(f"{name}-{mark}")
        return put_file(table.path, f"{build.config.work_dir}/{name}-{mark}.sqlite"), mark
