"""Pairs of several stores in one endless sequence, in which each store has its share of every stretch."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from math import lcm

from contextpairs.pipelines.train.sampler import Item, PairSequence, Position


class SharedSequence:
    """Sequences of stores dealt into one.

    An item's place is counted over all stores, one after another. The next item comes from the store that is furthest
    behind its share, so none is ever behind by more than a few items, and after as many items as all shares have for a
    common denominator none is ahead or behind.
    """

    def __init__(self, sequences: Sequence[PairSequence], shares: Sequence[Fraction]) -> None:
        """Args: sequences: of each store. shares: of each, adding up to 1."""
        self._sequences = sequences
        self._turns = _turns(shares)
        self._offsets = [0, *accumulate(each.count for each in sequences)]
        self._before = [_counts_before(self._turns, store) for store in range(len(shares))]

    def items(self, start: int, count: int) -> list[Item]:
        """Items from `start` on, counted from the beginning of the run."""
        return [self._item(place) for place in range(start, start + count)]

    def position(self, start: int) -> list[Position]:
        """Where in its own pass each store stands."""
        return [each.position(self._given(store, start)) for store, each in enumerate(self._sequences)]

    def _item(self, at: int) -> Item:
        store = self._turns[at % len(self._turns)]
        item = self._sequences[store].items(self._given(store, at), 1)[0]
        return item._replace(place=self._offsets[store] + item.place)

    def _given(self, store: int, start: int) -> int:
        """Items of a store before `start`."""
        rounds, rest = divmod(start, len(self._turns))
        before = self._before[store]
        return rounds * before[-1] + before[rest]


def _turns(shares: Sequence[Fraction]) -> list[int]:
    """Which store gives each item, until all shares are met exactly; then the same again."""
    behind = [Fraction()] * len(shares)
    turns = []
    for _ in range(lcm(*(share.denominator for share in shares))):
        behind = [owed + share for owed, share in zip(behind, shares, strict=True)]
        store = behind.index(max(behind))
        behind[store] -= 1
        turns.append(store)
    return turns


def _counts_before(turns: Sequence[int], store: int) -> list[int]:
    return [0, *accumulate(int(turn == store) for turn in turns)]
