"""The engine's choice where Prefect does not run: processes or threads of this machine."""

from __future__ import annotations

from pipelines.config import ConfigError, EngineOptions
from pipelines.engine import Mapper, process_mapper, thread_mapper


def local_mapper(options: EngineOptions) -> Mapper:
    """Processes or threads. Raises ConfigError for engines that only a flow can use."""
    if options.kind in ("dask", "ray"):
        raise ConfigError(
            f"engine.kind: {options.kind} runs through Prefect: use the deployment build-coding-pairs, "
            "or engine.kind=processes here"
        )
    return thread_mapper(options.workers) if options.kind == "threads" else process_mapper(options.workers)
