"""A couple of traces as the page holds it: whole where it fits, and never more than its share."""

from __future__ import annotations

import random

from contextpairs.pipelines.view.coding_couple import coding_couple
from contextpairs.pipelines.view.packing import PACKED, unpacked
from tests.data.pairs.pair_rows import Row, labelled
from tests.pipelines.view.view_rows import couple


def both(rows: list[Row]) -> tuple[Row, Row]:
    """The row that is labelled A, then its mirror."""
    first, second = sorted(labelled(rows), key=lambda row: str(row["label"]))
    return first, second


def test_a_couple_is_held_whole_with_the_option_a_on_the_left() -> None:
    first, second = both(couple(3))
    held = unpacked(coding_couple(first, second))
    turns = [held["left"][turn] if isinstance(turn, int) else turn for turn in held["right"]]
    assert held["whole"]
    assert held["left"] == [[turn["role"], turn["content"]] for turn in first["positive"]]
    assert turns == [[turn["role"], turn["content"]] for turn in first["negative"]]
    said = ["\n".join("".join(text for _, text in pieces) for _, pieces in answer) for answer in held["answers"]]
    assert said == [first["answer"], second["answer"]]


def test_a_couple_that_is_too_large_is_shortened_and_says_so() -> None:
    rng = random.Random(0)
    noise = "\n".join(rng.randbytes(60).hex() for _ in range(20_000))
    lines = "".join(f"{noise}\n" for _ in range(2))
    for extra in (lines, rng.randbytes(5_000_000).hex(), "x" * 10_000_000):
        packed = coding_couple(*both(couple(1, extra)))
        assert len(packed) <= PACKED
        assert not unpacked(packed)["whole"]


def test_a_trace_of_very_many_turns_fits() -> None:
    rng = random.Random(1)
    first, second = both(couple(1))
    for row, name in ((first, "positive"), (first, "negative")):
        row[name] = [{"role": "assistant", "content": rng.randbytes(200).hex()} for _ in range(5_000)]
    packed = coding_couple(first, second)
    assert len(packed) <= PACKED
    assert not unpacked(packed)["whole"]
