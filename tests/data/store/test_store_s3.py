"""The store on object storage: a real S3 server, put-if-absent, the same promises."""

from __future__ import annotations

import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faulty_storage import s3_server
from contextpairs.data.store.lease import Held
from contextpairs.data.store.run_records import prune_records, run_records, write_record
from contextpairs.data.store.store import Store
from contextpairs.data.store.told_errors import StorageError
from tests.data.pairs.pair_rows import account, splits_of
from tests.data.store.publishing import FORKSERVER, announce_and_publish, in_processes, publish_range
from tests.data.store.test_run_records import record
from tests.data.store.test_store import tree

pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[s3]'")
pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[dev]'")


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, Any]]:
    """fsspec options of a running server."""
    with s3_server() as endpoint:
        yield {"key": "test", "secret": "test", "client_kwargs": {"endpoint_url": endpoint, "region_name": "eu-west-1"}}


@pytest.fixture
def root(options: dict[str, Any], request: pytest.FixtureRequest) -> str:
    import s3fs

    bucket = request.node.name.replace("_", "-").lower()[:60].rstrip("-")
    s3fs.S3FileSystem(**options).mkdir(bucket)
    return f"s3://{bucket}/some/pairs"


def test_records_of_runs_lie_beside_the_versions(root: str, options: dict[str, Any]) -> None:
    store = Store(root, options)
    store.publish(splits_of(range(9)), account())
    old, young = record(days=40, version="v000001"), record(days=35)
    assert write_record(store, old) == f"{root}/runs/{old.id}.json"
    write_record(store, young)
    assert list(run_records(store)) == [young, old]
    assert prune_records(store, 30, {"v000001"}) == [young.id]
    assert list(run_records(Store(root, options))) == [old]
    assert store.versions() == ["v000001"]


def test_a_version_reads_and_verifies(root: str, options: dict[str, Any]) -> None:
    splits = splits_of(range(9))
    store = Store(root, options)
    published = store.publish(splits, account())
    assert published.path.startswith(f"{root}/objects/")
    assert store.versions() == [published.version]
    assert store.verify() == []
    assert store.read("latest", "train", ["pair_id"])["pair_id"].to_pylist() == [r["pair_id"] for r in splits["train"]]
    assert not store.publish(splits, account(other=1)).created
    assert store.publish(splits_of(range(12)), account()).version == "v000002"
    assert len(store.diff("v1", "v2").splits["train"].added) > 0


def test_files_are_those_of_a_disk(root: str, options: dict[str, Any], tmp_path: Path) -> None:
    local = tree(Store(tmp_path).publish(splits_of(range(9)), account()).path)
    store = Store(root, options)
    store.publish(splits_of(range(9)), account())
    filesystem, path = _files(store)
    remote = {name[len(path) + 1 :]: filesystem.cat_file(name) for name in filesystem.find(path)}
    del local["manifest.json"]
    assert remote == local


def test_datasets_reads_it_in_place(root: str, options: dict[str, Any], tmp_path: Path) -> None:
    from datasets import load_dataset

    splits = splits_of(range(9))
    path = Store(root, options).publish(splits, account()).path
    # A copy: datasets adds entries of its own to the options it is given.
    files = {"train": f"{path}/coding/train-*.parquet"}
    loaded = load_dataset("parquet", data_files=files, storage_options=deepcopy(options), cache_dir=str(tmp_path))
    assert loaded["train"]["positive"][:] == [row["positive"] for row in splits["train"]]


def test_concurrent_writers_get_numbers_of_their_own(root: str, options: dict[str, Any]) -> None:
    published = in_processes(publish_range, [(root, 9 * n, 9 * n + 9, options) for n in range(4)])
    assert sorted(version for version, _ in published) == [f"v{n:06}" for n in range(1, 5)]
    store = Store(root, options)
    assert [store.verify(version) for version in store.versions()] == [[]] * 4


def test_concurrent_writers_of_equal_content_publish_one_version(root: str, options: dict[str, Any]) -> None:
    published = in_processes(publish_range, [(root, 0, 9, options)] * 3)
    assert [version for version, _ in published] == ["v000001"] * 3
    assert Store(root, options).versions() == ["v000001"]


def test_kill_9_leaves_no_version_or_a_whole_one(root: str, options: dict[str, Any]) -> None:
    store = Store(root, options)
    for kill in range(6):
        here, there = FORKSERVER.Pipe()
        process = FORKSERVER.Process(target=announce_and_publish, args=(root, 12, options, there))
        process.start()
        assert here.recv() == "ready"
        time.sleep(0.05 * kill)
        process.kill()
        process.join(60)
        assert [store.verify(version) for version in store.versions()] in ([], [[]])
    assert store.publish(splits_of(range(12)), account()).version == "v000001"
    assert store.verify() == []
    assert store.clean(older_than=0) == []


def test_clean_removes_what_no_manifest_names_once_it_is_old(root: str, options: dict[str, Any]) -> None:
    store = Store(root, options)
    store.publish(splits_of(range(9)), account())
    filesystem, path = _files(store)
    orphan = f"{path.rpartition('/')[0]}/0123456789abcdef0123456789abcdef"
    filesystem.pipe_file(f"{orphan}/coding/train-00000-of-00001.parquet", b"PAR1")
    assert store.clean(older_than=3_600) == []
    time.sleep(1.1)
    assert store.clean(older_than=1) == [orphan]
    assert not filesystem.exists(orphan)
    assert store.verify() == []


def test_verify_finds_what_was_altered_removed_or_added(root: str, options: dict[str, Any]) -> None:
    store = Store(root, options)
    store.publish(splits_of(range(9)), account())
    filesystem, path = _files(store)
    shard = f"{path}/coding/train-00000-of-00001.parquet"
    data = filesystem.cat_file(shard)
    filesystem.pipe_file(shard, data[:100] + bytes([data[100] ^ 1]) + data[101:])
    filesystem.rm(f"{path}/README.md")
    filesystem.pipe_file(f"{path}/coding/more.parquet", b"")
    assert [(problem.path, problem.kind) for problem in store.verify()] == [
        ("README.md", "missing"),
        ("coding/more.parquet", "unexpected"),
        ("coding/train-00000-of-00001.parquet", "altered"),
    ]


def test_an_upload_that_vanished_is_not_published(root: str, options: dict[str, Any], tmp_path: Path) -> None:
    """Catches a `clean` elsewhere, with too short a limit, taking the files of a slow writer."""
    from contextpairs.data.store.open_storage import open_storage
    from contextpairs.data.store.shards import ShardLimits
    from contextpairs.data.store.write_version import build_version

    storage = open_storage(root, options)
    located = storage.prepare(tmp_path, build_version(tmp_path, splits_of(range(3)), account(), ShardLimits()))
    storage.filesystem.rm(f"{storage.root}/objects", recursive=True)
    with pytest.raises(StorageError, match="vanished"):
        storage.claim(tmp_path, located, 1)
    assert storage.census().there == []


def _files(store: Store) -> tuple[Any, str]:
    """A file system of the store and the folder of its latest version there."""
    filesystem = store.storage.filesystem
    return filesystem, filesystem._strip_protocol(store.path())


def test_rollback_prune_and_the_lease(root: str, options: dict[str, Any]) -> None:
    """What `test_store_life.py` asks of a disk and of memory, by a real server."""
    store = Store(root, options)
    for stop in (3, 6, 9):
        store.publish(splits_of(range(stop)), account())
    store.life.rollback("v2")
    assert store.latest() == "v000002"
    with store.held("build coding"), pytest.raises(Held, match="build coding"):
        store.life.prune(1, 0)
    assert store.life.prune(1, 0).removed == ["v000001"]
    assert store.life.quarantine("v3") == "v000003"
    removed = store.clean(older_than=-1)
    assert len(removed) == 1, "the files of what was pruned; those in quarantine stay"
    assert store.versions() == ["v000002"]
    assert store.verify() == []
    assert store.publish(splits_of(range(12)), account()).version == "v000004"
    assert [each.version for each in store.listed()] == ["v000002", "v000004"]
