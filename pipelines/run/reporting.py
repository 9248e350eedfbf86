"""The funnel, and who watches it: a terminal, Prefect, or nobody."""

from __future__ import annotations

from typing import Protocol

from contextpairs.data.store.manifest import FunnelStage


class Reporter(Protocol):
    """Watches a build."""

    def stage(self, name: str, partitions: int) -> None:
        """A stage begins that is cut into this many partitions."""
        ...

    def advance(self, reused: bool) -> None:
        """One partition of the running stage is done, or was found done."""
        ...

    def funnel(self, line: FunnelStage) -> None:
        """A line of the funnel is known."""
        ...

    def note(self, message: str) -> None:
        """Something a person should know."""
        ...


class Silent:
    """A reporter that says nothing."""

    def stage(self, name: str, partitions: int) -> None:
        """See Reporter."""

    def advance(self, reused: bool) -> None:
        """See Reporter."""

    def funnel(self, line: FunnelStage) -> None:
        """See Reporter."""

    def note(self, message: str) -> None:
        """See Reporter."""
