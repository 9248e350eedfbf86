"""Writers that are killed, and writers that race: no reader ever sees half a version, no number is shared."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contextpairs.data.store.store import Store
from tests.data.pairs.pair_rows import account, splits_of
from tests.data.store.publishing import (
    FORKSERVER,
    announce_and_publish,
    in_processes,
    publish_range,
    publish_until_step,
)
from tests.data.store.test_store import tree

COUPLES = 12
KILLS = 20
V1 = "v000001"


def reference(folder: Path) -> dict[str, bytes]:
    """What an undisturbed publish leaves under `versions`."""
    Store(folder).publish(splits_of(range(COUPLES)), account())
    return tree(folder / "versions")


class Reader:
    """Polls a store from another thread and keeps what it should never have seen."""

    def __init__(self) -> None:
        self.root = Path("/nonexistent")
        self.polls = 0
        self.halves: list[object] = []

    def poll(self) -> None:
        store = Store(self.root)
        for version in store.versions():
            problems = store.verify(version)
            if problems:
                self.halves.append((self.root, version, problems))
        self.polls += 1


@contextmanager
def polling() -> Iterator[Reader]:
    reader, stop = Reader(), threading.Event()

    def loop() -> None:
        while not stop.is_set():
            reader.poll()
            time.sleep(0.001)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield reader
    finally:
        stop.set()
        thread.join()


def killed_after(root: Path, delay: float) -> int | None:
    """Publish in a process; `kill -9` it `delay` seconds after its imports. Returns its exit code."""
    here, there = FORKSERVER.Pipe()
    process = FORKSERVER.Process(target=announce_and_publish, args=(str(root), COUPLES, None, there))
    process.start()
    assert here.recv() == "ready"
    time.sleep(delay)
    process.kill()
    process.join(60)
    return process.exitcode


def duration(root: Path) -> float:
    """Seconds that an undisturbed publish takes after its imports."""
    here, there = FORKSERVER.Pipe()
    process = FORKSERVER.Process(target=announce_and_publish, args=(str(root), COUPLES, None, there))
    process.start()
    assert here.recv() == "ready"
    began = time.monotonic()
    assert here.recv() == "done"
    taken = time.monotonic() - began
    process.join(60)
    return taken


def rerun_completes(root: Path, expected: dict[str, bytes]) -> None:
    """After a kill there is no version or a whole one; publishing again makes it whole, of equal bytes, and tidy."""
    assert Store(root).versions() in ([], [V1])
    assert Store(root).publish(splits_of(range(COUPLES)), account()).version == V1
    assert tree(root / "versions") == expected
    assert os.listdir(root / ".writing") == []


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    expected = reference(tmp_path / "reference")
    whole, rng = duration(tmp_path / "timed"), random.Random(11)
    codes: list[int | None] = []
    with polling() as reader:
        while codes.count(-signal.SIGKILL) < KILLS and len(codes) < 5 * KILLS:
            reader.root = tmp_path / f"store-{len(codes)}"
            codes.append(killed_after(reader.root, rng.uniform(0, whole)))
            rerun_completes(reader.root, expected)
    assert reader.halves == []
    assert reader.polls > KILLS
    assert codes.count(-signal.SIGKILL) == KILLS


def test_kill_9_before_every_step(tmp_path: Path) -> None:
    """Exhaustive where the other test is random: each call that touches the file system is once the last one."""
    expected = reference(tmp_path / "reference")
    with polling() as reader:
        for step in range(1_000):
            reader.root = tmp_path / f"store-{step}"
            process = FORKSERVER.Process(target=publish_until_step, args=(str(reader.root), COUPLES, step))
            process.start()
            process.join(60)
            reader.poll()
            if process.exitcode == 0:
                break
            assert process.exitcode == -signal.SIGKILL
            rerun_completes(reader.root, expected)
    assert reader.halves == []
    assert 20 < step < 999


def test_concurrent_writers_get_numbers_of_their_own(tmp_path: Path) -> None:
    ranges = [(str(tmp_path), 9 * n, 9 * n + 9) for n in range(8)]
    with polling() as reader:
        reader.root = tmp_path
        published = in_processes(publish_range, ranges)
    assert sorted(version for version, _ in published) == [f"v{n:06}" for n in range(1, 9)]
    assert all(created for _, created in published)
    assert reader.halves == []
    store = Store(tmp_path)
    for (version, _), (_, start, stop) in zip(published, ranges, strict=True):
        expected = {row["pair_id"] for rows in splits_of(range(start, stop)).values() for row in rows}
        found = [store.read(version, split, ["pair_id"])["pair_id"].to_pylist() for split in ("train", "probe")]
        assert {pair for ids in found for pair in ids} == expected


def test_concurrent_writers_of_equal_content_publish_one_version(tmp_path: Path) -> None:
    """Catches a check for equal content that another writer can overtake."""
    published = in_processes(publish_range, [(str(tmp_path), 0, 9)] * 8)
    assert {version for version, _ in published} == {V1}
    assert sum(created for _, created in published) == 1
    assert Store(tmp_path).versions() == [V1]


def test_clean_spares_the_living(tmp_path: Path) -> None:
    """A writer in the middle of its rows is not a leftover, however long it takes."""
    removed = []

    def slow() -> Iterator[dict[str, object]]:
        for row in splits_of(range(6))["train"]:
            removed.extend(Store(tmp_path).clean(older_than=0))
            yield row

    assert Store(tmp_path).publish({"train": slow()}, account()).created
    assert removed == []
    assert Store(tmp_path).verify() == []
