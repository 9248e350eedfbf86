"""Edits that go one way as often as the other.

Not every edit is as easy to make and to verify as its reverse. Were more things added than removed, or more made large
than small, what a picture shows would tell whether it was edited, without any mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")
FREE = 10
"""Edits of a kind that stay one way, whatever goes the other: too few to learn from."""


class EditWay(NamedTuple):
    """From which answer an edit of a kind leads to which."""

    kind: Hashable
    old: str
    new: str

    @property
    def is_forth(self) -> bool:
        """Whether it goes up in the order of answers: numbers by size, words in any order that stays the same."""
        return (len(self.old), self.old) < (len(self.new), self.new)


def both_ways(items: Sequence[Item], ways: Sequence[EditWay]) -> list[Item]:
    """The first items of each kind, as many that go forth as go back, and `FREE` either way; in the order given."""
    there = Counter((way.kind, way.is_forth) for way in ways)
    taken: Counter[tuple[Hashable, bool]] = Counter()
    kept = []
    for item, way in zip(items, ways, strict=True):
        direction = way.kind, way.is_forth
        if taken[direction] < max(FREE, there[way.kind, not way.is_forth]):
            taken[direction] += 1
            kept.append(item)
    return kept
