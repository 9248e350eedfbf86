"""Two sequences laid beside each other: by what stands once in each, as patience diff does.

Time is that of sorting, a bounded number of times, whatever the sequences hold.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

DEPTH = 6
"""How often what lies between equal items is looked at again."""


class Stretch(NamedTuple):
    """Items that stand beside each other: equal ones, or those in which the sequences differ.

    Attributes:
        equal: whether the two sides hold the same items.
        left: begin and end in the first sequence.
        right: begin and end in the second one.
    """

    equal: bool
    left: tuple[int, int]
    right: tuple[int, int]


def aligned(left: Sequence[str], right: Sequence[str]) -> list[Stretch]:
    """All items of both sequences, in order, in stretches as long as they can be."""
    return list(_joined(_stretches(left, right, (0, len(left)), (0, len(right)), DEPTH)))


def _stretches(
    left: Sequence[str], right: Sequence[str], a: tuple[int, int], b: tuple[int, int], depth: int
) -> Iterator[Stretch]:
    """The parts of two ranges: what is equal at both ends, then what lies between equal items."""
    head = _common(left, right, range(a[0], a[1]), range(b[0], b[1]))
    tail = _common(left, right, range(a[1] - 1, a[0] + head - 1, -1), range(b[1] - 1, b[0] + head - 1, -1))
    yield Stretch(True, (a[0], a[0] + head), (b[0], b[0] + head))
    middle_a, middle_b = (a[0] + head, a[1] - tail), (b[0] + head, b[1] - tail)
    anchors = _anchors(left, right, middle_a, middle_b) if depth else []
    if anchors:
        yield from _between(left, right, middle_a, middle_b, anchors, depth - 1)
    else:
        yield Stretch(False, middle_a, middle_b)
    yield Stretch(True, (a[1] - tail, a[1]), (b[1] - tail, b[1]))


def _between(
    left: Sequence[str],
    right: Sequence[str],
    a: tuple[int, int],
    b: tuple[int, int],
    anchors: list[tuple[int, int]],
    depth: int,
) -> Iterator[Stretch]:
    start = (a[0], b[0])
    for here, there in [*anchors, (a[1], b[1])]:
        yield from _stretches(left, right, (start[0], here), (start[1], there), depth)
        end = (min(here + 1, a[1]), min(there + 1, b[1]))
        yield Stretch(True, (here, end[0]), (there, end[1]))
        start = end


def _common(left: Sequence[str], right: Sequence[str], here: range, there: range) -> int:
    """How many items are equal from the beginnings of two walks on."""
    count = 0
    for one, other in zip(here, there, strict=False):
        if left[one] != right[other]:
            break
        count += 1
    return count


def _anchors(
    left: Sequence[str], right: Sequence[str], a: tuple[int, int], b: tuple[int, int]
) -> list[tuple[int, int]]:
    """Places of items that stand once in each range: the most of them that keep their order."""
    here, there = _once(left, a), _once(right, b)
    shared = [(place, there[item]) for item, place in here.items() if item in there]
    return _rising(shared)


def _once(items: Sequence[str], within: tuple[int, int]) -> dict[str, int]:
    counts = Counter(items[within[0] : within[1]])
    return {items[place]: place for place in range(*within) if counts[items[place]] == 1}


def _rising(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of places, ascending on the left, that ascends on the right, too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, right) in enumerate(places):
        slot = bisect_left(ends, right)
        before.append(last[slot - 1] if slot else -1)
        ends[slot : slot + 1] = [right]
        last[slot : slot + 1] = [number]
    chain, at = [], last[-1] if last else -1
    while at >= 0:
        chain.append(places[at])
        at = before[at]
    return chain[::-1]


def _joined(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    """Stretches that hold something, neighbours of one kind as one."""
    held: Stretch | None = None
    for each in stretches:
        if each.left[0] == each.left[1] and each.right[0] == each.right[1]:
            continue
        if held and held.equal == each.equal:
            held = Stretch(held.equal, (held.left[0], each.left[1]), (held.right[0], each.right[1]))
            continue
        if held:
            yield held
        held = each
    if held:
        yield held
