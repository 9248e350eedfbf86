"""An interrupt and SIGTERM end a command within seconds, whatever it is doing, with the exit code that tells which."""

from __future__ import annotations

import os
import select
import signal
from threading import Thread
from types import FrameType

GRACE = 2.0
"""Seconds in which a command may put things in order; then, or at a second signal, its process ends as it is."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
TOLD = "{}: what is finished is kept, and the same command goes on from there"
WORDS = {128 + signal.SIGINT: "interrupted", 128 + signal.SIGTERM: "terminated"}


def end_on_signals() -> None:
    """From now on SIGINT and SIGTERM raise SystemExit (130, 143) in the main thread, and end the process after `GRACE`.

    A library that is called at that moment lets no Python code run in the main thread, and threads of an executor may
    be waited for: so a thread of its own counts the seconds, from a pipe that the interpreter writes to at once. A
    signal that the command is to ignore (`nohup`) stays ignored.
    """
    told, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    for each in SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _raise)
    Thread(target=_end_after_grace, args=(told,), daemon=True).start()


def message(code: object) -> str | None:
    """What to say of a command that ended with an exit code; None where no signal ended it."""
    word = WORDS.get(code) if isinstance(code, int) else None
    return TOLD.format(word) if word else None


def _raise(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _end_after_grace(told: int) -> None:
    while (number := os.read(told, 1)[0]) not in SIGNALS:
        pass
    select.select([told], [], [], GRACE)
    os._exit(128 + number)
