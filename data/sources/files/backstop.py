"""The last bound of what a row may cost: processor time and memory of the worker that it is in.

No row within the limits on rows reaches it; one that does has failed. It holds in worker processes of
`engine.kind=processes`: neither a clock nor a limit can be set for one of several threads.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType

if sys.platform != "win32":
    import resource

SECONDS, BYTES = 60.0, 2 * 2**30
"""Processor time of a row, of which a machine that is busy with other things takes none, and memory beyond what its
worker has."""
STATUS = Path("/proc/self/statm")
DATA_PAGES = 5
"""Place of the pages that the kernel counts as data."""
_armed = False


class OutOfTime(BaseException):
    """A row took too long. No `Exception`: what decoders and parsers raise is caught as the fault of a file."""


def arm() -> None:
    """Bound rows from now on, if this is the main thread of a worker process."""
    global _armed
    if sys.platform != "win32" and current_thread() is main_thread():
        signal.signal(signal.SIGPROF, _out_of_time)
        _armed = True


def _out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime(f"more than {SECONDS:g} seconds of processor time")


@contextmanager
def bounded() -> Iterator[None]:
    """Bound the work on a row, where the process is armed and no work around it is bounded.

    Raises:
        OutOfTime: it takes more than `SECONDS`.
        MemoryError: it takes more than `BYTES`.
    """
    if not _armed or signal.getitimer(signal.ITIMER_PROF)[0]:
        yield
        return
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        _limit_memory(limits)
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_DATA, limits)


def _limit_memory(limits: tuple[int, int]) -> None:
    """On Linux, whose limit counts what is allocated; elsewhere time alone is bounded."""
    if sys.platform != "linux":
        return
    pages = int(STATUS.read_bytes().split()[DATA_PAGES])
    soft = pages * os.sysconf("SC_PAGE_SIZE") + BYTES
    if limits[0] == resource.RLIM_INFINITY or soft < limits[0]:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, limits[1]))
