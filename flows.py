"""Prefect flows: orchestration alone. What they run lives in `pipelines`, and runs there without Prefect too."""

from __future__ import annotations

import inspect
import json
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

from prefect import flow, get_run_logger, task
from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture, as_completed
from prefect.states import Completed
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.store.manifest import FunnelStage, Manifest
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import CodingConfig, coding_config
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.build_options import BuildConfig, EngineOptions
from contextpairs.pipelines.run.code_identity import CodeMismatch
from contextpairs.pipelines.run.config_files import ConfigError, validated
from contextpairs.pipelines.run.engine import Mapper, Output, Work, run
from contextpairs.pipelines.run.reporting import Reporter
from contextpairs.pipelines.train.config import TrainConfig, preset_fields

if TYPE_CHECKING:
    from contextpairs.pipelines.train.run import Trained

F = TypeVar("F", bound=Callable[..., Any])

PRESET_FIELDS = {CodingConfig: frozenset({"cascade"}), TrainConfig: preset_fields()}
"""Fields that come from the preset unless they are given: Prefect fills in defaults, which would hide the preset's."""
LASTING = (SourceError, ConfigError, ModelError, CodeMismatch)
"""What time does not heal: wrong settings, sources that cannot be read, a worker with other code."""
RETRY_DELAYS = (1.0, 10.0, 60.0)
"""Seconds before a failed partition is tried again."""
GPU = "gpu"
"""Tag of tasks that run a model: `prefect concurrency-limit create gpu 1` lets one run at a time, wherever it runs."""
SHOWN_PAIRS, COLUMNS = 16, 2
"""Pairs of the picture that an image build ends with, and how many stand side by side: more are too small to read."""
PROGRESS_EVERY = 2.0
"""Seconds between updates of a progress bar: each is a write to the server's database."""


def takes(model: type[BaseModel]) -> Callable[[F], F]:
    """Give a flow the fields of a configuration model as parameters, so that the form in the UI is the model."""

    def with_signature(function: F) -> F:
        of_preset = PRESET_FIELDS.get(model, frozenset())
        parameters = [_parameter(name, field, name in of_preset) for name, field in model.model_fields.items()]
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return function

    return with_signature


def _parameter(name: str, field: FieldInfo, of_preset: bool) -> inspect.Parameter:
    """A field as Prefect reads it: type and bounds from the annotation, description and default from a Field."""
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    if of_preset:
        kind, default = kind | None, Field(default=None, description=f"{field.description} Default: the preset's.")
    else:
        value = field.get_default(call_default_factory=True, validated_data={})
        default = Field(default=value, description=field.description)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _worth_another_try(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Whether time may heal a failure."""
    return not isinstance(state.result(raise_on_failure=False), LASTING)


@task(
    name="partition",
    task_run_name="{name}",
    retries=len(RETRY_DELAYS),
    retry_delay_seconds=list(RETRY_DELAYS),
    retry_condition_fn=_worth_another_try,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def partition(work: Callable[[], Output], name: str) -> Output:  # noqa: ARG001
    """One partition of one stage. Its output is its cache: a retry or a rerun finds what is done."""
    return work()


class PartitionFailed(RuntimeError):
    """A partition failed as often as it is tried; the others' outputs are kept, so a rerun does only what is owed."""


def prefect_mapper(runner: TaskRunner[Any]) -> Mapper:
    """Works as tasks of the flow run that is under way, on a task runner that has been entered."""

    def run_all(works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
        names = [f"{work.stage.name}-{number}" for number, work in enumerate(works)]
        # A partial is opaque to Prefect, which would search thousands of payload values for futures otherwise.
        calls = [{"work": partial(run, work), "name": name} for work, name in zip(works, names, strict=True)]
        futures: list[PrefectFuture[Output]] = [
            runner.submit(_tagged(work), call) for work, call in zip(works, calls, strict=True)
        ]
        name_of = {future.task_run_id: name for future, name in zip(futures, names, strict=True)}
        outputs: dict[UUID, Output] = {}
        for future in as_completed(futures):
            outputs[future.task_run_id] = _output(future, name_of[future.task_run_id])
            done(outputs[future.task_run_id])
        return [outputs[future.task_run_id] for future in futures]

    return run_all


def _tagged(work: Work) -> Any:
    """The task of a work, tagged where it runs a model."""
    return partition.with_options(tags=[GPU]) if work.stage.runs_model else partition


def _output(future: PrefectFuture[Output], name: str) -> Output:
    try:
        return future.result()
    except LASTING:
        raise
    except Exception as error:
        tries = 1 + len(RETRY_DELAYS)
        what = f"partition {name} failed {tries} times, last with {type(error).__name__}: {error}"
        raise PartitionFailed(f"{what}; finished partitions are kept, so a new run does only what is owed") from error


def task_runner(engine: EngineOptions) -> TaskRunner[Any]:
    """The task runner that an engine names. Raises ConfigError if its extra is not installed."""
    if engine.kind == "threads":
        return ThreadPoolTaskRunner(max_workers=engine.workers)
    if engine.kind == "processes":
        return ProcessPoolTaskRunner(max_workers=engine.workers)
    try:
        return _dask(engine) if engine.kind == "dask" else _ray(engine)
    except ImportError as error:
        raise ConfigError(f"engine.kind: {engine.kind} needs its extra: pip install -e '.[{engine.kind}]'") from error


def _dask(engine: EngineOptions) -> TaskRunner[Any]:
    from prefect_dask.task_runners import DaskTaskRunner

    local = {"n_workers": engine.workers, "threads_per_worker": 1}
    runner: TaskRunner[Any] = (
        DaskTaskRunner(address=engine.address) if engine.address else DaskTaskRunner(cluster_kwargs=local)
    )
    return runner


def _ray(engine: EngineOptions) -> TaskRunner[Any]:
    from prefect_ray.task_runners import RayTaskRunner

    local = {"num_cpus": engine.workers}
    runner: TaskRunner[Any] = (
        RayTaskRunner(address=engine.address) if engine.address else RayTaskRunner(init_kwargs=local)
    )
    return runner


class Artifacts:
    """A reporter that shows a build in the Prefect UI: progress while it runs, funnel and audit when it is done."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self._lines: list[FunnelStage] = []
        self._log = get_run_logger()
        self._bar: UUID | None = None
        self._total = self._done = 0
        self._shown_at = 0.0

    def stage(self, name: str, partitions: int) -> None:
        """Show a progress bar for the stage; a stage without work has none."""
        self._total, self._done, self._shown_at = partitions, 0, time.monotonic()
        self._bar = (
            _id_of(create_progress_artifact(0.0, f"progress-{name}", f"How far stage {name} is"))
            if partitions
            else None
        )

    def advance(self, reused: bool) -> None:  # noqa: ARG002
        """Move the bar of the running stage, now and then, and always to its end."""
        self._done += 1
        now = time.monotonic()
        if self._bar and (self._done == self._total or now - self._shown_at >= PROGRESS_EVERY):
            update_progress_artifact(self._bar, 100.0 * self._done / self._total)
            self._shown_at = now

    def funnel(self, line: FunnelStage) -> None:
        """Log the line; the table follows at the end."""
        self._lines.append(line)
        self._log.info("%s: %s of %s %s%s", line.stage, line.rows_out, line.rows_in, line.unit, _dropped(line))

    def note(self, message: str) -> None:
        """Log it."""
        self._log.info(message)

    def show_funnel(self) -> None:
        """Show the funnel as far as it is known."""
        rows = [
            {"stage": line.stage, "in": line.rows_in, "out": line.rows_out, "of": line.unit, "dropped": _reasons(line)}
            for line in self._lines
        ]
        create_table_artifact(rows, key="funnel", description="What happened to every row, stage by stage")

    def show_pairs(self, store: Store, published: Published) -> None:
        """Show some of the published image pairs as one picture."""
        # Pillow is needed for pictures alone, and coding builds run without it.
        from contextpairs.data.imaging.send import data_url
        from contextpairs.pipelines.cli.describe import drawn
        from contextpairs.pipelines.images.contact_sheet import contact_sheet

        rows = drawn(store, published.version, "train" if "train" in published.rows else "probe", SHOWN_PAIRS, 0)
        create_image_artifact(
            data_url(contact_sheet(rows, COLUMNS)),
            key="pairs",
            description=f"{len(rows)} pairs of {published.version}: positive left, negative right",
        )

    def show_audit(self, published: Published, manifest: Manifest) -> None:
        """Show where the version is and what the shortcut audit found in it."""
        counts = " and ".join(f"{published.rows[split]} {split}" for split in SPLITS if split in published.rows)
        rows = [
            f"| {a.split} | {a.name} | {a.accuracy:.3f} | {a.low:.3f} to {a.high:.3f} | {a.n} |" for a in manifest.audit
        ]
        table = ["| split | baseline | accuracy | 95 % interval | rows |", "|---|---|---|---|---|", *rows]
        head = f"# {published.version}\n\n{counts} pairs in `{published.path}`\n\n"
        create_markdown_artifact(
            head + "\n".join(table), key="audit", description="How often a cheap baseline picks the positive"
        )

    def show_page(self, store: Store, published: Published) -> None:
        """Write the version as a page, and show where it is: a link where a browser can follow one."""
        from contextpairs.pipelines.view.viewing import written_view

        path = written_view(store, published.version)
        where = f"[{path}]({path})" if path.startswith(("http://", "https://")) else f"`{path}`"
        command = f"contextpairs view {store.name} --version {published.version} --open"
        create_markdown_artifact(
            f"{where}\n\nOr write and open it anew:\n\n```\n{command}\n```",
            key="page",
            description="The version as a page for a browser",
        )


def _id_of(artifact: Any) -> UUID:
    assert isinstance(artifact, UUID)
    return artifact


def _reasons(line: FunnelStage) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in line.reasons.items())


def _dropped(line: FunnelStage) -> str:
    return f"; dropped: {_reasons(line)}" if line.reasons else ""


# Parameters are checked by the pipeline, whose errors name field, value and expectation; a deployment's are checked by
# the server first, against the schema that the signature gives.
@flow(name="build-coding-pairs", validate_parameters=False)
@takes(CodingConfig)
def build_coding_pairs(**fields: Any) -> State[str]:
    """Build a version of coding pairs from agent trajectories; ends with the version's path."""
    return _ended(_build_coding(fields), PUBLISHED, UNCHANGED)


@flow(name="build-image-pairs", validate_parameters=False)
@takes(ImagesConfig)
def build_image_pairs(**fields: Any) -> State[str]:
    """Build a version of image pairs from visual question answering data; ends with the version's path."""
    config = validated(ImagesConfig, fields)
    artifacts = Artifacts()
    published = _build(config, build_images, artifacts)
    artifacts.show_pairs(Store(config.out, config.storage), published)
    return _ended(published, PUBLISHED, UNCHANGED)


@flow(name="refresh-pairs", validate_parameters=False)
@takes(CodingConfig)
def refresh_pairs(**fields: Any) -> State[str]:
    """Build again from sources that may have grown: only new data costs work, and equal content publishes nothing."""
    return _ended(_build_coding(fields), "new content published as", "nothing changed since")


@flow(name="train-grpo", validate_parameters=False)
@takes(TrainConfig)
def train_grpo(**fields: Any) -> State[str]:
    """Train a model on the latest version of a store, or the one named; ends with the checkpoint's path.

    Which version it was, by name and digest, stands in the checkpoint's `contextpairs.json`. The run is one process;
    for several devices start `contextpairs train` by torchrun.
    """
    config = validated(TrainConfig, _given(TrainConfig, fields))
    # It pulls in torch, which builds of coding pairs do without.
    from contextpairs.pipelines.train.run import train

    trained = train(config, get_run_logger().info)
    _show_training(trained)
    return Completed(message=f"trained: {trained.checkpoint}", data=str(trained.checkpoint))


def _show_training(trained: Trained) -> None:
    """Show what the run read, and its figures step by step."""
    record = trained.record
    create_table_artifact(
        [
            {name: value for name, value in line.items() if isinstance(value, (int, float)) and math.isfinite(value)}
            for line in trained.history
        ],
        key="training",
        description="What the trainer logged, step by step",
    )
    create_markdown_artifact(
        f"# {record['objective']}\n\ncheckpoint `{trained.checkpoint}`\n\n```json\n"
        f"{json.dumps({name: record[name] for name in ('pairs', 'tasks', 'prompt')}, indent=2)}\n```",
        key="trained",
        description="Which data made the checkpoint",
    )


PUBLISHED = "published"
UNCHANGED = "unchanged: equal content was already published as"
Config = TypeVar("Config", bound=BuildConfig)


def _build_coding(fields: dict[str, Any]) -> Published:
    return _build(coding_config(_given(CodingConfig, fields)), build_coding, Artifacts())


def _build(config: Config, job: Callable[[Config, Mapper, Reporter], Published], artifacts: Artifacts) -> Published:
    """Build on the task runner that the configuration names, and show what came of it, even of a build that fails."""
    try:
        with task_runner(config.engine) as runner:
            published = job(config, prefect_mapper(runner), artifacts)
    finally:
        artifacts.show_funnel()
    store = Store(config.out, config.storage)
    artifacts.show_audit(published, store.manifest(published.version))
    if config.view:
        artifacts.show_page(store, published)
    return published


def _given(model: type[BaseModel], fields: dict[str, Any]) -> dict[str, Any]:
    """What was given, without what is left to the preset."""
    of_preset = PRESET_FIELDS[model]
    return {name: value for name, value in fields.items() if value is not None or name not in of_preset}


def _ended(published: Published, new: str, known: str) -> State[str]:
    pinned = f"; latest stays pinned to {published.pinned}" if published.pinned else ""
    message = f"{new if published.created else known} {published.version}: {published.path}{pinned}"
    get_run_logger().info(message)
    return Completed(message=message, data=published.path)
