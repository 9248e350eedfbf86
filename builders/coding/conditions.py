"""What two trajectories must share or differ in: conditions, and the cascade that applies them in order.

Keys (`same: ...`) are equality joins: evaluated as group-by on compact facts, first, in the order given. Everything
else is a predicate on the couples that remain, in the order given. All couples are never listed: as long as a
trajectory has one value per key, couples are counted by the sizes of groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from contextpairs.data.store.settings import Settings

ScalarKey = Literal["repository", "commit", "instance", "outcome", "patch"]
ListKey = Literal["file", "function"]
Key = Literal["repository", "commit", "instance", "outcome", "patch", "file", "function"]
SCALAR_KEYS: tuple[ScalarKey, ...] = ("repository", "commit", "instance", "outcome", "patch")
LIST_KEYS: tuple[ListKey, ...] = ("file", "function")


class Window(Settings):
    """A closed interval of similarity."""

    min: float = Field(default=0.0, ge=-1.0, le=1.0)
    """Least similarity that is kept."""
    max: float = Field(default=1.0, ge=-1.0, le=1.0)
    """Greatest similarity that is kept."""

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) is above max ({self.max}): no similarity lies in this window")
        return self


class Condition(Settings):
    """One condition: exactly one of `same`, `different`, `issue_similarity`."""

    same: Key | None = None
    """Both trajectories know this key and share a value of it (at least one, for files and functions)."""
    different: Key | None = None
    """Both trajectories know this key and share no value of it."""
    issue_similarity: Window | None = None
    """Cosine of the two issue texts lies in this window."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Condition:
        given = [name for name in ("same", "different", "issue_similarity") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a condition is exactly one of same, different, issue_similarity; this one has {given}")
        return self

    @model_serializer(mode="wrap")
    def _what_is_given(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if value is not None}

    @property
    def name(self) -> str:
        """As the funnel shows it: `same file`, `different patch`, `issue similarity`."""
        if self.same:
            return f"same {self.same}"
        return f"different {self.different}" if self.different else "issue similarity"

    @property
    def reason(self) -> str:
        """Why a couple fails it: `different-file`, `same-patch`, `issue-similarity`."""
        if self.same:
            return f"different-{self.same}"
        return f"same-{self.different}" if self.different else "issue-similarity"


def in_evaluation_order(cascade: Sequence[Condition]) -> list[Condition]:
    """Keys before predicates; single-valued keys before files and functions; else as given."""

    def rank(condition: Condition) -> int:
        if condition.same is None:
            return 2
        return 1 if condition.same in LIST_KEYS else 0

    return sorted(cascade, key=rank)
