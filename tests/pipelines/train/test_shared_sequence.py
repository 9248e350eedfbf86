"""Several stores in one sequence of pairs."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.train.sampler import Item, Order, PairSequence
from contextpairs.pipelines.train.shared_sequence import SharedSequence

COUNTS = (7, 40, 3, 5)


@st.composite
def hundredths(draw: st.DrawFn) -> list[Fraction]:
    """Shares of two to four stores in whole hundredths."""
    parts = draw(st.lists(st.integers(1, 97), min_size=1, max_size=3).filter(lambda parts: sum(parts) < 100))
    return [Fraction(part, 100) for part in [*parts, 100 - sum(parts)]]


def sequence(shares: list[Fraction], order: Order = "label") -> SharedSequence:
    return SharedSequence([PairSequence(count, 0, order) for count in COUNTS[: len(shares)]], shares)


def stores_of(items: list[Item]) -> Counter[int]:
    bounds = [sum(COUNTS[: store + 1]) for store in range(len(COUNTS))]
    return Counter(next(store for store, bound in enumerate(bounds) if item.place < bound) for item in items)


@given(hundredths(), st.integers(1, 9), st.integers(0, 4))
def test_shares_are_exact_over_a_hundred_steps(shares: list[Fraction], batch: int, after: int) -> None:
    found = stores_of(sequence(shares).items(after, 100 * batch))
    assert [found[store] for store in range(len(shares))] == [share * 100 * batch for share in shares]


@given(hundredths(), st.integers(1, 40), st.integers(0, 200))
def test_every_batch_has_its_part_of_each(shares: list[Fraction], batch: int, step: int) -> None:
    found = stores_of(sequence(shares).items(step * batch, batch))
    for store, share in enumerate(shares):
        assert abs(found[store] - share * batch) < len(shares)


@given(hundredths(), st.integers(0, 300), st.integers(0, 300))
def test_each_store_goes_on_in_its_own_sequence(shares: list[Fraction], start: int, count: int) -> None:
    whole = sequence(shares, "random")
    items = whole.items(0, start + count)
    assert whole.items(start, count) == items[start:]
    for store, own in enumerate(PairSequence(count, 0, "random") for count in COUNTS[: len(shares)]):
        first = sum(COUNTS[:store])
        mine = [item._replace(place=item.place - first) for item in items
                if first <= item.place < first + COUNTS[store]]  # fmt: skip
        assert mine == own.items(0, len(mine))
        assert whole.position(start + count)[store] == own.position(len(mine))


@pytest.mark.parametrize("share", [Fraction(1, 8), Fraction(1, 10_000)])
def test_finer_shares_are_met_where_they_make_whole_pairs(share: Fraction) -> None:
    items = sequence([share, 1 - share]).items(0, share.denominator)
    assert stores_of(items)[0] == share.numerator
