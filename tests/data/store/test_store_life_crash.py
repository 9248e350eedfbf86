"""`kill -9` before each step of rollback, tag, quarantine, prune: nothing is half visible, and a rerun ends it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.store.store import Store
from tests.data.pairs.pair_rows import account, splits_of
from tests.data.store.publishing import FORKSERVER, live_until_step

V1, V2, V3 = "v000001", "v000002", "v000003"
CALLS: dict[str, tuple[list[Any], list[str], list[str]]] = {
    "rollback": ([V1], [V1, V2, V3], [V1, V2, V3]),
    "tag": (["good", V1], [V1, V2, V3], [V1, V2, V3]),
    "quarantine": ([V2], [V1, V2, V3], [V1, V3]),
    "prune": ([1, 0.0], [V1, V2, V3], [V3]),
}
"""By method: its arguments, the versions before and after it."""


def three(root: Path) -> Store:
    store = Store(root)
    for stop in (3, 6, 9):
        store.publish(splits_of(range(stop)), account())
    return store


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_kill_9_before_every_step(call: str, stride: int, tmp_path: Path) -> None:
    arguments, before, after = CALLS[call]
    for step in range(0, 200, stride):
        store = three(tmp_path / str(step))
        process = FORKSERVER.Process(target=live_until_step, args=(str(tmp_path / str(step)), call, arguments, step))
        process.start()
        process.join(60)
        seen = store.versions()
        assert set(after) <= set(seen) <= set(before)
        assert [store.verify(version) for version in seen] == [[]] * len(seen)
        assert store.latest() in {V1, V3}
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        finished(store, tmp_path / str(step), call, arguments)
    assert 10 < step < 199


def finished(store: Store, root: Path, call: str, arguments: list[Any]) -> None:
    """Whoever comes next ends what was begun, is not kept out by the dead, and gets a number of its own."""
    if call != "quarantine" or V2 in store.versions():
        getattr(store.life, call)(*arguments)
    store.clean(older_than=0)
    assert store.versions() == CALLS[call][2]
    assert store.publish(splits_of(range(12)), account()).version == "v000004"
    assert os.listdir(root / ".writing") == []
    removed = {V1, V2, V3} - set(store.versions())
    assert {version: os.listdir(root / "versions" / version) for version in removed} == {
        version: ["removed.json"] for version in removed
    }
    if call == "quarantine":
        assert sorted(os.listdir(root / "quarantine" / V2)) == ["README.md", "coding", "manifest.json"]
