"""What the parts of a run cost: seconds, and the most memory that a process held meanwhile."""

from __future__ import annotations

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PEAK = "VmHWM:"
BETWEEN = "between stages"
"""Where the time goes that belongs to no stage."""


def forget_peak() -> None:
    """Let the peak of this process's memory begin anew, where the kernel can; elsewhere it is that since its start."""
    with suppress(OSError):
        RESET.write_text("5")


def peak_bytes() -> int:
    """The most memory that this process held since `forget_peak`, in bytes: resident, shared pages included."""
    with suppress(OSError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith(PEAK))
        return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class Costs:
    """Seconds and peak memory of this process by stage. Of a stage within another only the inner one is charged."""

    def __init__(self) -> None:
        """Begin outside of every stage."""
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.peak: defaultdict[str, int] = defaultdict(int)
        self._open = [BETWEEN]
        self._began = self._since = time.perf_counter()
        forget_peak()

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Charge what happens meanwhile to a stage."""
        self.charge()
        self._open.append(stage)
        try:
            yield
        finally:
            self.charge()
            self._open.pop()

    def charge(self) -> None:
        """Charge what happened since the last time to the stage that runs."""
        now = time.perf_counter()
        stage = self._open[-1]
        self.seconds[stage] += now - self._since
        self.peak[stage] = max(self.peak[stage], peak_bytes())
        self._since = now
        forget_peak()

    def total(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._began
