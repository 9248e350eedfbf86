"""Which pairs an optimizer step trains on: a fixed endless sequence, so that a step's pairs depend on its number alone.

A resumed run therefore needs no state besides the step that it resumes at.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Literal, NamedTuple, TypeAlias

from contextpairs.data.pairs.prompting import Letter

WAYS: tuple[Letter, Letter] = ("A", "B")
Order: TypeAlias = Literal["label", "random", "both"]


class Item(NamedTuple):
    """A pair of the sequence.

    Attributes:
        place: of the pair among those that are trained on.
        letter: where its positive stands; None for where its label says.
    """

    place: int
    letter: Letter | None


class Position(NamedTuple):
    """How far a run is in the sequence.

    Attributes:
        epoch: passes that are complete.
        items: of the pass that is under way.
    """

    epoch: int
    items: int


class PairSequence:
    """Passes over all pairs, each in an order of its own.

    Attributes:
        count: pairs.
    """

    def __init__(self, count: int, seed: int, order: Order) -> None:
        """Set up.

        Args:
            count: pairs.
            seed: another seed, another sequence.
            order: where positives stand; with `both` a pair is two items, one after the other.

        Raises:
            ValueError: there are no pairs.
        """
        if count < 1:
            raise ValueError("no pair is left to train on")
        self.count, self._seed, self._order = count, seed, order
        self._shuffled = lru_cache(2)(self._shuffle)

    @property
    def length(self) -> int:
        """Items of a pass."""
        return self.count * (2 if self._order == "both" else 1)

    def items(self, start: int, count: int) -> list[Item]:
        """Items from `start` on, counted from the beginning of the run."""
        return [self._item(*divmod(place, self.length)) for place in range(start, start + count)]

    def position(self, start: int) -> Position:
        """Where in its pass an item stands."""
        return Position(*divmod(start, self.length))

    def _item(self, epoch: int, at: int) -> Item:
        if self._order == "both":
            return Item(self._shuffled(epoch)[at // 2], WAYS[at % 2])
        place = self._shuffled(epoch)[at]
        if self._order == "label":
            return Item(place, None)
        return Item(place, Random(f"letter {self._seed} {epoch} {place}").choice(WAYS))

    def _shuffle(self, epoch: int) -> list[int]:
        places = list(range(self.count))
        Random(f"pairs {self._seed} {epoch}").shuffle(places)
        return places
