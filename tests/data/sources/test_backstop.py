"""What takes too much of its worker's time or memory has failed, and its worker goes on as before."""

from __future__ import annotations

import re
import resource
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contextpairs.data.sources.files import backstop
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import CATCH, guarded


@pytest.fixture
def armed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process as a worker, in which a row may take a fifth of a second and 64 MB."""
    before = signal.getsignal(signal.SIGPROF)
    monkeypatch.setattr(backstop, "SECONDS", 0.2)
    monkeypatch.setattr(backstop, "BYTES", 2**26)
    monkeypatch.setattr(backstop, "_armed", False)
    monkeypatch.setenv(CATCH, "on")
    backstop.arm()
    yield
    signal.signal(signal.SIGPROF, before)


def endless() -> None:
    while True:
        pass


def swallowing() -> None:
    """As decoders do, for which whatever is raised is a broken file."""
    while True:
        try:
            endless()
        except Exception:
            continue


def backtracking() -> None:
    re.match(r"(a|aa)+$", "a" * 60 + "b")


def hoarding() -> bytes:
    return bytes(2**27)


@pytest.mark.usefixtures("armed")
@pytest.mark.parametrize(
    ("work", "said"),
    [
        (endless, "OutOfTime"),
        (swallowing, "OutOfTime"),
        (backtracking, "OutOfTime"),
        (hoarding, "MemoryError"),
    ],
)
def test_what_takes_too_much_has_failed(work: Callable[[], Any], said: str) -> None:
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    found = guarded(work, "facts", "runs.jsonl", 3, "key")
    assert isinstance(found, Rejection)
    assert (found.reason, found.source, found.row, found.key) == ("failed", "runs.jsonl", 3, "key")
    assert said in found.detail
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    assert resource.getrlimit(resource.RLIMIT_DATA) == limits
    assert guarded(lambda: len(bytes(2**20)), "facts", "runs.jsonl", 4) == 2**20


@pytest.mark.usefixtures("armed")
def test_the_outer_bound_holds_where_works_are_within_one_another() -> None:
    def outer() -> Any:
        guarded(lambda: None, "read", "runs.jsonl", 3)
        endless()

    assert isinstance(guarded(outer, "facts", "runs.jsonl", 3), Rejection)


def test_nothing_is_bounded_outside_workers() -> None:
    with backstop.bounded():
        assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
