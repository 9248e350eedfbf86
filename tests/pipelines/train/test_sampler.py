"""The endless sequence of pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.train.sampler import Order, PairSequence

ORDERS: tuple[Order, ...] = ("label", "random", "both")
counts, seeds = st.integers(1, 40), st.integers(0, 5)


@given(counts, seeds, st.integers(0, 3))
def test_a_pass_shows_every_pair_once(count: int, seed: int, epoch: int) -> None:
    items = PairSequence(count, seed, "label").items(epoch * count, count)
    assert sorted(item.place for item in items) == list(range(count))
    assert {item.letter for item in items} == {None}


@given(counts, seeds, st.sampled_from(ORDERS), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_batches_are_pieces_of_one_sequence(count: int, seed: int, order: Order, sizes: list[int]) -> None:
    whole = PairSequence(count, seed, order).items(0, sum(sizes))
    start, pieces = 0, []
    for size in sizes:
        pieces += PairSequence(count, seed, order).items(start, size)
        start += size
    assert pieces == whole


@given(counts, seeds)
def test_both_ways_stand_one_after_the_other(count: int, seed: int) -> None:
    sequence = PairSequence(count, seed, "both")
    items = sequence.items(0, sequence.length)
    assert [(one.place, one.letter, two.letter) for one, two in zip(items[::2], items[1::2], strict=True)] == [
        (one.place, "A", "B") for one in items[::2]
    ]
    assert sorted(item.place for item in items) == sorted([*range(count)] * 2)


def test_the_coin_is_fair_and_falls_anew_in_every_pass() -> None:
    sequence = PairSequence(400, 3, "random")
    first, second = ({item.place: item.letter for item in sequence.items(at, 400)} for at in (0, 400))
    assert 160 < list(first.values()).count("A") < 240
    assert 160 < sum(first[place] != second[place] for place in first) < 240


def test_passes_and_seeds_differ() -> None:
    sequence = PairSequence(50, 0, "label")
    assert sequence.items(0, 50) != sequence.items(50, 50)
    assert sequence.items(0, 50) != PairSequence(50, 1, "label").items(0, 50)


def test_position_counts_whole_passes() -> None:
    assert PairSequence(10, 0, "both").position(47) == (2, 7)


def test_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="no pair"):
        PairSequence(0, 0, "label")
