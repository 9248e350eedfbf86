"""One build at a time: the lease of a store, on a disk and on object storage, with holders that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.store import lease
from contextpairs.data.store.holder import Holder
from contextpairs.data.store.lease import FOLDER, Held, leased, living
from contextpairs.data.store.small_files import SmallFiles
from contextpairs.data.store.told_errors import open_filesystem

HOLD = """
import sys, time
from contextpairs.data.store.lease import leased
from contextpairs.data.store.small_files import SmallFiles
from contextpairs.data.store.told_errors import open_filesystem
with leased(SmallFiles(*open_filesystem(sys.argv[1])), "the store", "build coding"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["disk", "objects"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> SmallFiles:
    """Small files of a store; the object storage is that of fsspec's memory, whose put-if-absent is atomic here."""
    url = str(tmp_path / "store") if request.param == "disk" else f"memory://lease{time.monotonic_ns()}/store"
    return SmallFiles(*open_filesystem(url))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Any]:
    """A process that holds the lease of a folder until it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def take(files: SmallFiles, **options: Any) -> Any:
    return leased(files, "out/mine", "build coding", **options)


def holder_of(files: SmallFiles) -> Holder | None:
    """Who holds the lease: the newest file says it."""
    names = files.names(FOLDER)
    return living(files, f"{FOLDER}/{names[-1]}") if names else None


def leave(files: SmallFiles, number: int = 1, **changed: Any) -> None:
    """A lease that nobody gave back."""
    holder = Holder.here("build images").model_copy(update=changed)
    files.replace(f"{FOLDER}/{number:06}.json", holder.model_dump_json().encode())


def test_a_second_one_ends_at_once_and_names_the_holder(files: SmallFiles) -> None:
    with take(files), pytest.raises(Held) as refused, take(files):
        pass
    said = str(refused.value)
    assert said.startswith(f"out/mine is held by: build coding, process {os.getpid()} on {Holder.here('').host}, since")
    assert "wait=true" in said


def test_it_is_free_again_afterwards_whatever_happened(files: SmallFiles) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), take(files):
            _ = 1 / 0
    assert holder_of(files) is None
    assert len(files.names(FOLDER)) == 1, "leases that are over do not add up"


def test_a_number_is_not_given_twice(files: SmallFiles) -> None:
    """Catches a holder that wakes after others came and went, and takes its old lease for a living one."""
    for _ in range(3):
        with take(files):
            pass
    leave(files, 2)
    assert holder_of(files) is None


def test_another_process_holds_it_until_it_dies(elsewhere: subprocess.Popen[str], tmp_path: Path) -> None:
    files = SmallFiles(*open_filesystem(str(tmp_path)))
    with pytest.raises(Held, match=f"process {elsewhere.pid} on"), take(files):
        pass
    elsewhere.send_signal(signal.SIGKILL)
    elsewhere.wait()
    with take(files):
        pass


def test_a_process_that_is_dead_and_not_waited_for_holds_nothing(
    elsewhere: subprocess.Popen[str], tmp_path: Path
) -> None:
    elsewhere.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, elsewhere.pid, os.WEXITED | os.WNOWAIT)
    with take(SmallFiles(*open_filesystem(str(tmp_path)))):
        pass


def test_waiting_ends_when_it_is_free(
    elsewhere: subprocess.Popen[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "ASKED_AGAIN", 0.01)
    said: list[str] = []

    def say(what: str) -> None:
        said.append(what)
        elsewhere.communicate("")

    with take(SmallFiles(*open_filesystem(str(tmp_path))), wait=True, say=say):
        pass
    assert len(said) == 1
    assert f"process {elsewhere.pid}" in said[0]


@pytest.mark.parametrize(
    ("changed", "void"),
    [
        ({}, False),
        ({"released": True}, True),
        ({"born": "1"}, True),  # the number is used by another process now
        ({"boot": "before"}, True),  # this machine was booted since
        ({"boot": "before", "machine": ""}, False),  # nothing says that it is this machine
        ({"boot": "theirs", "host": "another"}, False),
        ({"namespace": "a container's"}, False),
        ({"boot": "", "machine": ""}, False),
    ],
)
def test_a_fresh_lease_is_void_only_where_its_holder_is_known_to_be_gone(
    files: SmallFiles, changed: dict[str, Any], void: bool
) -> None:
    leave(files, **changed)
    if void:
        with take(files):
            pass
        return
    with pytest.raises(Held), take(files):
        pass


def test_elsewhere_a_lease_is_void_after_five_minutes_without_a_write(tmp_path: Path) -> None:
    files = SmallFiles(*open_filesystem(str(tmp_path)))
    leave(files, boot="theirs", host="another")
    path = Path(files.path(f"{FOLDER}/000001.json"))
    for seconds, held in ((290, True), (310, False)):
        os.utime(path, (time.time() - seconds,) * 2)
        assert (holder_of(files) is not None) is held


def test_it_is_written_again_while_it_is_held(tmp_path: Path) -> None:
    files = SmallFiles(*open_filesystem(str(tmp_path)))
    with take(files, renewed=0.01):
        path = Path(files.path(f"{FOLDER}/000001.json"))
        os.utime(path, (0, 0))
        deadline = time.monotonic() + 20
        while path.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert path.stat().st_mtime > 0


def test_a_holder_that_was_overtaken_lets_the_other_be(files: SmallFiles) -> None:
    with take(files, renewed=0.01):
        leave(files, 2, boot="theirs", host="another")
        time.sleep(0.1)
    holder = holder_of(files)
    assert holder is not None
    assert holder.host == "another"
    assert files.names(FOLDER) == ["000002.json"]


def test_a_lease_that_cannot_be_read_holds_for_five_minutes(files: SmallFiles) -> None:
    files.replace(f"{FOLDER}/000001.json", b"{")
    with pytest.raises(Held, match="unknown work"), take(files):
        pass


def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    files = SmallFiles(*open_filesystem(str(tmp_path)))
    with take(files), pytest.raises(Held, match="build coding"), take(files):
        pass
    assert not files.create(f"{FOLDER}/000001.json", b"")
