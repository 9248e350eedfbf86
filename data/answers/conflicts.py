"""Which answers of a question may mean the same, without looking at all pairs where their values tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations
from typing import cast

from contextpairs.data.answers.canonical import Canonical
from contextpairs.data.answers.comparing import ROUGHLY, STAND_INS, compare, left_open, named
from contextpairs.data.answers.gazetteer import PLACES, kinds, things
from contextpairs.data.answers.numbers import TOLERANCE, Reading
from contextpairs.data.answers.phrase import Phrase, brief, marks

Pair = tuple[int, int]
FEW = 16
"""Answers up to which all pairs are compared."""
Interval = tuple[str, float, float, int]


def conflicts(canonicals: Sequence[Canonical]) -> list[Pair]:
    """Pairs of indexes, first < second, sorted, of answers that are not certainly different.

    Numbers are compared with those near them alone, names with those that share their beginning, end or a word; other
    answers all with all. An answer that is not `comparable` conflicts with every other.
    """
    pairs = set(_candidates(canonicals))
    return sorted(pair for pair in pairs if compare(canonicals[pair[0]], canonicals[pair[1]]) != "different")


def _candidates(canonicals: Sequence[Canonical]) -> Iterable[Pair]:
    """Pairs that may conflict; all that do are among them."""
    if len(canonicals) <= FEW:
        return combinations(range(len(canonicals)), 2)
    numbers = [place for place, one in enumerate(canonicals) if one.kind == "number"]
    names = [place for place, one in enumerate(canonicals) if named(one)]
    sparse = set(numbers) | set(names)
    others = [place for place in range(len(canonicals)) if place not in sparse]
    return chain(
        combinations(others, 2),
        _crossed(others, numbers),
        _crossed(others, names),
        _crossed(numbers, names),
        _near_numbers(canonicals, numbers),
        _similar_names([cast(Phrase, canonicals[place].value) for place in names], names),
        _places_in_places([cast(Phrase, canonicals[place].value) for place in names], names),
    )


def _crossed(ones: Iterable[int], others: list[int]) -> Iterator[Pair]:
    yield from ((min(one, other), max(one, other)) for one in ones for other in others)


def _similar_names(phrases: list[Phrase], places: list[int]) -> Iterator[Pair]:
    """Pairs of names that share a mark, or of which one may be an acronym of the other."""
    shared: dict[str, list[int]] = defaultdict(list)
    for place, phrase in zip(places, phrases, strict=True):
        for mark in marks(phrase):
            shared[mark].append(place)
    for group in shared.values():
        yield from combinations(group, 2)
    for place, phrase in zip(places, phrases, strict=True):
        if brief(phrase):
            yield from ((min(place, other), max(place, other)) for other in places if other != place)


def _places_in_places(phrases: list[Phrase], places: list[int]) -> Iterator[Pair]:
    """Pairs of names of which one may be a city's in the country of the other: of cities and countries, each kind by
    itself left out."""
    by_kind: dict[frozenset[str], list[int]] = defaultdict(list)
    for place, phrase in zip(places, phrases, strict=True):
        by_kind[kinds(things(phrase.text)) & PLACES].append(place)
    for (one, ones), (other, others) in combinations(by_kind.items(), 2):
        if one and other and one.isdisjoint(other):
            yield from _crossed(ones, others)


def _near_numbers(canonicals: Sequence[Canonical], numbers: list[int]) -> Iterator[Pair]:
    """Pairs of numbers whose readings lie so near that one may be the other rounded, or that count different things."""
    by_dimension: dict[str, list[int]] = defaultdict(list)
    for place in numbers:
        by_dimension[_readings(canonicals[place])[0].dimension].append(place)
    for (one, ones), (other, others) in combinations(by_dimension.items(), 2):
        if (one and other) or left_open(canonicals[ones[0]], canonicals[others[0]]):
            yield from _crossed(ones, others)
    yield from _overlapping(sorted(_intervals(canonicals, numbers)))


def _readings(one: Canonical) -> tuple[Reading, ...]:
    return cast(tuple[Reading, ...], one.value)


def _intervals(canonicals: Sequence[Canonical], numbers: list[int]) -> Iterator[Interval]:
    """What values each reading may stand for."""
    for place in numbers:
        readings = _readings(canonicals[place])
        for reading in readings:
            share = ROUGHLY if canonicals[place].asked.rough else TOLERANCE * 4
            reach = max(reading.step, 0.0) + share * abs(reading.value)
            dimension = "" if reading.dimension in STAND_INS else reading.dimension
            yield dimension, reading.value - reach, reading.value + reach, place


def _overlapping(intervals: list[Interval]) -> Iterator[Pair]:
    """Pairs of places whose intervals overlap, by one sweep over intervals sorted by their lower ends."""
    active: list[Interval] = []
    for dimension, low, high, place in intervals:
        active = [other for other in active if other[0] == dimension and other[2] >= low]
        yield from ((min(place, other[3]), max(place, other[3])) for other in active if other[3] != place)
        active.append((dimension, low, high, place))
