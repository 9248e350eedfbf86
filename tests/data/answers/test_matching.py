"""What a response gives as its answer, and whether that is the answer."""

from __future__ import annotations

import time

import pytest

from contextpairs.data.answers.matching import final_answer, matches

COLORS = ("red", "blue", "green")


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (r"Adding up, we get \boxed{5}.", "5"),
        (r"first \boxed{3}, no: \boxed{5}", "5"),
        (r"<answer>\boxed{\frac{1}{2}}</answer>", "0.5"),
        ("<think>4? \\boxed{4}</think><answer>5</answer>", "5"),
        ("The answer is 5.", "5"),
        ("**Answer:** 5", "5"),
        ("#### 5", "5"),
        ("5", "5"),
        ("It is red.", "red"),
        ("Let me look.\n\nred", "red"),
        (r"\boxed{6,830}", "6830"),
        (r"\boxed{\$6{,}830}", "6,830"),
        (r"\boxed{12\text{ cm}}", "12"),
        (r"\boxed{12}", "12 cm"),
        ("50", "50%"),
        ("Yes, there is a dog.", "yes"),
        ("The answer is True", "yes"),
    ],
)
def test_the_right_answer_matches(response: str, answer: str) -> None:
    assert matches(response, answer)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("", "5"),
        ("5", ""),
        (r"\boxed{}", "5"),
        (r"\boxed{5", "5"),
        ("<answer>5", "5"),
        ("<answer>5</answer> <answer>", "5"),
        (r"<think>\boxed{5}", "5"),
        (r"\boxed{3 or 5}", "5"),
        (r"\boxed{3, 5}", "5"),
        (r"\boxed{5} \boxed{3}", "5"),
        (r"\boxed{about 5}", "5"),
        (r"\boxed{0.33}", "1/3"),
        (r"\boxed{1200}", "12 m"),
        (r"\boxed{5 m}", "5 km"),
        ("The answer is not 5", "5"),
        ("yes and no", "yes"),
        ("yes/no", "yes"),
        ("No", "yes"),
        ("red or blue", "red"),
        ("dark red", "red"),
        ("It may be 5, or maybe not, who could tell from such a small picture of the thing", "5"),
    ],
)
def test_doubt_excess_and_open_marks_do_not_match(response: str, answer: str) -> None:
    assert not matches(response, answer)


@pytest.mark.parametrize(
    "response", ["A", "(A)", "A. red", "red", r"\boxed{\text{A}}", "The answer is (A) because it is so."]
)
def test_letter_and_text_of_an_option_match_each_other(response: str) -> None:
    assert matches(response, "red", choices=COLORS)
    assert matches(response, "A", choices=COLORS)
    assert not matches(response, "B", choices=COLORS)


@pytest.mark.parametrize(
    ("response", "right"),
    [
        ("The answer is A. Note that B is darker.", True),
        ("The answer is A. B is not right.", True),
        ("The answer is A. B is right too.", False),
        ("The answer is A. It could be B.", False),
        ("A. B is right too", False),
        ("The answer is A. red", True),
    ],
)
def test_a_letter_that_is_stated_once_counts_and_others_may_be_mentioned(response: str, right: bool) -> None:
    assert matches(response, "red", choices=COLORS) is right
    assert not matches(response, "blue", choices=COLORS)


@pytest.mark.parametrize("response", ["A. blue", "A or B", "A, B", "AB", "D", "A/B"])
def test_a_response_that_names_two_options_or_none_matches_nothing(response: str) -> None:
    assert not any(matches(response, color, choices=COLORS) for color in COLORS)


def test_the_last_mark_is_the_answer() -> None:
    assert final_answer("<answer>1</answer> then <answer>2</answer>") == "2"
    assert final_answer(r"\boxed{a{b}c}") == "a{b}c"
    assert final_answer("<think>never ends") is None


@pytest.mark.parametrize("filler", ["(", "\\boxed{", "<answer>", "answer is ", "1,", "$", "{", "- ", "1 ", "\\frac{"])
def test_a_hostile_response_costs_no_more_than_its_length(filler: str) -> None:
    """Would catch a pattern that backtracks: a policy under training writes whatever loops it falls into."""
    began = time.perf_counter()
    matches(filler * 4000, "5")
    assert time.perf_counter() - began < 1.0
