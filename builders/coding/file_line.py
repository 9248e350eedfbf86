"""A line of a followed file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Line:
    """A line; `number` is its place in the file before the agent's edits (0: the agent's), `text` None if not seen."""

    number: int
    text: str | None
