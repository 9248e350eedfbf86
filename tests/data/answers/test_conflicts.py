"""Answers of a group that may mean the same, found without comparing all with all."""

from __future__ import annotations

import time
from itertools import combinations

from contextpairs.data.answers.canonical import Canonical, Kind, canonical
from contextpairs.data.answers.comparing import compare
from contextpairs.data.answers.conflicts import conflicts

WHICH = "Which restaurant sold the most?"
SYLLABLES = ["bar", "ken", "lo", "mi", "ruth", "ta", "ve", "zo", "ni", "pas", "sho", "gre", "dun", "mar", "tel", "wi"]
NAMES = [f"{a}{b}{c} {c}{a}".title() for a in SYLLABLES for b in SYLLABLES[::3] for c in SYLLABLES[::5]]


def brute(found: list[Canonical]) -> list[tuple[int, int]]:
    pairs = combinations(range(len(found)), 2)
    return [(one, other) for one, other in pairs if compare(found[one], found[other]) != "different"]


def test_names_are_bucketed_without_losing_a_pair() -> None:
    odd = ["IBM", "International Business Machines", "Bob", "Robert", "Barken", "unknown", "red", "12", "Kenbar's"]
    found = [canonical(name, WHICH) for name in NAMES + odd]
    assert conflicts(found) == brute(found)


def test_numbers_units_and_shares_are_swept_without_losing_a_pair() -> None:
    written = [
        f"{value}{unit}"
        for value in (0, 0.5, 1, 5, 12, 50, 120, 1200)
        for unit in ("", " cm", " m", "%", " $", " dogs")
    ]
    for question in ("", "What percentage is it?"):
        found = [canonical(text, question) for text in [*written, "1/3", "0.33", "33", "33.3%", "1,200", "1.200"]]
        assert conflicts(found) == brute(found)


def test_a_thousand_numbers_take_far_less_than_half_a_million_comparisons() -> None:
    found = [canonical(f"{number:,}") for number in range(0, 30_000, 30)]
    began = time.perf_counter()
    assert conflicts(found) == []
    assert time.perf_counter() - began < 0.5


def test_what_says_nothing_certain_conflicts_with_all() -> None:
    found = [canonical(text) for text in ["unknown", "5", "6", "red"]]
    kinds: list[Kind] = [one.kind for one in found]
    assert kinds == ["vague", "number", "number", "text"]
    assert [one.comparable for one in found] == [False, True, True, True]
    assert conflicts(found) == [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]
