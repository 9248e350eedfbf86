"""Under Prefect a build is the same build: same bytes, seen in artifacts, retried only where time may heal."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import State, TaskRun
from prefect.testing.utilities import prefect_test_harness
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import validate

from contextpairs import flows
from contextpairs.data.demo.samples import sample_path
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.store.credentials import credentials_in
from contextpairs.data.store.run_records import run_records
from contextpairs.data.store.store import Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import PRESETS, CodingConfig, ConfigError, EngineOptions, load_config
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.engine import Output, Work
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent
from contextpairs.pipelines.run.shown import key_of, short_name
from contextpairs.pipelines.run.stage import Batch, stage
from contextpairs.pipelines.run.stall import Stalled
from tests.pipelines.train.context_selection.tiny_models import save_llama
from tests.pipelines.train.runs import small, text_store, text_tasks

IMAGE_FIELDS = ["scenes.images=200", "editing.candidates=8", "limit=60"]
THREADS = {"kind": "threads", "workers": 2}
REFRESHED = [
    (flows.refresh_coding_pairs, flows.build_coding_pairs),
    (flows.refresh_image_pairs, flows.build_image_pairs),
]


@pytest.fixture(scope="session", autouse=True)
def prefect_api() -> Iterator[None]:
    """A temporary server with a database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("DO_NOT_TRACK", "1")
        with prefect_test_harness(server_startup_timeout=120):
            yield


def ended(run: Any, **fields: Any) -> State[Any]:
    """The final state of a flow run with these fields as parameters."""
    state: State[Any] = run(**{"engine": THREADS, "limit": 20, **fields}, return_state=True)
    return state


def artifacts_of(state: State[Any]) -> dict[str, Any]:
    """Data of the artifacts that a flow run left, by key."""
    this = FlowRunFilter.model_validate({"id": {"any_": [state.state_details.flow_run_id]}})
    with get_client(sync_client=True) as client:
        return {str(artifact.key): artifact.data for artifact in client.read_artifacts(flow_run_filter=this)}


def task_runs_of(state: State[Any]) -> list[TaskRun]:
    """The task runs of a flow run."""
    this = FlowRunFilter.model_validate({"id": {"any_": [state.state_details.flow_run_id]}})
    with get_client(sync_client=True) as client:
        return client.read_task_runs(flow_run_filter=this)


def content(path: str | Path) -> dict[str, bytes]:
    files = (file for file in sorted(Path(path).rglob("*")) if file.is_file())
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def key(kind: str, path: str | Path) -> str:
    """Key of an artifact of a build, by the path of its version."""
    return key_of(kind, str(Path(path).parents[1]))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> State[Any]:
    return ended(flows.build_coding_pairs, out=str(tmp_path_factory.mktemp("built")))


def test_a_run_ends_with_the_versions_path(built: State[Any]) -> None:
    path = built.result()
    assert built.is_completed()
    assert built.message == f"published v000001: {path}"
    assert Path(path, "manifest.json").is_file()


def test_a_flow_publishes_the_bytes_of_a_build_without_prefect(built: State[Any], tmp_path: Path) -> None:
    plain = build_coding(load_config([], [f"out={tmp_path}", "limit=20"]), process_mapper(1), Silent())
    assert content(built.result()) == content(plain.path)


def test_a_run_leaves_progress_funnel_and_audit_as_artifacts(built: State[Any]) -> None:
    path = Path(built.result())
    manifest, artifacts = Store(path.parents[1]).manifest(path.name), artifacts_of(built)
    bars = {name: data for name, data in artifacts.items() if name.startswith("progress-")}
    stages = ("sources", "facts", "shown", "names", "pairing", "pool", "fetch", "mask", "choice", "release",
              "publishing")  # fmt: skip
    assert bars == {key(f"progress-{stage}", path): 100.0 for stage in stages}
    table = [(row["stage"], row["in"], row["out"]) for row in json.loads(artifacts[key("funnel", path)])]
    assert table == [(line.stage, line.rows_in, line.rows_out) for line in manifest.funnel]
    version = artifacts[key("version", path)]
    assert f"/artifacts/key/{key('funnel', path)}" in version
    assert str(path) in version
    for figure in manifest.audit:
        assert f"| {figure.split} | {figure.name} | {figure.accuracy:.3f} |" in version


def test_the_funnel_says_what_limited_the_run(built: State[Any]) -> None:
    path = Path(built.result())
    (record,) = run_records(Store(path.parents[1]))
    this = FlowRunFilter.model_validate({"id": {"any_": [built.state_details.flow_run_id]}})
    with get_client(sync_client=True) as client:
        (funnel,) = [each for each in client.read_artifacts(flow_run_filter=this) if each.key == key("funnel", path)]
    assert (funnel.description or "").endswith(f"; limited by: {record.limited_by()}")


def test_a_run_writes_a_page_where_it_is_asked_to_and_says_where(tmp_path: Path) -> None:
    state = ended(flows.build_coding_pairs, out=str(tmp_path), view=True)
    page = tmp_path / "views" / f"{Path(state.result()).name}.html"
    assert page.read_bytes().startswith(b"<!doctype html>")
    said = artifacts_of(state)[key_of("page", str(tmp_path))]
    assert f"`{page}`" in said
    assert f"contextpairs view {tmp_path} --version {Path(state.result()).name} --open" in said
    assert "](" not in said


def test_an_image_run_shows_its_pairs_and_marks_the_tasks_that_run_a_model(tmp_path: Path) -> None:
    fields = {"scenes": {"images": 200}, "editing": {"candidates": 8}, "limit": 60}
    state = ended(flows.build_image_pairs, out=str(tmp_path / "out"), **fields)
    plain = build_images(
        load(ImagesConfig, [], [f"out={tmp_path / 'plain'}", *IMAGE_FIELDS]), process_mapper(1), Silent()
    )
    assert content(state.result()) == content(plain.path)
    artifacts = artifacts_of(state)
    left = ("pairs", "funnel", "version", "progress-vectors", "progress-edits")
    assert {key(each, state.result()) for each in left} <= set(artifacts)
    shown = base64.b64decode(artifacts[key("pairs", state.result())].partition("base64,")[2], validate=True)
    assert Image.open(BytesIO(shown)).width > 500
    stages = {run.name.partition("-")[0]: "gpu" in run.tags for run in task_runs_of(state)}
    models = {"encoder": True, "texts": True, "vectors": True, "altered": True, "edits": True}
    assert stages == {"images": False, "release": False, **models}


def test_training_records_the_version_that_it_read(tmp_path: Path) -> None:
    config = small(tmp_path, save_llama(tmp_path / "llama"), pairs=text_store(tmp_path / "pairs"))
    fields = config.model_dump(mode="json", exclude_unset=True) | {"tasks": text_tasks(tmp_path), "preset": "qwen3-8b"}
    del fields["learning_rate"]
    state: State[Any] = flows.train_grpo(**fields, return_state=True)
    record = json.loads(Path(state.result(), "contextpairs.json").read_text())
    manifest, artifacts = Store(tmp_path / "pairs").manifest(), artifacts_of(state)
    assert (record["pairs"]["version"], record["pairs"]["digest"]) == ("v000001", manifest.digest)
    assert record["config"]["learning_rate"] == 2e-6  # the preset's, which is not the default
    assert manifest.digest in artifacts[key_of("trained", str(config.out))]
    assert "context_selection/loss" in json.loads(artifacts[key_of("training", str(config.out))])[0]


def test_a_refresh_publishes_only_when_the_content_changed(tmp_path: Path) -> None:
    runs, sources, out = pq.read_table(sample_path()), tmp_path / "runs", tmp_path / "out"
    sources.mkdir()
    pq.write_table(runs.slice(0, 200), sources / "monday.parquet")
    fields: dict[str, Any] = {"sources": [str(sources)], "out": str(out)}
    assert (
        ended(flows.refresh_coding_pairs, **fields).message
        == f"new content published as v000001: {out}/versions/v000001"
    )
    assert (
        ended(flows.refresh_coding_pairs, **fields).message == f"nothing changed since v000001: {out}/versions/v000001"
    )
    pq.write_table(runs.slice(200), sources / "tuesday.parquet")
    assert (
        ended(flows.refresh_coding_pairs, **fields).message
        == f"new content published as v000002: {out}/versions/v000002"
    )
    assert Store(out).versions() == ["v000001", "v000002"]


@pytest.mark.parametrize(
    ("fields", "third"),
    [
        ({"preset": "smith"}, "same file"),
        ({"preset": "attempts"}, "same instance"),
        ({"preset": "attempts", "cascade": None}, "same instance"),
        ({"preset": "attempts", "cascade": [{"same": "commit"}, {"different": "patch"}]}, "different patch"),
    ],
)
def test_a_preset_brings_its_cascade_unless_one_is_given(tmp_path: Path, fields: dict[str, Any], third: str) -> None:
    artifacts = artifacts_of(ended(flows.build_coding_pairs, out=str(tmp_path), **fields))
    funnel = json.loads(artifacts[key_of("funnel", str(tmp_path))])
    stages = [row["stage"] for row in funnel if row["of"] == "couples" and row["stage"] != "same repository"]
    assert stages[0] == "same commit"
    assert stages[1] == third


def described(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Description of a field; where it would only repeat its type's, the schema leaves it there."""
    kind = str(field.get("$ref", "")).rpartition("/")[2]
    return str(field.get("description") or definitions[kind]["description"])


def test_the_parameters_are_the_configurations_fields_with_their_descriptions_and_bounds() -> None:
    schema = json.loads(json.dumps(parameter_schema(flows.build_coding_pairs).model_dump_for_openapi()))
    assert sorted(schema["properties"]) == sorted(CodingConfig.model_fields)
    for name, field in CodingConfig.model_fields.items():
        assert str(field.description) in described(schema["properties"][name], schema["definitions"])
    assert schema["properties"]["limit"]["anyOf"][0] == {"type": "integer", "minimum": 2}
    assert schema["properties"]["caps"]["default"]["trajectory"] == 4
    for definition in schema["definitions"].values():
        assert all("description" in field for field in definition.get("properties", {}).values())
    for refresh, build in REFRESHED:
        assert parameter_schema(refresh).properties == parameter_schema(build).properties


@pytest.mark.parametrize(("run", "first"), [(flows.build_coding_pairs, "sources"), (flows.train_grpo, "model")])
def test_what_people_set_first_stands_on_top_of_the_form(run: Any, first: str) -> None:
    positions = {name: each["position"] for name, each in parameter_schema(run).properties.items()}
    assert positions[first] == 0
    assert positions["out"] < 10 <= positions["storage"]


@pytest.mark.parametrize("run", [flows.build_coding_pairs, flows.build_image_pairs, flows.train_grpo])
def test_a_form_names_no_class_and_no_path_of_this_machine(run: Any) -> None:
    schema = parameter_schema(run).model_dump_for_openapi()
    for definition in schema["definitions"].values():
        assert not re.search("Options|Config|[a-z][A-Z]", definition["title"])
        assert all(each["title"] == field for field, each in definition.get("properties", {}).items())
    assert not re.search(r'"/\w|/work|site-packages', json.dumps(schema["properties"], default=str))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("storage",), {"secret": "hush"}),
        (("source", "storage"), {"client_kwargs": {}, "aws_session_token": "hush"}),
        (("out",), "s3://me:hush@bucket/pairs"),
        (("sources",), ["https://me:hush@host/runs.jsonl"]),
        (("judge", "endpoint"), "https://me:hush@host/v1"),
    ],
)
def test_a_credential_is_refused_by_the_schema_that_the_server_checks(place: tuple[str, ...], value: Any) -> None:
    schema = parameter_schema(flows.build_coding_pairs).model_dump_for_openapi()
    given = value
    for name in reversed(place):
        given = {name: given}
    assert list(credentials_in(given))
    assert validate(given, schema)


def test_what_is_no_credential_is_taken() -> None:
    schema = parameter_schema(flows.build_coding_pairs).model_dump_for_openapi()
    given = {"storage": {"endpoint_url": "http://host:9000", "anon": True}, "sources": ["s3://bucket/a@b:c/runs/"]}
    assert not list(credentials_in(given))
    assert not validate(given, schema)


def test_a_run_is_named_by_store_and_preset(built: State[Any]) -> None:
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(built.state_details.flow_run_id)  # type: ignore[arg-type]
    assert run.name == f"{short_name(str(Path(built.result()).parents[1]))} smith"


def test_the_defaults_of_the_form_are_the_default_configuration() -> None:
    schema = parameter_schema(flows.build_coding_pairs).model_dump_for_openapi()
    form = {name: field["default"] for name, field in schema["properties"].items()}
    assert {name for name, value in form.items() if value is None} >= flows.PRESET_FIELDS[CodingConfig]
    filled = {name: value for name, value in form.items() if name not in flows.PRESET_FIELDS[CodingConfig]}
    assert CodingConfig.model_validate(json.loads(json.dumps(filled))) == CodingConfig()


def test_only_the_presets_fields_have_no_default_of_their_own() -> None:
    named = {field for file in PRESETS.glob("*.yaml") for field in yaml.safe_load(file.read_text())}
    assert named == flows.PRESET_FIELDS[CodingConfig]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"limit": "many"}, "ConfigError: limit: .*integer.*'many'"),
        ({"caps": {"trajectry": 3}}, r"ConfigError: caps\.trajectry: there is no such field"),
        ({"sources": ["absent.parquet"]}, r"SourceError: .*absent\.parquet"),
        ({"cascade": [{"same": "instance"}, {"different": "instance"}]}, "NothingToPublish: no pair survived"),
    ],
)
def test_what_time_cannot_heal_fails_at_once_and_says_so(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    state = ended(flows.build_coding_pairs, out=str(tmp_path), **fields)
    assert state.is_failed()
    assert re.search(said, str(state.message))
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(state.state_details.flow_run_id).run_count == 1  # type: ignore[arg-type]


def test_a_build_that_publishes_nothing_still_shows_where_everything_went(tmp_path: Path) -> None:
    state = ended(
        flows.build_coding_pairs, out=str(tmp_path), cascade=[{"same": "instance"}, {"different": "instance"}]
    )
    stages = [row["stage"] for row in json.loads(artifacts_of(state)[key_of("funnel", str(tmp_path))])]
    assert stages[:4] == ["read", "facts", "distinct", "same instance"]


@stage("try")
def attempt(payload: tuple[str, str]) -> Iterator[Batch]:
    """Notes each attempt in a log; the first line of the payload says how it goes."""
    how, log = payload
    with open(log, "a") as file:
        file.write("attempt\n")
    attempts = len(Path(log).read_text().splitlines())
    if how == "bad source":
        raise SourceError("rows.parquet: no column 'messages'")
    if how == "down" or (how == "down once" and attempts == 1):
        raise OSError("storage does not answer")
    yield Batch(table=pa.table({"attempts": [attempts]}))


@flow(name="partitions")
def partitions(works: list[Work], kind: Literal["threads", "processes"] = "threads") -> list[Output]:
    """Some works as a build runs them."""
    with flows.prefect_mapper(EngineOptions(kind=kind)) as mapper:
        return mapper(works, lambda _: None)


def works(tmp_path: Path, *hows: str) -> list[Work]:
    folder = str(tmp_path / "work")
    return [Work(attempt, (how, str(tmp_path / how)), [how], folder) for how in hows]


@pytest.fixture
def _without_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "partition", flows.partition.with_options(retry_delay_seconds=[0, 0, 0]))


def test_retries_wait_longer_each_time() -> None:
    assert flows.partition.retries == 3
    assert flows.partition.retry_delay_seconds == [1, 10, 60]


def test_a_partition_says_in_its_log_what_was_done(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    partitions(works(tmp_path, "fine"))
    partitions(works(tmp_path, "fine"))
    said = [record.getMessage() for record in caplog.records if record.getMessage().startswith("try-0: ")]
    assert [re.sub(r"[\d.]+ s$", "", each) for each in said] == [
        "try-0: 1 rows, 1 kept, in ",
        "try-0: found done: 1 rows",
    ]


def test_a_partition_that_fails_once_is_tried_again(tmp_path: Path) -> None:
    outputs = partitions(works(tmp_path, "fine", "down once"))
    assert [output.rows for output in outputs] == [1, 1]
    assert pq.read_table(outputs[1].path)["attempts"].to_pylist() == [2]


@pytest.mark.usefixtures("_without_delays")
def test_a_partition_that_keeps_failing_fails_the_run_by_name(tmp_path: Path) -> None:
    with pytest.raises(
        flows.PartitionFailed, match=r"try-1 failed 4 times, last with OSError: storage does not answer"
    ):
        partitions(works(tmp_path, "fine", "down"))
    assert len((tmp_path / "down").read_text().splitlines()) == 4


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_source_that_cannot_be_read_is_not_tried_again(tmp_path: Path, kind: Literal["threads", "processes"]) -> None:
    with pytest.raises(SourceError, match="no column 'messages'"):
        partitions(works(tmp_path, "bad source"), kind)
    assert len((tmp_path / "bad source").read_text().splitlines()) == 1


@stage("stuck")
def stuck(payload: float) -> Iterator[Batch]:
    """Ends after so many seconds, without a row on the way."""
    time.sleep(payload)
    yield Batch(table=pa.table({"a": [1]}))


@flow(name="stuck-partition")
def stuck_partition(folder: str, kind: Literal["threads", "processes"]) -> list[Output]:
    """Two partitions that end long after the clock."""
    works = [Work(stuck, 300.0, [number], folder) for number in range(2)]
    with flows.prefect_mapper(EngineOptions.model_construct(kind=kind, stall_minutes=0.1)) as mapper:
        return mapper(works, lambda _: None)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_run_in_which_nothing_moves_fails_and_says_what_it_waited_for(
    tmp_path: Path, kind: Literal["threads", "processes"]
) -> None:
    began = time.monotonic()
    with pytest.raises(Stalled, match=r"in 0\.1 minutes, waiting for stuck-0, stuck-1; what is finished is kept"):
        stuck_partition(str(tmp_path), kind)
    assert time.monotonic() - began < 200


@stage("killed")
def killed(payload: str) -> Iterator[Batch]:
    """Kills the process that it runs in, the first time."""
    if not Path(payload).exists():
        Path(payload).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    yield Batch(table=pa.table({"a": [1]}))


@flow(name="killed-partition")
def killed_partition(folder: str) -> list[Output]:
    """A partition whose process is killed."""
    works = [Work(killed, f"{folder}/killed", ["killed"], folder)]
    with flows.prefect_mapper(EngineOptions(kind="processes", workers=1)) as mapper:
        return mapper(works, lambda _: None)


def test_a_killed_process_of_the_pool_costs_one_more_try(tmp_path: Path) -> None:
    assert [output.rows for output in killed_partition(str(tmp_path))] == [1]


@flow(name="many-small-partitions")
def many_small_partitions() -> list[float]:
    """What the bar shows after 0, 39 and 40 of 40 partitions."""
    artifacts, seen = flows.Artifacts("out/coding"), []
    artifacts.stage("", 0)
    artifacts.stage("small", 40)
    for steps in (0, 39, 1):
        for _ in range(steps):
            artifacts.advance(False)
        with get_client(sync_client=True) as client:
            seen += [float(str(a.data)) for a in client.read_artifacts() if a.key == "progress-small-out-coding"]
    return seen


def test_a_bar_is_written_now_and_then_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "PROGRESS_EVERY", 3600.0)
    assert many_small_partitions() == [0.0, 0.0, 100.0]


def test_an_engine_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prefect_ray.task_runners", None)
    with pytest.raises(ConfigError, match=r"engine\.kind: ray needs its extra: pip install -e '\.\[ray\]'"):
        flows.task_runner(EngineOptions(kind="ray"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "dask", "ray"])
def test_every_engine_gives_the_same_bytes(
    built: State[Any], tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind != "processes":
        pytest.importorskip(f"prefect_{kind}", reason=f"needs the extra: pip install -e '.[{kind}]'")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    state = ended(flows.build_coding_pairs, out=str(tmp_path), engine={"kind": kind, "workers": 2})
    assert content(state.result()) == content(built.result())


@pytest.mark.slow
def test_a_running_cluster_is_used_by_its_address(built: State[Any], tmp_path: Path) -> None:
    pytest.importorskip("prefect_dask", reason="needs the extra: pip install -e '.[dask]'")
    dask = pytest.importorskip("distributed")
    with dask.LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        engine = {"kind": "dask", "address": cluster.scheduler_address}
        state = ended(flows.build_coding_pairs, out=str(tmp_path), engine=engine)
    assert content(state.result()) == content(built.result())
