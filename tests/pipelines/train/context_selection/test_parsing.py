"""Which replies state a letter: as a reward or a measure, a guess at what was meant would be a lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.train.context_selection.parsing import letter_of


@pytest.mark.parametrize(
    "reply",
    [
        "B",
        " b\n",
        "B.",
        "(B)",
        "**B**",
        "Option B",
        "Option B supports the answer.",
        "The correct option is B.",
        "The correct option is: **B**",
        r"\boxed{B}",
        "<answer>B</answer>",
        "<think>A seems right. No: A is wrong.\nA</think>\n\nB",
        "So is it A?\n</think>\n\nB",
        "Option A\nreads the file.\n</think>\n\nThe answer is B.",
        "<thinking>A</thinking>\nB",
        "Is the answer A?\nIt is B.",
        "B\n\nThe trace edits the parser, as the patch does.",
        "Both edit the parser, yet one alone rewrites the regular expression.\n\nAnswer: B",
        "Option A:\nedits the docs.\nOption B:\nedits the parser.\nAnswer: B",
        "The answer is B. Note that A is older.",
        "B. A edits the docs alone.",
        "B. A is not right.",
        "The answer is B. A is wrong.",
        "The answer is B. A red car is seen.",
    ],
)
def test_replies_that_state_b(reply: str) -> None:
    assert letter_of(reply) == "B"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "A or B",
        "A, B",
        "A\nB",
        "Neither A nor B",
        "The answer is not A",
        "A good question: there is no telling.",
        "I can't tell.",
        "<think>It may be A.",
        "<think>\nOption A",
        "<think>\nThe answer would be A\nbut the trace",
        "<think>A</think>\nWait.\n<think>\nB",
        "Is the answer A?\nI cannot tell.",
        "AB",
        "C",
        "Ä",
        "a b",
        "Option A:",
        "B. A is right too",
        "The answer is B. A is right too.",
        "B. But A could be right.",
        "The answer is B. A is not wrong.",
        "B. Or A.",
        "B. A works as well.",
    ],
)
def test_replies_that_state_none(reply: str) -> None:
    assert letter_of(reply) is None


@given(st.text())
def test_any_text_is_read(reply: str) -> None:
    assert letter_of(reply) in ("A", "B", None)


@given(st.text(alphabet="AB. \n*():"))
def test_swapping_the_letters_swaps_the_reading(reply: str) -> None:
    swapped = reply.translate({ord("A"): "B", ord("B"): "A"})
    assert {letter_of(reply), letter_of(swapped)} in ({"A", "B"}, {None})
