"""Pushing to a hub: one commit, what was there before, what `load_dataset` finds afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contextpairs.data.store.store import Store
from tests.data.exports.hub_server import Hub, Repository, serving
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import account, splits_of

ROOT = Path(__file__).resolve().parents[3]
PUSH = """
import sys
from contextpairs.pipelines.cli.main import main
sys.argv = ['contextpairs', 'export', *sys.argv[1:]]
main()
"""
LOAD = """
import sys
from datasets import load_dataset
for domain in sys.argv[2:]:
    found = load_dataset(sys.argv[1], domain)
    print(domain, {split: len(rows) for split, rows in found.items()}, found["train"][0]["pair_id"])
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[Hub, dict[str, str]]]:
    """A server, and the environment of a process that takes it for the hub."""
    with serving() as (hub, endpoint):
        token = {"HF_TOKEN": "hf_test", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        yield hub, {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "home"), **token}


@pytest.fixture
def stores(tmp_path: Path) -> list[str]:
    Store(tmp_path / "coding").publish(splits_of(range(9)), account())
    Store(tmp_path / "images").publish(image_splits(range(9)), image_account())
    return [str(tmp_path / "coding"), str(tmp_path / "images")]


def run(environment: dict[str, str], code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def messages(repository: Repository) -> list[str]:
    return [message for _, message, _ in repository.commits[1:]]


def test_both_domains_are_one_commit_that_loads(hub: tuple[Hub, dict[str, str]], stores: list[str]) -> None:
    server, environment = hub
    done = run(environment, PUSH, *stores, "to=hub", "dest=me/pairs")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1] == f"{environment['HF_ENDPOINT']}/datasets/me/pairs"
    repository = server.repositories["me/pairs"]
    assert repository.private is True
    assert len(messages(repository)) == 1
    assert messages(repository)[0].startswith("coding v000001 (")
    assert len(server.large) == 4
    loaded = run(environment, LOAD, "me/pairs", "coding", "images")
    firsts = [Store(root).take("latest", "train", [0])[0]["pair_id"] for root in stores]
    assert loaded.stdout.splitlines() == [
        f"coding {{'train': 6, 'probe': 12}} {firsts[0]}",
        f"images {{'train': 6, 'probe': 12}} {firsts[1]}",
    ], loaded.stderr
    assert "unchanged" in run(environment, PUSH, *stores, "to=hub", "dest=me/pairs").stdout
    assert len(messages(repository)) == 1


def test_a_new_version_replaces_the_old_one_in_one_commit(hub: tuple[Hub, dict[str, str]], stores: list[str]) -> None:
    server, environment = hub
    for split in ("all", "train"):
        done = run(environment, PUSH, stores[0], "to=hub", "dest=me/pairs", f"split={split}", "private=false")
        assert done.returncode == 0, done.stderr
    repository = server.repositories["me/pairs"]
    assert repository.private is False
    assert [sorted(path for path in files if path.endswith(".parquet")) for _, _, files in repository.commits] == [
        [],
        ["coding/probe-00000-of-00001.parquet", "coding/train-00000-of-00001.parquet"],
        ["coding/train-00000-of-00001.parquet"],
    ]


def test_nothing_of_others_is_lost(hub: tuple[Hub, dict[str, str]], stores: list[str]) -> None:
    server, environment = hub
    server.repositories["me/notes"] = Repository()
    server.repositories["me/notes"].commit("mine", {"data.csv": b"1", "README.md": b"mine"})
    foreign = run(environment, PUSH, stores[0], "to=hub", "dest=me/notes")
    assert foreign.returncode == 2
    assert "no push of ours left it" in foreign.stderr
    assert messages(server.repositories["me/notes"]) == ["mine"]

    assert run(environment, PUSH, *stores, "to=hub", "dest=me/pairs").returncode == 0
    alone = run(environment, PUSH, stores[0], "to=hub", "dest=me/pairs")
    assert alone.returncode == 2
    assert "holds ['images'] pairs as well" in alone.stderr
    assert len(messages(server.repositories["me/pairs"])) == 1


def test_a_head_that_moved_is_not_overwritten(hub: tuple[Hub, dict[str, str]], stores: list[str]) -> None:
    server, environment = hub
    server.rival = {"README.md": b"theirs"}
    done = run(environment, PUSH, stores[0], "to=hub", "dest=me/pairs")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert messages(server.repositories["me/pairs"]) == ["by another"]


def test_what_is_no_repository_is_said_so(stores: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home")}
    named = run(environment, PUSH, stores[0], "to=hub", "dest=a/b/c")
    assert named.returncode == 2
    assert "'a/b/c'" in named.stderr
    ordered = run(environment, PUSH, stores[0], "to=hub", "dest=me/pairs", "order=both")
    assert ordered.returncode == 2
    assert "order, keep and prompt do not apply" in ordered.stderr
