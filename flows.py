"""Prefect flows: orchestration alone. What they run lives in `pipelines`, and runs there without Prefect too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import as_completed
from prefect.states import Completed
from prefect.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner
from prefect.utilities.annotations import quote
from pydantic import BaseModel

from data.manifest import FunnelStage
from data.store import Published, Store
from pipelines.coding import build_coding
from pipelines.config import CodingConfig, EngineOptions
from pipelines.engine import Output, Work, run

F = TypeVar("F", bound=Callable[..., Any])


def takes(model: type[BaseModel]) -> Callable[[F], F]:
    """Give a flow the fields of a configuration model as parameters, so that the form in the UI is the model."""

    def with_signature(function: F) -> F:
        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.get_default(call_default_factory=True),
                annotation=field.annotation,
            )
            for name, field in model.model_fields.items()
        ]
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return function

    return with_signature


@task(name="partition", task_run_name="{name}", retries=3, retry_delay_seconds=[1, 10, 60], cache_policy=NO_CACHE)
def partition(work: Work, name: str) -> Output:
    """One partition of one stage. Its output is its cache: a retry or a rerun finds what is done."""
    return run(work)


class Artifacts:
    """A reporter that shows a build in the Prefect UI: progress while it runs, the funnel when it is done."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self.lines: list[FunnelStage] = []
        self._progress: Any = None
        self._total = 1
        self._done = 0
        self._log = get_run_logger()

    def stage(self, name: str, partitions: int) -> None:
        """Show a progress bar for the stage."""
        self._total, self._done = max(1, partitions), 0
        self._progress = create_progress_artifact(0.0, key=f"progress-{name}", description=name)

    def advance(self, reused: bool) -> None:
        """Move the bar of the running stage."""
        self._done += 1
        update_progress_artifact(self._progress, 100.0 * self._done / self._total)

    def funnel(self, line: FunnelStage) -> None:
        """Log the line; the table follows at the end."""
        self.lines.append(line)
        self._log.info("%s: %s of %s %s; dropped %s", line.stage, line.rows_out, line.rows_in, line.unit, line.reasons)

    def note(self, message: str) -> None:
        """Log it."""
        self._log.info(message)

    def show(self, published: Published, manifest: Any) -> None:
        """Show funnel and audit as artifacts."""
        rows = [{**line.model_dump(exclude={"reasons"}), "reasons": str(line.reasons)} for line in self.lines]
        create_table_artifact(rows, key="funnel", description=f"Funnel of {published.version}")
        audit = "\n".join(
            f"| {a.split} | {a.name} | {a.accuracy:.3f} | {a.low:.3f} to {a.high:.3f} | {a.n} |" for a in manifest.audit
        )
        head = "| split | baseline | accuracy | 95 % interval | rows |\n|---|---|---|---|---|\n"
        create_markdown_artifact(f"# {published.version}\n\n{published.path}\n\n{head}{audit}", key="audit")


def prefect_mapper(works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
    """Run works as tasks of the flow that is running, on its task runner."""
    futures = [
        # Quoted, so that Prefect does not search thousands of payload values for futures.
        partition.submit(quote(work), name=f"{work.stage}-{number}")  # type: ignore[call-overload]
        for number, work in enumerate(works)
    ]
    for future in as_completed(futures):
        done(future.result())
    return [future.result() for future in futures]


def task_runner(engine: EngineOptions) -> Any:
    """The task runner that an engine names; Dask and Ray need the extra of that name."""
    if engine.kind == "threads":
        return ThreadPoolTaskRunner(max_workers=engine.workers)
    if engine.kind == "processes":
        return ProcessPoolTaskRunner(max_workers=engine.workers)
    if engine.kind == "dask":
        from prefect_dask import DaskTaskRunner

        local = {"n_workers": engine.workers, "threads_per_worker": 1}
        return DaskTaskRunner(address=engine.address) if engine.address else DaskTaskRunner(cluster_kwargs=local)
    from prefect_ray import RayTaskRunner

    own = {"num_cpus": engine.workers}
    return RayTaskRunner(address=engine.address) if engine.address else RayTaskRunner(init_kwargs=own)


@flow(name="coding-partitions", validate_parameters=False)
def coding_partitions(config: CodingConfig) -> Published:
    """The work of a build on the task runner of its engine."""
    artifacts = Artifacts()
    published = build_coding(config, prefect_mapper, artifacts)
    artifacts.show(published, Store(config.out, config.storage).manifest(published.version))
    return published


@flow(name="build-coding-pairs")
@takes(CodingConfig)
def build_coding_pairs(**fields: Any) -> State[str]:
    """Build a version of coding pairs from agent trajectories; ends with the version's path."""
    published = _build(fields)
    word = "published" if published.created else "unchanged"
    return Completed(message=f"{word} {published.version}: {published.path}", data=published.path)


@flow(name="refresh-pairs")
@takes(CodingConfig)
def refresh_pairs(**fields: Any) -> State[str]:
    """Build again from sources that may have grown: only new partitions cost work, and equal content publishes nothing."""
    published = _build(fields)
    word = "new content published as" if published.created else "nothing changed since"
    return Completed(message=f"{word} {published.version}: {published.path}", data=published.path)


def _build(fields: dict[str, Any]) -> Published:
    """Build on the task runner that the configuration names."""
    config = CodingConfig.model_validate(fields)
    published: Published = coding_partitions.with_options(task_runner=task_runner(config.engine))(config)
    get_run_logger().info("%s", published.path)
    return published
