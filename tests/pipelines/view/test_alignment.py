"""Sequences laid beside each other."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.view.alignment import Stretch, aligned

ITEMS = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@given(ITEMS, ITEMS)
def test_every_item_stands_once_in_order_and_equal_stretches_are_equal(left: list[str], right: list[str]) -> None:
    stretches = aligned(left, right)
    assert [place for each in stretches for place in range(*each.left)] == list(range(len(left)))
    assert [place for each in stretches for place in range(*each.right)] == list(range(len(right)))
    assert all(left[slice(*each.left)] == right[slice(*each.right)] for each in stretches if each.equal)
    assert all(one.equal != other.equal for one, other in pairwise(stretches))


@given(ITEMS)
def test_what_is_the_same_is_one_equal_stretch(items: list[str]) -> None:
    assert aligned(items, items) == ([Stretch(True, (0, len(items)), (0, len(items)))] if items else [])


def test_what_was_put_in_is_found_between_what_stands_once() -> None:
    assert aligned("abcd", "abXcYd") == [
        Stretch(True, (0, 2), (0, 2)),
        Stretch(False, (2, 2), (2, 3)),
        Stretch(True, (2, 3), (3, 4)),
        Stretch(False, (3, 3), (4, 5)),
        Stretch(True, (3, 4), (5, 6)),
    ]


def test_lines_that_repeat_cost_no_more_than_others() -> None:
    start = time.process_time()
    aligned(["x", "y"] * 100_000, ["y", "x", "z"] * 70_000)
    aligned([str(n) for n in range(100_000)], [str(n) for n in range(100_000, 0, -1)])
    assert time.process_time() - start < 10
