"""Of each kind as many edits go one way as the other but for a few, and no more are left out than has to be."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.images.edit_ways import FREE, EditWay, both_ways

ANSWERS = {
    "size": ("small", "large"),
    "presence": ("yes", "no"),
    "count": ("0", "2", "10"),
    "position": ("top", "left", "top left"),
}
WAYS = st.sampled_from(sorted(ANSWERS)).flatmap(
    lambda kind: st.permutations(ANSWERS[kind]).map(lambda answers: EditWay(kind, *answers[:2]))
)


@given(ways=st.lists(WAYS, max_size=90))
def test_each_kind_goes_forth_as_often_as_back(ways: list[EditWay]) -> None:
    kept = both_ways(range(len(ways)), ways)
    assert kept == sorted(set(kept))
    all_of, kept_of = (
        Counter((ways[at].kind, ways[at].is_forth) for at in places) for places in (range(len(ways)), kept)
    )
    for kind in ANSWERS:
        for forth in (True, False):
            assert kept_of[kind, forth] == min(all_of[kind, forth], max(FREE, all_of[kind, not forth]))
    for at in set(range(len(ways))) - set(kept):
        assert not any(later > at and ways[later].kind == ways[at].kind
                       and ways[later].is_forth == ways[at].is_forth for later in kept)  # fmt: skip


def test_numbers_are_ordered_by_size() -> None:
    assert EditWay("count", "9", "10").is_forth
    assert not EditWay("count", "2", "1").is_forth
