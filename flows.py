"""Prefect flows: orchestration alone. What they run lives in `pipelines`, and runs there without Prefect too."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from prefect import flow, get_run_logger, runtime, serve, task
from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.futures import PrefectConcurrentFuture, PrefectFuture
from prefect.schedules import Cron
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Completed, Running
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel

from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.store.manifest import FunnelStage, Manifest
from contextpairs.data.store.run_records import RunRecord
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import CodingConfig, coding_config
from contextpairs.pipelines.deploy.automations import PUBLISHED as PUBLISHED_EVENT
from contextpairs.pipelines.deploy.deployments import FILE, PACKAGED, deployments
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run import outage
from contextpairs.pipelines.run.broken_output import outlive_readers
from contextpairs.pipelines.run.build_options import BuildConfig, EngineOptions
from contextpairs.pipelines.run.code_identity import CodeMismatch
from contextpairs.pipelines.run.config_files import ConfigError, validated
from contextpairs.pipelines.run.engine import Mapper, Output, Work, run
from contextpairs.pipelines.run.flow_form import form_parameters
from contextpairs.pipelines.run.pools import GivenUp, ProcessPool, ThreadPool, WorkPool
from contextpairs.pipelines.run.reporting import Reporter
from contextpairs.pipelines.run.shown import (
    finite_steps,
    funnel_rows,
    key_of,
    reasons_of,
    short_name,
    trained_text,
    version_text,
)
from contextpairs.pipelines.run.stall import Stalled
from contextpairs.pipelines.run.task_waiting import StageTasks
from contextpairs.pipelines.train.config import TrainConfig, preset_fields

if TYPE_CHECKING:
    from contextpairs.pipelines.train.run import Trained

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

PRESET_FIELDS = {CodingConfig: frozenset({"cascade"}), TrainConfig: preset_fields()}
"""Fields that come from the preset unless they are given: Prefect fills in defaults, which would hide the preset's."""
FIRST = {
    CodingConfig: "sources out preset limit probe_share source caps contamination judge engine",
    ImagesConfig: "sources out limit probe_share retrieval editing source contamination judge engine",
    TrainConfig: "model pairs tasks objective preset out version steps lora resume",
}
"""Fields that people set first, which stand on top of a form."""
LASTING = (SourceError, ConfigError, ModelError, CodeMismatch, GivenUp)
"""What time does not heal: wrong settings, sources that cannot be read, a worker with other code."""
RETRY_DELAYS = (1.0, 10.0, 60.0)
"""Seconds before a failed partition is tried again."""
GPU = "gpu"
"""Tag of tasks that run a model: `prefect concurrency-limit create gpu 1` lets one run at a time, wherever it runs."""
SHOWN_PAIRS, COLUMNS = 16, 2
"""Pairs of the picture that an image build ends with, and how many stand side by side: more are too small to read."""
PROGRESS_EVERY = 2.0
"""Seconds between updates of a progress bar: each is a write to the server's database."""
OUTAGE = 600.0
"""Seconds for which a server may be away before what a run shows is given up."""


def takes(model: type[BaseModel]) -> Callable[[F], F]:
    """Give a flow the fields of a configuration model as parameters, so that the form in the UI is the model."""

    def with_signature(function: F) -> F:
        parameters = form_parameters(model, PRESET_FIELDS.get(model, frozenset()), FIRST[model].split())
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return function

    return with_signature


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
def partition(work: Callable[[], Output], name: str) -> Output:
    """One partition of one stage. Its output is its cache: a retry or a rerun finds what is done."""
    output = work()
    get_run_logger().info("%s: %s", name, output.in_words())
    return output


class PartitionFailed(RuntimeError):
    """A partition failed as often as it is tried; the others' outputs are kept, so a rerun does only what is owed."""


@contextmanager
def prefect_mapper(engine: EngineOptions, preload: Sequence[str] = ()) -> Iterator[Mapper]:
    """Works as tasks of the flow run that is under way, where the engine says.

    On this machine a task is a thread that waits for a process of ours. Those of Prefect's own process pool talk to the
    server, exit where it is away, and are then waited for without end.
    """
    with ExitStack() as held:
        pool = _pool(engine, preload)
        if pool:
            held.callback(pool.close)
        runner = held.enter_context(task_runner(engine))
        try:
            yield partial(_wait, runner, pool or run, engine.stall_minutes)
        except BaseException as error:
            if pool and (isinstance(error, Stalled) or not isinstance(error, Exception)):
                pool.give_up()
            raise


def _pool(engine: EngineOptions, preload: Sequence[str]) -> WorkPool | None:
    """Where works run that run on this machine; a cluster runs them itself."""
    if engine.kind == "processes":
        return ProcessPool(engine.workers, preload)
    return ThreadPool() if engine.kind == "threads" else None


def _wait(
    runner: TaskRunner[Any],
    work_on: Callable[[Work], Output],
    stall_minutes: float,
    works: Sequence[Work],
    done: Callable[[Output], None],
) -> list[Output]:
    # A partial is opaque to Prefect, which would search thousands of payload values for futures otherwise.
    tasks = StageTasks(
        works,
        lambda work, name: runner.submit(_tagged(work), {"work": partial(work_on, work), "name": name}),
        _never_ran,
    )
    return tasks.finished(stall_minutes, _output, done, _say_alive)


def _never_ran(future: PrefectFuture[Output]) -> bool:
    """Whether the server was away when a task was to begin, and answers again."""
    error = future.wrapped_future.exception() if isinstance(future, PrefectConcurrentFuture) else None
    return error is not None and outage.is_away(error) and _told(_server_version, OUTAGE) is not None


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


def _told(say: Callable[[], T], patience: float = 0.0) -> T | None:
    """As `outage.told`: Prefect's client would itself try again, for minutes, while the build waits."""
    with temporary_settings(updates={PREFECT_CLIENT_MAX_RETRIES: 0}):
        return outage.told(say, patience)


def _server_version() -> str:
    with get_client(sync_client=True) as client:
        return client.api_version()


def _say_alive() -> None:
    """Take back that the run is lost, where the server thinks so since it was away for long itself."""

    def say() -> None:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(UUID(runtime.flow_run.id)).state
            if state and state.is_crashed():
                client.set_flow_run_state(UUID(runtime.flow_run.id), Running(message="it goes on"), force=True)

    _told(say)


def task_runner(engine: EngineOptions) -> TaskRunner[Any]:
    """The task runner that an engine names. Raises ConfigError if its extra is not installed."""
    if engine.kind in ("threads", "processes"):
        return ThreadPoolTaskRunner(max_workers=engine.workers)
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
    """A reporter that shows a build in the Prefect UI: progress while it runs, funnel and audit when it is done.

    A server that is away stops no build: what could not be shown is left out.
    """

    def __init__(self, store: str) -> None:
        """Args: store: that the build publishes in, by which its artifacts are told from others'."""
        self._store = store
        self._lines: list[FunnelStage] = []
        self._limited = ""
        self._keys: list[str] = []
        self._log = get_run_logger()
        self._bar: UUID | None = None
        self._total = self._done = 0
        self._shown_at = 0.0

    def stage(self, name: str, partitions: int) -> None:
        """Show a progress bar for the stage; a stage without work has none."""
        self._total, self._done, self._shown_at = partitions, 0, time.monotonic()
        key = key_of(f"progress-{name}", self._store)
        create = partial(create_progress_artifact, 0.0, key, f"How far stage {name} is")
        self._bar = cast("UUID | None", _told(create)) if partitions else None

    def advance(self, reused: bool, rows: int = 0) -> None:  # noqa: ARG002
        """Move the bar of the running stage, now and then, and always to its end."""
        self._done += 1
        now = time.monotonic()
        if self._bar and (self._done == self._total or now - self._shown_at >= PROGRESS_EVERY):
            _told(partial(update_progress_artifact, self._bar, 100.0 * self._done / self._total))
            self._shown_at = now

    def funnel(self, line: FunnelStage) -> None:
        """Log the line; the table follows at the end."""
        self._lines.append(line)
        dropped = f"; dropped: {reasons_of(line)}" if line.reasons else ""
        self._log.info("%s: %s of %s %s%s", line.stage, line.rows_out, line.rows_in, line.unit, dropped)

    def note(self, message: str) -> None:
        """Log it."""
        self._log.info(message)

    def ended(self, record: RunRecord) -> None:
        """Keep what limited the run, for the funnel's heading."""
        self._limited = f"; limited by: {limit}" if (limit := record.limited_by()) else ""

    def show_funnel(self) -> None:
        """Show the funnel as far as it is known."""
        said = f"What happened to every row, stage by stage{self._limited}"
        self._show("funnel", create_table_artifact, funnel_rows(self._lines), description=said)

    def show_pairs(self, store: Store, published: Published) -> None:
        """Show some of the published image pairs as one picture."""
        # Pillow is needed for pictures alone, and coding builds run without it.
        from contextpairs.data.imaging.send import data_url
        from contextpairs.pipelines.cli.describe import drawn
        from contextpairs.pipelines.images.contact_sheet import contact_sheet

        rows = drawn(store, published.version, "train" if "train" in published.rows else "probe", SHOWN_PAIRS, 0)
        said = f"{len(rows)} pairs of {published.version}: positive left, negative right"
        self._show("pairs", create_image_artifact, data_url(contact_sheet(rows, COLUMNS)), description=said)

    def show_page(self, store: Store, published: Published) -> None:
        """Write the version as a page, and show where it is: a link where a browser can follow one."""
        from contextpairs.pipelines.view.viewing import written_view

        path = written_view(store, published.version)
        where = f"[{path}]({path})" if path.startswith(("http://", "https://")) else f"`{path}`"
        command = f"contextpairs view {store.name} --version {published.version} --open"
        text = f"{where}\n\nOr write and open it anew:\n\n```\n{command}\n```"
        self._show("page", create_markdown_artifact, text, description="The version as a page for a browser")

    def show_version(self, published: Published, manifest: Manifest) -> None:
        """Show where the version is, what else is shown of it, and what the shortcut audit found in it."""
        said = "Where the version is, and how often a cheap baseline picks the positive"
        text = version_text(published, manifest, self._keys)
        self._show("version", create_markdown_artifact, text, description=said)

    def _show(self, kind: str, create: Callable[..., Any], *shown: Any, description: str) -> None:
        key = key_of(kind, self._store)
        if _told(partial(create, *shown, key=key, description=description), OUTAGE) is None:
            self._log.warning("the server was away for %.0f minutes: %s is not shown", OUTAGE / 60, key)
        else:
            self._keys.append(key)


def _run_name() -> str:
    """The name of the flow run that is under way: `out/coding smith`."""
    given = runtime.flow_run.parameters
    said = (short_name(str(given.get("out") or "")), given.get("preset") or given.get("objective"))
    return " ".join(str(each) for each in said if each)


# Parameters are checked by the pipeline, whose errors name field, value and expectation; a deployment's are checked by
# the server first, against the schema that the signature gives.
@flow(name="build-coding-pairs", flow_run_name=_run_name, validate_parameters=False)
@takes(CodingConfig)
def build_coding_pairs(**fields: Any) -> State[str]:
    """Build a version of coding pairs from agent trajectories; ends with the version's path."""
    return _ended(_build_coding(fields), PUBLISHED, UNCHANGED)


@flow(name="build-image-pairs", flow_run_name=_run_name, validate_parameters=False)
@takes(ImagesConfig)
def build_image_pairs(**fields: Any) -> State[str]:
    """Build a version of image pairs from visual question answering data; ends with the version's path."""
    return _ended(_build_images(fields), PUBLISHED, UNCHANGED)


@flow(name="refresh-coding-pairs", flow_run_name=_run_name, validate_parameters=False)
@takes(CodingConfig)
def refresh_coding_pairs(**fields: Any) -> State[str]:
    """Build again from sources that may have grown: only new data costs work, and equal content publishes nothing."""
    return _ended(_build_coding(fields), NEW, NOTHING_NEW)


@flow(name="refresh-image-pairs", flow_run_name=_run_name, validate_parameters=False)
@takes(ImagesConfig)
def refresh_image_pairs(**fields: Any) -> State[str]:
    """Build again from sources that may have grown: only new data costs work, and equal content publishes nothing."""
    return _ended(_build_images(fields), NEW, NOTHING_NEW)


@flow(name="train-grpo", flow_run_name=_run_name, validate_parameters=False)
@takes(TrainConfig)
def train_grpo(**fields: Any) -> State[str]:
    """Train a model on the latest version of a store, or the one named; ends with the checkpoint's path.

    Which version it was, by name and digest, stands in the checkpoint's `contextpairs.json`. The run is one process;
    for several devices start `contextpairs train` by torchrun.
    """
    config = validated(TrainConfig, _given(TrainConfig, fields))
    # It pulls in torch, which builds of coding pairs do without.
    from contextpairs.pipelines.train.run import train

    outlive_readers()
    trained = train(config, get_run_logger().info)
    _show_training(trained, str(config.out))
    return Completed(message=f"trained: {trained.checkpoint}", data=str(trained.checkpoint))


def _show_training(trained: Trained, out: str) -> None:
    """Show what the run read, and its figures step by step."""
    steps, text = finite_steps(trained.history), trained_text(str(trained.checkpoint), trained.record)
    said = "What the trainer logged, step by step"
    _told(partial(create_table_artifact, steps, key=key_of("training", out), description=said), OUTAGE)
    said = "Which data made the checkpoint"
    _told(partial(create_markdown_artifact, text, key=key_of("trained", out), description=said), OUTAGE)


PUBLISHED = "published"
UNCHANGED = "unchanged: equal content was already published as"
NEW, NOTHING_NEW = "new content published as", "nothing changed since"
Config = TypeVar("Config", bound=BuildConfig)


def _build_coding(fields: dict[str, Any]) -> Published:
    config = coding_config(_given(CodingConfig, fields))
    return _build(config, build_coding, Artifacts(config.out))


def _build_images(fields: dict[str, Any]) -> Published:
    config = validated(ImagesConfig, fields)
    return _build(config, build_images, Artifacts(config.out), shows_pairs=True)


def _build(
    config: Config,
    job: Callable[[Config, Mapper, Reporter], Published],
    artifacts: Artifacts,
    shows_pairs: bool = False,
) -> Published:
    """Build where the configuration says, and show what came of it, even of a build that fails."""
    outlive_readers()
    try:
        with prefect_mapper(config.engine, config.preload) as mapper:
            published = job(config, mapper, artifacts)
    finally:
        artifacts.show_funnel()
    store = Store(config.out, config.storage)
    if shows_pairs:
        artifacts.show_pairs(store, published)
    if config.view:
        artifacts.show_page(store, published)
    artifacts.show_version(published, store.manifest(published.version))
    if published.created:
        _announce(config.out, published)
    return published


def _announce(out: str, published: Published) -> None:
    """Send the event of a new version."""
    resource = {"prefect.resource.id": key_of("contextpairs.store", out), "prefect.resource.name": short_name(out)}
    emit_event(PUBLISHED_EVENT, resource, payload={"version": published.version, "rows": published.rows})


def _given(model: type[BaseModel], fields: dict[str, Any]) -> dict[str, Any]:
    """What was given, without what is left to the preset."""
    of_preset = PRESET_FIELDS[model]
    return {name: value for name, value in fields.items() if value is not None or name not in of_preset}


def _ended(published: Published, new: str, known: str) -> State[str]:
    pinned = f"; latest stays pinned to {published.pinned}" if published.pinned else ""
    message = f"{new if published.created else known} {published.version}: {published.path}{pinned}"
    get_run_logger().info(message)
    return Completed(message=message, data=published.path)


def serve_here(*given: str, without: Sequence[str] = ()) -> None:
    """Serve the deployments from this process, which starts each run in one of its own: no work pool and no worker.

    Args:
        given: parameters of deployments, as `contextpairs deploy` takes them.
        without: deployments that are left out.

    Raises:
        ConfigError: no such deployment, or one that lacks a parameter.
    """
    made = deployments(Path(FILE) if Path(FILE).is_file() else PACKAGED, given, without)["deployments"]
    serve(*(_served(**each) for each in made))


def _served(
    name: str, entrypoint: str, parameters: dict[str, Any], schedules: Sequence[dict[str, str]] = (), **more: Any
) -> Any:
    run = globals()[entrypoint.rpartition(".")[2]]
    return run.to_deployment(
        name,
        parameters=parameters,
        schedules=[Cron(each["cron"], timezone=each.get("timezone")) for each in schedules],
        tags=more.get("tags"),
        description=more.get("description"),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
