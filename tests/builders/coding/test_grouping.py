"""No context, group or edited function ever stands in two splits, whatever couples there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.coding.grouping import group_of, places_of
from contextpairs.data.pairs.splits import split_of

place = st.sampled_from([f"owner/name::pkg/m{i}.py::f{j}" for i in range(6) for j in range(6)])
places = st.lists(place, min_size=1, max_size=3, unique=True)


def split(name: str) -> str:
    return split_of(name, 0.4)


@given(st.lists(st.tuples(places, places), max_size=40))
def test_contexts_and_groups_stay_in_one_split(couples: list[tuple[list[str], list[str]]]) -> None:
    seen: dict[object, str] = {}
    for first, second in couples:
        group = group_of(first, second, split)
        if group is None:
            continue
        for thing in (group, tuple(first), tuple(second), *first, *second):
            assert seen.setdefault(thing, split(group)) == split(group)


@given(place)
def test_a_couple_of_one_place_is_never_lost(where: str) -> None:
    assert group_of([where], [where], split) == where


def test_the_group_is_a_place_that_both_share() -> None:
    assert group_of(["o/n::a::f", "o/n::a::g"], ["o/n::a::g"], lambda _: "train") == "o/n::a::g"


def test_places_fall_back_from_functions_to_files_to_the_instance() -> None:
    assert places_of("o/n", ["a.py::f"], ["a.py"], "i") == ["o/n::a.py::f"]
    assert places_of("o/n", [], ["a.py"], "i") == ["o/n::a.py"]
    assert places_of(None, [], [], "i") == ["None::instance::i"]
