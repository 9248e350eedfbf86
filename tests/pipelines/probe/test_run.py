"""A run as a whole: which pairs it draws, how it goes on after it was killed, what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.data.store.store import Store
from contextpairs.pipelines.probe import run
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.questions import both_orders
from contextpairs.pipelines.probe.results import ProbeRecord, read_results
from contextpairs.pipelines.probe.run import probe
from contextpairs.pipelines.probe.sampling import drawn, rows_at
from contextpairs.pipelines.run.reporting import Silent
from tests.data.pairs.pair_rows import account, labelled
from tests.pipelines.probe.asked import coding_store, couple, stored_rows
from tests.pipelines.train.context_selection.tiny_models import save_llama


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return coding_store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_llama(tmp_path_factory.mktemp("models") / "llama")


class Killed(BaseException):
    """As by a signal."""


class Watching(Silent):
    """Counts parts, and dies after some of them."""

    def __init__(self, deadly: int | None = None) -> None:
        self.done: list[bool] = []
        self._deadly = deadly

    def advance(self, reused: bool, rows: int = 0) -> None:  # noqa: ARG002
        self.done.append(reused)
        if len(self.done) == self._deadly:
            raise Killed


def test_a_killed_run_goes_on_where_it_was(
    llama: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PART", 6)
    whole = probe(ProbeConfig(model=str(llama), pairs=str(store), out=tmp_path / "whole"))
    config = ProbeConfig(model=str(llama), pairs=str(store), out=tmp_path / "killed")
    with pytest.raises(Killed):
        probe(config, Watching(deadly=2))
    assert not list(config.out.glob("*.parquet"))
    watching = Watching()
    resumed = probe(config, watching)
    assert watching.done[:3] == [True, True, False]
    assert resumed.results.rows.equals(whole.results.rows)
    assert resumed.path.read_bytes() == whole.path.read_bytes()


def test_a_sample_is_of_whole_couples_and_grows_with_its_limit(store: Path) -> None:
    mirrors = {row["pair_id"]: row["mirror_id"] for row in stored_rows(store)}
    samples = [{place.pair_id for place in drawn(Store(store), "latest", "probe", n, 0)} for n in (4, 8, None)]
    assert [len(sample) for sample in samples] == [4, 8, len(mirrors)]
    assert samples[0] < samples[1] < samples[2]
    assert all(mirrors[pair] in sample for sample in samples for pair in sample)
    assert {place.pair_id for place in drawn(Store(store), "latest", "probe", 4, 1)} != samples[0]


@settings(max_examples=20)
@given(st.data())
def test_rows_are_those_of_their_places(store: Path, data: st.DataObject) -> None:
    rows = stored_rows(store)
    places = data.draw(st.sets(st.integers(0, len(rows) - 1)))
    assert list(rows_at(Store(store), "latest", "probe", places)) == [rows[place] for place in sorted(places)]


def refused(tmp_path: Path, store: Path, **fields: Any) -> str:
    given = {"model": "m", "pairs": str(store), "out": tmp_path / "out", **fields}
    with pytest.raises((LookupError, ValueError)) as caught:
        probe(ProbeConfig.model_validate(given))
    assert not (tmp_path / "out").exists()
    return f"{caught.type.__name__}: {caught.value}"


def test_what_is_not_there_is_said_so_before_any_work(store: Path, tmp_path: Path) -> None:
    Store(tmp_path / "train").publish({"train": labelled(couple(1)), "probe": []}, account())
    told = refused(tmp_path, tmp_path / "train")
    assert told.startswith("VersionError: v000001 of ")
    assert "no pairs in split 'probe'" in told
    assert "probe_share" in told
    assert "has no version 'v7'" in refused(tmp_path, store, version="v7")
    assert "there is no store with a version" in refused(tmp_path, tmp_path / "nothing")
    assert refused(tmp_path, store, model="").startswith("ConfigError: model: which one?")


def test_a_limit_cuts_no_couple(store: Path) -> None:
    mirrors = {row["pair_id"]: row["mirror_id"] for row in stored_rows(store)}
    for limit in (2, 3, 5, 7):
        found = {place.pair_id for place in drawn(Store(store), "v000001", "probe", limit, 0)}
        assert len(found) == limit - limit % 2
        assert {mirrors[pair] for pair in found} == found


def test_a_checkpoint_is_asked_as_it_was_trained(llama: Path, store: Path, tmp_path: Path) -> None:
    checkpoint = Path(shutil.copytree(llama, tmp_path / "checkpoint"))
    trained = {"suffix": "A or B?", "prefill": "It is", "system": "", "digest": "0"}
    (checkpoint / "contextpairs.json").write_text(json.dumps({"prompt": trained}))
    given: dict[str, Any] = {"model": str(checkpoint), "pairs": str(store), "out": tmp_path, "limit": 2}
    prompts: list[dict[str, Any]] = [{}, {"prompt": {"prefill": "Say"}}]
    asked = [probe(ProbeConfig(**given, **more)).results.facts["prompt"] for more in prompts]
    assert [(each["suffix"], each["prefill"]) for each in asked] == [("A or B?", "It is"), ("A or B?", "Say")]


def test_a_version_may_be_named_shortly(llama: Path, store: Path, tmp_path: Path) -> None:
    paths = {
        probe(ProbeConfig(model=str(llama), pairs=str(store), out=tmp_path, version=version, limit=2)).path
        for version in ("latest", "1", "v1", "v000001")
    }
    assert len(paths) == 1


def test_a_column_that_is_missing_is_named(store: Path) -> None:
    row = stored_rows(store)[0]
    row.pop("mirror_id")
    with pytest.raises(ValueError, match=f"pair {row['pair_id']}: columns \\['mirror_id'\\] are missing"):
        both_orders(row, ProbeConfig().prompt)


def test_files_that_hold_no_results_are_refused(store: Path, tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("no")
    pairs = next((store / "versions").rglob("probe-*.parquet"))
    for path in (tmp_path / "text.parquet", pairs):
        with pytest.raises(ValueError, match=f"{path.name}.*expected results of `contextpairs probe`"):
            read_results(path)


def test_results_are_plain_parquet(llama: Path, store: Path, tmp_path: Path) -> None:
    probed = probe(ProbeConfig(model=str(llama), pairs=str(store), out=tmp_path, limit=2))
    rows = pq.read_table(probed.path)
    assert rows.num_rows == 4


def test_results_are_sealed(llama: Path, store: Path, tmp_path: Path) -> None:
    config = ProbeConfig(model=str(llama), pairs=str(store), out=tmp_path, limit=2)
    path = probe(config).path
    record = ProbeRecord.parsed(path.with_suffix(".json").read_bytes(), "")
    assert record.is_intact()
    assert [(file.path, file.rows) for file in record.files] == [(path.name, 4)]
    before = path.with_suffix(".json").read_bytes()
    assert probe(config).reused
    assert path.with_suffix(".json").read_bytes() == before
    rows = pq.read_table(path)
    pq.write_table(rows.slice(1), path)
    with pytest.raises(ValueError, match=r"is not as .*\.json beside it says"):
        probe(config)
    assert not probe(config.model_copy(update={"again": True})).reused
    assert path.with_suffix(".json").read_bytes() == before


def test_results_of_the_first_releases_are_read(llama: Path, store: Path, tmp_path: Path) -> None:
    config = ProbeConfig(model=str(llama), pairs=str(store), out=tmp_path, limit=2)
    path = probe(config).path
    record = json.loads(path.with_suffix(".json").read_bytes())
    path.with_suffix(".json").write_text(json.dumps({name: record[name] for name in ("run", "report")}))
    assert probe(config).reused
    assert json.loads(path.with_suffix(".json").read_bytes()) == record
