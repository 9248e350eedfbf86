"""Records of runs: whole, newest first, told without secrets, and no trouble where one is lost or broken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.files.safe_text import REDACTED
from contextpairs.data.store.run_records import (
    RunExample,
    RunRecord,
    StageCost,
    new_run_id,
    prune_records,
    run_records,
    write_record,
)
from contextpairs.data.store.store import Store

NOW = datetime.now(UTC)


def record(days: float = 0.0, **fields: Any) -> RunRecord:
    """Of a run that began so many days ago."""
    started = NOW - timedelta(days=days)
    given = {"domain": "coding", "outcome": "failed", "started": started, "seconds": 8.0, **fields}
    return RunRecord.model_validate({"id": new_run_id(started), **given})


@pytest.fixture(params=["disk", "memory"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    """An empty store, on a disk and on object storage."""
    return Store(tmp_path / "out" if request.param == "disk" else f"memory://{tmp_path.name}/out")


def test_records_come_back_newest_first(store: Store) -> None:
    made = [record(days, version=f"v00000{days}") for days in (3, 1, 2)]
    for each in made:
        assert write_record(store, each).endswith(f"/runs/{each.id}.json")
    assert list(run_records(store)) == [made[1], made[2], made[0]]
    assert store.versions() == []


def test_a_store_without_records_has_none(store: Store) -> None:
    assert list(run_records(store)) == []
    assert prune_records(store, 0, []) == []


def test_what_cannot_be_read_is_passed_over(store: Store) -> None:
    whole = record(5)
    write_record(store, whole)
    for name, content in (("20200101T000000Z-torn", b'{"id": "2020'), ("20200102T000000Z-later", b'{"new": 1}')):
        store.storage.filesystem.pipe_file(f"{store.storage.root}/runs/{name}.json", content)
    assert list(run_records(store)) == [whole]
    assert prune_records(store, 30, []) == ["20200101T000000Z-torn", "20200102T000000Z-later"]
    assert list(run_records(store)) == [whole]


def test_old_records_of_no_kept_version_are_removed(store: Store) -> None:
    young, kept, gone, failed = (record(1), record(40, version="v000001"), record(50, version="v000002"), record(60))
    for each in (young, kept, gone, failed):
        write_record(store, each)
    assert prune_records(store, 30, {"v000001"}, dry_run=True) == [failed.id, gone.id]
    assert len(list(run_records(store))) == 4
    assert prune_records(store, 30, {"v000001"}) == [failed.id, gone.id]
    assert list(run_records(store)) == [young, kept]


def test_no_secret_stands_in_a_record(store: Store) -> None:
    made = record(
        error="OSError: s3://me:hunter2@host/bucket refused",
        notes=["read https://user:hunter2@host/a.jsonl"],
        configuration={
            "storage": {"secret": "hunter2"},
            "sources": ["https://me:hunter2@host/a", "/data/a"],
        },
        examples=[
            RunExample(stage="read", reason="empty", source="ftp://me:hunter2@host/a", detail="s3://a:hunter2@b/c")
        ],
    )
    write_record(store, made)
    (found,) = run_records(store)
    assert "hunter2" not in found.model_dump_json()
    assert found.configuration == {
        "storage": {"secret": REDACTED},
        "sources": ["https://host/a", "/data/a"],
    }


def test_characters_that_no_file_can_hold_do_not_stop_a_record(store: Store) -> None:
    example = RunExample(stage="read", reason="encoding", detail="half a pair: \ud800")
    write_record(store, record(examples=[example]))
    (found,) = run_records(store)
    assert found.examples[0].detail == "half a pair: ?"


def test_the_longest_stage_limits_a_run() -> None:
    stages = [StageCost(stage=name, seconds=seconds) for name, seconds in (("facts", 1.0), ("masking", 4.9))]
    assert record(stages=stages).limited_by() == "masking, 61 % of the time"
    assert record().limited_by() is None
