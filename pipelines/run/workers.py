"""What a worker process does beside its work: it ends with the process that started it, and bounds what a row costs."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread

from contextpairs.data.sources.files.backstop import arm

if sys.platform == "linux":
    import fcntl


def begin() -> None:
    """The initializer of a worker.

    An interrupt is left to the process that started it: a terminal sends it to all of them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None, "a worker is started by multiprocessing"
    arm()
    Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    if sys.platform == "linux":
        _killed_at_end_of(parent.sentinel)


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _killed_at_end_of(sentinel: int) -> None:
    """Have the kernel end this process when a pipe is closed: no thread runs while a library holds the interpreter."""
    if sys.platform == "linux":
        fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)
