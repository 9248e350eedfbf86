"""Other thresholds after the fact: what a build from scratch would publish, from what is kept, and no model asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import contextpairs
from contextpairs.data.demo.samples import sample_path
from contextpairs.data.store.run_records import run_records
from contextpairs.data.store.store import Store
from contextpairs.pipelines.interface.rethreshold import rethreshold
from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.run.kept import NotKept
from tests.data.store.version_files import version_files
from tests.filters.judge.judge_endpoint import Endpoint, says

FIELDS: dict[str, Any] = {"probe_share": 0, "limit": None, "engine": {"workers": 1}, "least_own_text": 0}
SPARING: dict[str, Any] = {"audit": {"max_accuracy": 0.9}}


def content(path: str) -> dict[str, bytes]:
    return version_files(Path(path))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of pairs of a few runs, with what its build kept."""
    folder = tmp_path_factory.mktemp("rethreshold")
    pq.write_table(pq.read_table(sample_path()).slice(0, 100), folder / "runs.parquet")
    contextpairs.build_coding(sources=str(folder / "runs.parquet"), out=folder / "out", **FIELDS)
    return folder / "out"


def test_a_threshold_is_moved_to_the_bytes_of_a_build_from_scratch(out: Path, tmp_path: Path) -> None:
    moved = rethreshold(out, "audit.max_accuracy=0.9", version="v1")
    assert moved.created
    assert sum(moved.rows.values()) > sum(Store(out).manifest("v000001").rows.values())
    assert moved.audit != Store(out).manifest("v000001").audit
    scratch = contextpairs.build_coding(
        sources=str(out.parent / "runs.parquet"), out=tmp_path / "scratch", **{**FIELDS, **SPARING}
    )
    assert content(moved.path) == content(scratch.path)
    stages = {cost.stage: cost for cost in next(run_records(Store(out))).stages}
    assert all(cost.reused == cost.partitions for name, cost in stages.items() if name != "release")


def test_the_same_settings_publish_nothing_new(out: Path) -> None:
    assert not rethreshold(out).created


def test_what_needs_more_than_what_is_kept_is_refused(out: Path) -> None:
    before = Store(out).versions()
    with pytest.raises(NotKept, match=r"^stage mask: (\d+) of \1 outputs are not kept.*build again"):
        rethreshold(out, least_own_text=300)
    with pytest.raises(NotKept, match=r"stage pairing: similarity\.method=embedding"):
        rethreshold(out, similarity={"method": "embedding", "model": str(out)})
    assert Store(out).versions() == before


def test_a_version_without_its_record_and_a_bad_value_are_refused(out: Path, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no version 'v9'"):
        rethreshold(out, version="v9")
    with pytest.raises(ConfigError, match=r"audit\.max_accuracy"):
        rethreshold(out, "audit.max_accuracy=2")
    for path in (out / "versions/v000001").rglob("*"):
        target = tmp_path / "copied/versions/v000001" / path.relative_to(out / "versions/v000001")
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    with pytest.raises(LookupError, match="v000001: there is no record of the run that made it"):
        rethreshold(tmp_path / "copied")


@pytest.mark.slow
def test_a_judge_is_not_asked(out: Path, tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        endpoint.respond = lambda _: says("I would rather not say")
        judge = {"endpoint": endpoint.url, "model": "m", "cache_dir": str(tmp_path), "on_unparsable": "keep"}
        runs = str(out.parent / "runs.parquet")
        contextpairs.build_coding(sources=runs, out=tmp_path / "out", judge=judge, **FIELDS)
        asked = len(endpoint.bodies)
        assert not rethreshold(tmp_path / "out").created
        with pytest.raises(NotKept, match=r"a model would have to be asked: the judge owes \d+ of \d+ verdicts"):
            rethreshold(tmp_path / "out", "audit.max_accuracy=0.9")
        assert len(endpoint.bodies) == asked > 0
