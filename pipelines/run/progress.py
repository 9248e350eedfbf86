"""How far a job is: bars on a terminal, elsewhere a line a stage and one every half minute."""

from __future__ import annotations

import time
from threading import Event, RLock, Thread

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

EVERY = 30.0
"""Seconds between lines."""


class ProgressBars:
    """A bar a stage."""

    def __init__(self, console: Console) -> None:
        """Args: console: where to draw."""
        self._progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[reused]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task: TaskID | None = None
        self._reused = 0

    def stage(self, name: str, partitions: int) -> None:
        """Start a bar."""
        self._progress.start()
        self._reused = 0
        self._task = self._progress.add_task(name or "-", total=partitions, reused="")

    def advance(self, reused: bool, rows: int) -> None:  # noqa: ARG002
        """Advance the running bar."""
        self._reused += reused
        if self._task is not None:
            self._progress.update(self._task, advance=1, reused=f"{self._reused} reused" if self._reused else "")

    def stop(self) -> None:
        """Leave the bars as they stand."""
        self._progress.stop()


class ProgressLines:
    """A line when a stage is done, and every so often while it is not."""

    def __init__(self, console: Console, every: float = EVERY) -> None:
        """Args: console: where to write. every: seconds between lines."""
        self._console = console
        self._every = every
        self._lock = RLock()
        self._ended = Event()
        self._ticking: Thread | None = None
        self._stage: _Stage | None = None

    def stage(self, name: str, partitions: int) -> None:
        """Begin a stage; the one before, if it was left unfinished, is told as it stands."""
        with self._lock:
            self._tell()
            self._stage = _Stage(name or "-", partitions) if partitions else None
            if self._ticking is None:
                self._ticking = Thread(target=self._tick, daemon=True)
                self._ticking.start()

    def advance(self, reused: bool, rows: int) -> None:
        """Count, and tell the stage that is done."""
        with self._lock:
            if self._stage is not None:
                self._stage.advance(reused, rows)
                if self._stage.done >= self._stage.partitions:
                    self._tell()
                    self._stage = None

    def stop(self) -> None:
        """Tell a stage that was left unfinished, and no more."""
        self._ended.set()
        with self._lock:
            self._tell()
            self._stage = None

    def _tick(self) -> None:
        while not self._ended.wait(self._every):
            with self._lock:
                self._tell()

    def _tell(self) -> None:
        if self._stage is not None:
            self._console.print(self._stage.in_words(), highlight=False, markup=False, soft_wrap=True)
            self._console.file.flush()


class _Stage:
    """How far a stage is."""

    def __init__(self, name: str, partitions: int) -> None:
        self.name = name
        self.partitions = partitions
        self.done = self.reused = self.rows = 0
        self.began = time.monotonic()

    def advance(self, reused: bool, rows: int) -> None:
        self.done += 1
        self.reused += reused
        self.rows += 0 if reused else rows

    def in_words(self) -> str:
        """`masking: 12 of 40, 3 reused, 1,204 rows, 31 a second, 39 s`."""
        seconds = time.monotonic() - self.began
        said = [f"{self.name}: {self.done:,} of {self.partitions:,}"]
        if self.reused:
            said.append(f"{self.reused:,} reused")
        if self.rows:
            said += [f"{self.rows:,} rows", f"{self.rows / max(seconds, 0.1):,.0f} a second"]
        return ", ".join([*said, f"{seconds:,.0f} s"])
