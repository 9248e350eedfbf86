"""An exception in one row or couple: it has failed, with file and row, and the next run does it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contextpairs.builders.coding.facts import facts_of
from contextpairs.data.demo.samples import sample_path
from contextpairs.data.sources.files.guard import CATCH
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.coding import facts_stage, mask_stage, release_stage
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.coding.facts_stage import simhash
from contextpairs.pipelines.run.build import TooManyFailed
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Recorded

STAGES = {"facts": (facts_stage, "facts_of"), "fetch": (facts_stage, "signature"), "mask": (mask_stage, "mask_trace"),
          "prepared": (mask_stage, "redact_messages"), "release": (release_stage, "pair_leaks")}  # fmt: skip


class Failing:
    """Raises at some of its calls, and tells how many there were."""

    def __init__(self, work: Callable[..., Any], first: int, last: int, error: Exception) -> None:
        self.work, self.first, self.last, self.error = work, first, last, error
        self.calls = 0

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        if self.first <= self.calls <= self.last:
            raise self.error
        return self.work(*args, **options)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few runs of the embedded sample."""
    path = tmp_path_factory.mktemp("runs") / "runs.parquet"
    pq.write_table(pq.read_table(sample_path()).slice(0, 60), path)
    return path


def build(runs: Path, out: Path, reporter: Recorded) -> Published:
    overrides = [f"sources=['{runs}']", f"out={out}", "limit=8", "pool=1.5", "probe_share=0", "audit.max_accuracy=1"]
    return build_coding(load_config([], overrides), process_mapper(1), reporter)


def manifest(published: Published) -> Manifest:
    return Store(Path(published.path).parents[1]).manifest(published.version)


@pytest.fixture(scope="module")
def whole(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """What a build gives in which nothing fails."""
    return build(runs, tmp_path_factory.mktemp("whole"), Recorded(None))


@pytest.mark.parametrize("where", STAGES)
def test_a_row_that_raises_is_owed_and_alone_done_again(
    where: str, runs: Path, whole: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name = STAGES[where]
    real = getattr(module, name)
    monkeypatch.setenv(CATCH, "on")
    monkeypatch.setattr(module, name, Failing(real, 3, 3, ZeroDivisionError("of our own")))
    watched = Recorded(None)
    first = build(runs, tmp_path, watched)
    (note,) = [note for note in watched.notes if "failed and are owed" in note]
    assert "ZeroDivisionError" in note
    assert "test_failed_rows.py" in note
    assert ".parquet row " in note
    if where != "release":  # whose couple another one stands in for
        assert sum(line.owed for line in manifest(first).funnel) >= 1
        assert manifest(first).content != manifest(whole).content or where == "facts"
    again = Failing(real, 0, -1, ZeroDivisionError())
    monkeypatch.setattr(module, name, again)
    watched = Recorded(None)
    second = build(runs, tmp_path, watched)
    assert sum(line.owed for line in watched.lines) == 0
    assert manifest(second).content == manifest(whole).content
    if where == "facts":
        assert again.calls == 1


def test_a_row_that_no_table_takes_is_owed_alone(
    runs: Path, whole: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CATCH, "on")
    spoilt: list[str] = []

    def spoiling(patch: str) -> Any:
        spoilt.append(patch)
        return "no number" if patch == spoilt[0] else simhash(patch)

    with monkeypatch.context() as spoiled:
        spoiled.setattr(facts_stage, "simhash", spoiling)
        watched = Recorded(None)
        first = build(runs, tmp_path, watched)
    (note,) = [note for note in watched.notes if "failed and are owed" in note]
    assert "no number" in note
    assert ".parquet row " in note
    assert next(line.owed for line in manifest(first).funnel if line.stage == "facts") == spoilt.count(spoilt[0]) / 2
    second = build(runs, tmp_path, Recorded(None))
    assert manifest(second).content == manifest(whole).content


def test_many_failures_end_the_build(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CATCH, "on")
    monkeypatch.setattr(facts_stage, "facts_of", Failing(facts_of, 3, 30, KeyError("x")))
    with pytest.raises(
        TooManyFailed, match=r"facts: 28 of \d+ rows failed, nothing was published; .*row \d+: KeyError"
    ):
        build(runs, tmp_path, Recorded(None))
    assert not (tmp_path / "versions").exists()


def test_storage_that_fails_ends_the_build(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CATCH, "on")
    monkeypatch.setattr(facts_stage, "facts_of", Failing(facts_of, 3, 3, OSError("disk gone")))
    with pytest.raises(OSError, match="disk gone"):
        build(runs, tmp_path, Recorded(None))


def test_with_the_catch_off_a_fault_shows(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_stage, "facts_of", Failing(facts_of, 3, 3, ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError, match="ours"):
        build(runs, tmp_path, Recorded(None))
