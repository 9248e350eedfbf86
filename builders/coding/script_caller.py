"""What calls of a followed script need of the evaluation that they are part of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from contextpairs.builders.coding.script_values import Budget, Files


class Caller(Protocol):
    """Calls anything, and iterates over anything, within bounds."""

    files: Files
    budget: Budget
    printed: list[str]

    def call(self, function: Any, given: list[Any], named: dict[str, Any]) -> Any:
        """What calling anything gives."""

    def holds(self, value: Any) -> bool:
        """Whether a value counts as true."""

    def iterated(self, values: Any) -> Iterator[Any]:
        """The items of a value."""
