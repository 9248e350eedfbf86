"""The engine's choice where Prefect does not run: processes or threads of this machine."""

from __future__ import annotations

from collections.abc import Sequence

from contextpairs.pipelines.coding.config import ConfigError, EngineOptions
from contextpairs.pipelines.run.engine import Mapper
from contextpairs.pipelines.run.mappers import process_mapper, thread_mapper


def local_mapper(options: EngineOptions, preload: Sequence[str] = ()) -> Mapper:
    """Processes or threads.

    Args:
        options: which, and how many.
        preload: modules that are slow to import and that the work needs.

    Raises:
        ConfigError: an engine that only a flow can use.
    """
    if options.kind in ("dask", "ray"):
        raise ConfigError(
            f"engine.kind: {options.kind} runs through Prefect: contextpairs run build-coding-pairs, "
            "or engine.kind=processes here"
        )
    if options.kind == "threads":
        return thread_mapper(options.workers)
    return process_mapper(options.workers, preload, options.stall_minutes)
