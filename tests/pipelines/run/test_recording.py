"""Every run leaves a record, published or not, and half a bucket is held back."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contextpairs.data.demo.samples import sample_path
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.store.run_records import RunRecord, run_records
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Recorded, Silent
from contextpairs.pipelines.run.shrinking import Shrunk, check_not_shrunk
from tests.data.pairs.pair_rows import account, splits_of

FIELDS = ("probe_share=0", "audit.max_accuracy=1", "limit=null", "audit.enforce=false")


class Told(Silent):
    """Keeps the record that it is told of."""

    record: RunRecord

    def ended(self, record: RunRecord) -> None:
        """See Reporter."""
        self.record = record


def build(folder: Path, *overrides: str, reporter: Silent | Recorded | None = None) -> Published:
    """Build from the folder's runs into its store, over its finished stage outputs."""
    given = [f"sources=['{folder / 'runs'}']", f"out={folder / 'out'}", *FIELDS, *overrides]
    return build_coding(load_config([], given), process_mapper(1), reporter or Silent())


def newest(folder: Path) -> RunRecord:
    """The record of the last run."""
    return next(run_records(Store(folder / "out")))


def give(folder: Path, name: str, start: int, rows: int) -> None:
    """A file of runs of the embedded sample."""
    (folder / "runs").mkdir(exist_ok=True)
    pq.write_table(pq.read_table(sample_path()).slice(start, rows), folder / "runs" / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two versions, the second from one more file."""
    folder = tmp_path_factory.mktemp("recording")
    give(folder, "a.parquet", 0, 60)
    build(folder)
    give(folder, "b.parquet", 60, 10)
    build(folder)
    return folder


def test_a_record_says_what_was_read_what_went_and_what_it_cost(folder: Path) -> None:
    second, first = run_records(Store(folder / "out"))
    assert (first.outcome, first.version, first.parent, first.diff) == ("published", "v000001", None, None)
    assert first.configuration["sources"] == [str(folder / "runs")]
    assert first.rows == Store(folder / "out").manifest("v000001").rows
    assert first.funnel == Store(folder / "out").manifest("v000001").funnel
    costs = {cost.stage: cost for cost in second.stages}
    assert (costs["facts"].partitions, costs["facts"].rows, costs["facts"].reused) == (1, 70, 0)
    assert costs["masking"].reused > 0
    assert sum(cost.seconds for cost in second.stages) == pytest.approx(second.seconds, abs=0.5)
    assert all(cost.peak_bytes > 2**20 for cost in second.stages)


def test_a_record_holds_examples_with_file_and_row(folder: Path) -> None:
    record = newest(folder)
    lost = {(line.stage, reason) for line in record.funnel for reason in line.reasons}
    stored = [each for each in record.examples if each.stage in ("facts", "masking")]
    assert stored
    for each in stored:
        assert (each.stage, each.reason) in lost
        assert each.source.startswith(str(folder / "runs"))
        assert each.row >= 0
    shown = {(each.stage, each.reason) for each in record.examples}
    decided = {(line.stage, reason) for line in record.funnel[2:] for reason in line.reasons if line.stage != "masking"}
    assert len(decided) > 5
    assert {reason for _, reason in decided - shown} <= {"unknown-function", "different-file", "different-function"}
    couple = next(each for each in record.examples if each.reason == "same-instance")
    assert couple.row >= 0
    assert f"{folder / 'runs'}" in couple.detail
    counts = [sum(each.reason == reason for each in stored) for reason in {each.reason for each in stored}]
    assert max(counts) <= 20


def test_a_refresh_says_what_changed_since_its_parent(folder: Path) -> None:
    record = newest(folder)
    store = Store(folder / "out")
    assert (record.outcome, record.version, record.parent) == ("published", "v000002", "v000001")
    assert record.diff
    added = store.diff("v000001", "v000002").splits["train"].added
    assert record.diff.splits["train"].added == len(added) > 0
    assert record.diff.rows_out["read"] == (60, 70)
    assert record.diff.reasons["facts"] or record.diff.reasons["masking"]


def test_a_run_that_changes_nothing_leaves_a_record_and_no_byte_of_a_version(folder: Path) -> None:
    versions = folder / "out/versions"
    before = {path: path.read_bytes() for path in versions.rglob("*") if path.is_file()}
    build(folder)
    record = newest(folder)
    assert (record.outcome, record.version, record.parent) == ("unchanged", "v000002", "v000002")
    assert all(cost.reused == cost.partitions for cost in record.stages)
    assert {path: path.read_bytes() for path in versions.rglob("*") if path.is_file()} == before


def test_half_a_bucket_is_held_back_until_it_is_accepted(folder: Path, tmp_path: Path) -> None:
    for path in (folder / "out/versions").rglob("*"):
        target = tmp_path / "out/versions" / path.relative_to(folder / "out/versions")
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    give(tmp_path, "b.parquet", 60, 10)
    give(tmp_path, "a.parquet", 0, 30)
    with pytest.raises(Shrunk, match=r"against v000002 .* rows fell from 70 to 40 and pairs .*accept_shrink=true"):
        build(tmp_path)
    record = newest(tmp_path)
    assert (record.outcome, record.version, record.parent) == ("refused", None, "v000002")
    assert "rows fell from 70 to 40" in (record.error or "")
    assert record.diff
    assert record.diff.rows_out["read"] == (70, 40)
    assert Store(tmp_path / "out").versions() == ["v000001", "v000002"]
    assert build(tmp_path, "accept_shrink=true").version == "v000003"
    build(tmp_path)  # now the like to compare with


def test_less_by_other_settings_is_published(tmp_path: Path) -> None:
    give(tmp_path, "a.parquet", 0, 60)
    build(tmp_path)
    give(tmp_path, "a.parquet", 0, 30)
    assert build(tmp_path, "least_own_text=400").created


def test_a_build_that_no_pair_survives_leaves_a_record(tmp_path: Path) -> None:
    give(tmp_path, "a.parquet", 0, 3)
    told = Told()
    with pytest.raises(NothingToPublish):
        build(tmp_path, reporter=told)
    record = newest(tmp_path)
    assert (record.outcome, record.version) == ("failed", None)
    assert "no pair survived" in (record.error or "")
    assert record.funnel[0].stage == "read"
    assert told.record.model_dump() == record.model_dump()


def test_a_source_that_cannot_be_read_leaves_a_record(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/notes.txt").write_text("no runs\n")
    with pytest.raises(SourceError):
        build(tmp_path)
    assert newest(tmp_path).outcome == "failed"


def test_files_that_no_reader_knows_are_examples_too(tmp_path: Path) -> None:
    give(tmp_path, "a.parquet", 0, 60)
    (tmp_path / "runs/notes.jsonl").write_bytes(b"\x00\x01" * 40)
    build(tmp_path)
    (example,) = [each for each in newest(tmp_path).examples if each.stage == "read"]
    assert example.source.endswith("notes.jsonl")


def test_a_record_that_cannot_be_written_costs_no_version(tmp_path: Path) -> None:
    give(tmp_path, "a.parquet", 0, 60)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/runs").write_text("a file where the folder should be")
    watching = Recorded(None)
    assert build(tmp_path, reporter=watching).created
    (said,) = [note for note in watching.notes if "no record of this run was written" in note]
    assert "runs" in said


def test_a_version_that_cannot_be_read_is_no_measure(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for couples in (9, 12):
        store.publish(splits_of(range(couples)), account())
    check_not_shrunk(store, account(), pairs=20)
    (tmp_path / "versions/v000002/manifest.json").write_text("{")
    check_not_shrunk(store, account(), pairs=15)
    with pytest.raises(Shrunk, match=r"against v000001 .* pairs fell from 18 to 14"):
        check_not_shrunk(store, account(), pairs=14)
