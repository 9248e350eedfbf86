"""The funnel, and who watches it: a terminal, Prefect, or nobody."""

from __future__ import annotations

from typing import Protocol

from contextpairs.data.store.manifest import FunnelStage
from contextpairs.data.store.run_records import RunRecord


class Reporter(Protocol):
    """Watches a build."""

    def stage(self, name: str, partitions: int) -> None:
        """A stage begins that is cut into this many partitions."""
        ...

    def advance(self, reused: bool, rows: int = 0) -> None:
        """One partition of the running stage is done, with so many rows, or was found done."""
        ...

    def funnel(self, line: FunnelStage) -> None:
        """A line of the funnel is known."""
        ...

    def note(self, message: str) -> None:
        """Something a person should know."""
        ...

    def ended(self, record: RunRecord) -> None:
        """A build has ended, well or not."""
        ...


def in_words(line: FunnelStage) -> str:
    """A line of the funnel: `facts: 290 of 320 trajectories (no-patch 20, too-long 10)`."""
    lost = {**line.reasons, **({"owed": line.owed} if line.owed else {})}
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in lost.items())
    return f"{line.stage}: {line.rows_out:,} of {line.rows_in:,} {line.unit}" + (f" ({reasons})" if reasons else "")


class Silent:
    """A reporter that says nothing."""

    def stage(self, name: str, partitions: int) -> None:
        """See Reporter."""

    def advance(self, reused: bool, rows: int = 0) -> None:
        """See Reporter."""

    def funnel(self, line: FunnelStage) -> None:
        """See Reporter."""

    def note(self, message: str) -> None:
        """See Reporter."""

    def ended(self, record: RunRecord) -> None:
        """See Reporter."""


class Recorded:
    """A reporter that keeps funnel and notes, and tells another of everything."""

    def __init__(self, reporter: Reporter | None) -> None:
        """Args: reporter: the other; None where nobody else watches."""
        self._reporter = reporter or Silent()
        self.lines: list[FunnelStage] = []
        self.notes: list[str] = []

    def stage(self, name: str, partitions: int) -> None:
        """See Reporter."""
        self._reporter.stage(name, partitions)

    def advance(self, reused: bool, rows: int = 0) -> None:
        """See Reporter."""
        self._reporter.advance(reused, rows)

    def funnel(self, line: FunnelStage) -> None:
        """Keep the line."""
        self.lines.append(line)
        self._reporter.funnel(line)

    def note(self, message: str) -> None:
        """Keep the note."""
        self.notes.append(message)
        self._reporter.note(message)

    def ended(self, record: RunRecord) -> None:
        """See Reporter."""
        self._reporter.ended(record)
