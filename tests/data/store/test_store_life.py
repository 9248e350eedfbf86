"""A store over months: pins, tags, tombstones, damaged manifests, prune; on a disk and on object storage."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from contextpairs.data.store.lease import Held
from contextpairs.data.store.pointers import TagError
from contextpairs.data.store.sealed import ManifestError
from contextpairs.data.store.store import Store
from contextpairs.data.store.version_rows import VersionError
from tests.data.pairs.pair_rows import account, splits_of


@pytest.fixture(params=["disk", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store; the object storage is that of fsspec's memory."""
    return Store(tmp_path / "pairs" if request.param == "disk" else f"memory://life{time.monotonic_ns()}/pairs")


def publish(store: Store, *stops: int) -> None:
    """A version for each number of couples."""
    for stop in stops:
        store.publish(splits_of(range(stop)), account())


def manifest_of(store: Store, version: str) -> str:
    return f"{store.storage.root}/versions/{version}/manifest.json"


def damage(store: Store, version: str, change: Callable[[bytes], bytes] = lambda whole: whole[:-100]) -> None:
    """Change a manifest, in the middle of what it says."""
    filesystem, path = store.storage.filesystem, manifest_of(store, version)
    filesystem.pipe_file(path, change(filesystem.cat_file(path)))


def test_rollback_pins_latest_and_refreshes_go_on(store: Store) -> None:
    publish(store, 3, 6)
    assert store.life.rollback("v1") == "v000001"
    published = store.publish(splits_of(range(9)), account())
    assert (published.version, published.created, published.pinned) == ("v000003", True, "v000001")
    assert store.latest() == "v000001"
    assert sum(store.manifest().rows.values()) == 6
    assert "latest is pinned to v000001; the newest is v000003" in (store.pin_note() or "")
    # What is compared with is the newest, not what latest points to.
    assert not store.publish(splits_of(range(9)), account()).created
    assert store.life.unpin() == "v000001"
    assert (store.latest(), store.pin_note(), store.life.unpin()) == ("v000003", None, None)


def test_a_version_names_its_parent_and_its_digest_does_not(store: Store, tmp_path: Path) -> None:
    publish(store, 3, 6)
    assert [store.manifest(each).parent for each in store.versions()] == [None, "v000001"]
    alone = Store(tmp_path / "alone")
    publish(alone, 6)
    assert alone.manifest().digest == store.manifest("v2").digest
    assert store.verify("v2") == []


def test_tags_are_names_of_versions(store: Store) -> None:
    publish(store, 3, 6)
    assert store.life.tag("good-one", "v1") == "v000001"
    assert store.resolved("good-one") == "v000001"
    assert store.life.tag("good-one", "latest") == "v000002"
    assert store.life.untag("good-one") == "v000002"
    with pytest.raises(VersionError, match="no tag 'good-one'"):
        store.life.untag("good-one")
    for name in ("latest", "v3", "12", "", "a b", "../up"):
        with pytest.raises(TagError, match="expected a letter"):
            store.life.tag(name, "v1")


def test_what_is_no_version_is_named_with_what_is(store: Store) -> None:
    publish(store, 3)
    store.life.tag("first", "v1")
    for call in (store.life.rollback, store.manifest, store.life.quarantine):
        with pytest.raises(VersionError, match="no version 'v7'; it has: v000001, first"):
            call("v7")


@pytest.mark.parametrize("removal", ["prune", "quarantine"])
def test_a_number_is_never_given_twice(store: Store, removal: str) -> None:
    publish(store, 3, 6)
    if removal == "quarantine":
        store.life.quarantine("v2")
    else:
        publish(store, 3)
        store.life.prune(1, 0)
    before = len(store.versions())
    publish(store, 9)
    assert len(store.versions()) == before + 1
    assert store.versions()[-1] == ("v000003" if removal == "quarantine" else "v000004")
    assert store.verify() == []


def test_a_writer_that_counted_before_a_removal_does_not_get_the_number(store: Store, tmp_path: Path) -> None:
    """Catches a tombstone that comes between counting and claiming."""
    from contextpairs.data.store.shards import ShardLimits
    from contextpairs.data.store.write_version import build_version

    publish(store, 3)
    (tmp_path / "late").mkdir()
    built = build_version(tmp_path / "late", splits_of(range(6)), account(), ShardLimits())
    located = store.storage.prepare(tmp_path / "late", built)
    publish(store, 9)
    store.life.quarantine("v2")
    assert not store.storage.claim(tmp_path / "late", located, 2)
    assert store.versions() == ["v000001"]


def test_a_damaged_manifest_is_named_and_spoils_nothing_else(store: Store) -> None:
    publish(store, 3, 6)
    damage(store, "v000002")
    whole, broken = store.listed()
    assert (whole.problem, whole.version, whole.rows) == (None, "v000001", store.manifest("v1").rows)
    assert "manifest.json" in (broken.problem or "")
    assert "contextpairs quarantine" in (broken.problem or "")
    assert store.publish(splits_of(range(9)), account()).version == "v000003"
    assert store.manifest("v3").parent == "v000001"
    assert [len(store.verify(each)) for each in store.versions()] == [0, 1, 0]
    with pytest.raises(ManifestError):
        store.manifest("v2")


def test_equal_content_is_found_behind_a_damaged_manifest(store: Store) -> None:
    publish(store, 3, 6)
    damage(store, "v000002")
    again = store.publish(splits_of(range(3)), account())
    assert (again.created, again.version) == (False, "v000001")


def test_quarantine_keeps_the_files_and_hides_the_version(store: Store) -> None:
    publish(store, 3, 6)
    damage(store, "v000002")
    assert store.life.quarantine("v2") == "v000002"
    assert store.versions() == ["v000001"]
    filesystem, root = store.storage.filesystem, store.storage.root
    assert filesystem.exists(f"{root}/quarantine/v000002/manifest.json")
    assert store.clean(older_than=-1) == []
    shards = [path for path in filesystem.find(root) if path.endswith(".parquet")]
    assert len(shards) == 3, "those of both versions, of which the first has one"


def test_what_a_name_points_to_is_not_quarantined(store: Store) -> None:
    publish(store, 3, 6)
    store.life.rollback("v1")
    with pytest.raises(VersionError, match="latest points to v000001; point it elsewhere first"):
        store.life.quarantine("v1")


def test_a_folder_without_a_manifest_is_listed_and_can_be_quarantined(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, 3, 6)
    (tmp_path / "versions/v000002/manifest.json").unlink()
    assert [each.problem is None for each in store.listed()] == [True, False]
    store.life.quarantine("v2")
    assert [each.version for each in store.listed()] == ["v000001"]
    assert (tmp_path / "quarantine/v000002/coding").is_dir()


def age(store: Store, version: str, days: float) -> None:
    path = manifest_of(store, version)
    os.utime(path, (time.time() - days * 86_400,) * 2)


def test_prune_keeps_the_last_the_young_the_tagged_and_the_pinned(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, *(range(3, 33, 3)))
    for number, version in enumerate(store.versions()):
        age(store, version, 40 if number < 7 else 1)
    store.life.tag("paper", "v2")
    store.life.rollback("v4")
    found = store.life.prune(2, 30, dry_run=True)
    assert found.removed == ["v000001", "v000003", "v000005", "v000006", "v000007"]
    assert found.kept == {
        "v000002": "paper", "v000004": "latest", "v000008": "younger than 30 days",
        "v000009": "among the last 2", "v000010": "among the last 2",
    }  # fmt: skip
    assert len(store.versions()) == 10
    assert store.life.prune(2, 30) == found
    assert store.versions() == list(found.kept)
    assert [store.verify(each) for each in store.versions()] == [[]] * 5
    left = [path.name for path in (tmp_path / "versions/v000001").iterdir()]
    assert left == ["removed.json"]


def test_by_default_ten_versions_and_thirty_days_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, *(range(3, 39, 3)))
    assert store.life.prune().removed == []
    for version in store.versions():
        age(store, version, 31)
    assert store.life.prune().removed == ["v000001", "v000002"]


def test_content_that_a_kept_version_shares_is_not_removed(store: Store) -> None:
    """Going back to older content gives two versions of the same files on object storage."""
    publish(store, 3, 6, 3)
    store.life.prune(1, 0)
    store.clean(older_than=-1)
    assert store.versions() == ["v000003"]
    assert store.verify() == []


def test_unpublished_files_go_by_clean_and_a_dry_run_removes_none() -> None:
    store = Store(f"memory://life{time.monotonic_ns()}/pairs")
    publish(store, 3, 6)
    orphan = f"{store.storage.root}/objects/{'ab' * 16}"
    store.storage.filesystem.pipe_file(f"{orphan}/coding/train-00000-of-00001.parquet", b"PAR1")
    assert store.clean(older_than=-1, dry_run=True) == [orphan]
    assert store.clean(older_than=-1) == [orphan]
    assert store.clean(older_than=-1) == []
    assert [store.verify(each) for each in store.versions()] == [[], []]


@pytest.mark.parametrize("call", ["rollback", "unpin", "tag", "untag", "quarantine", "prune"])
def test_nothing_is_changed_while_another_holds_the_store(store: Store, call: str) -> None:
    publish(store, 3)
    arguments = {"rollback": ["v1"], "quarantine": ["v1"], "tag": ["name", "v1"], "untag": ["name"]}
    with store.held("build coding"), pytest.raises(Held, match="build coding, process"):
        getattr(store.life, call)(*arguments.get(call, []))


def test_damaged_pointers_are_named(store: Store) -> None:
    publish(store, 3)
    store.storage.files.replace("pointers.json", b"{")
    with pytest.raises(ManifestError, match=r"pointers\.json: cannot be read"):
        store.latest()


def test_a_pin_to_what_is_gone_says_what_to_do(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store, 3, 6)
    store.life.rollback("v1")
    (tmp_path / "versions/v000001/manifest.json").unlink()
    with pytest.raises(VersionError, match="latest points to v000001, which is not there any more; contextpairs unpin"):
        store.manifest()
    store.life.unpin()
    assert store.latest() == "v000002"
