"""Seasons, boxes, roots, totals, runs of letters, and texts that say why there is no answer."""

from __future__ import annotations

import pytest

from contextpairs.data.answers.comparing import Relation, relation
from contextpairs.data.answers.matching import matches

BOXED = "Where is the left player? Answer with a box in 0 to 1."
ROUGHLY = "About how many people are there?"


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Which year has the tallest bar?", "2018/19", "2019", "unclear"),
        ("Which year has the tallest bar?", "2018/19", "2018-19", "same"),
        ("Which year has the tallest bar?", "2018/19", "2018/2019", "same"),
        ("Which season is it?", "2018/19", "2019/20", "different"),
        (BOXED, "[0.41, 0.20, 0.62, 0.93]", "[0.42, 0.20, 0.62, 0.93]", "unclear"),
        (BOXED, "[0.41, 0.20, 0.62, 0.93]", "[0.01, 0.20, 0.12, 0.33]", "different"),
        (BOXED, "[410, 200, 620, 930]", "[0.01, 0.20, 0.12, 0.33]", "unclear"),
        (BOXED, "<box>(10, 10), (50, 50)</box>", "[10, 10, 50, 50]", "same"),
        (BOXED, "[10, 10, 40, 40]", "[10, 10, 50, 50]", "unclear"),
        ("What are the four values?", "[1, 2, 3, 4]", "[1, 2, 3, 5]", "different"),
        ("What brand is it?", "unsuitable image", "kelloggs", "unclear"),
        ("What brand is it?", "too blurry", "quaker", "unclear"),
        ("What brand is it?", "I can't see it", "quaker", "unclear"),
        ("How many animals are there?", "8", "5 and 3", "unclear"),
        ("How many animals are there?", "8", "5 and 4", "different"),
        ("", r"2\sqrt{3}", r"\sqrt{12}", "same"),
        ("", r"\sqrt2", "√2", "same"),
        ("", r"\sqrt2", "1.41", "unclear"),
        ("", r"\sqrt{2}", r"\sqrt{3}", "different"),
        ("", "π/2", r"\frac{\pi}{2}", "same"),
        ("", "2π", "6.28", "unclear"),
        ("", "x = √2", "√2", "unclear"),
        (ROUGHLY, "100", "104", "unclear"),
        (ROUGHLY, "100", "110", "different"),
        ("Ungefähr wie viele Menschen sind es?", "100", "104", "unclear"),
        ("How many people are there?", "100", "104", "different"),
        ("What was the net income?", "12 lakh", "1.2 million", "same"),
        ("What was the net income?", "5 mn", "5 million", "same"),
        ("What was the net income?", "3 tn", "4 trillion", "different"),
    ],
)
def test_answers_of_these_kinds_relate_as_people_mean_them(
    question: str, first: str, second: str, expected: Relation
) -> None:
    assert relation(first, second, question) == relation(second, first, question) == expected


def test_a_run_of_letters_is_several_options() -> None:
    pets = ("cat", "dog", "cow", "pig")
    assert relation("AB", "CD", "Which pets live here?", pets) == "unclear"
    assert relation("AB", "C", "Which pets live here?", pets) == "unclear"
    assert relation("AB", "AB", "Which pets live here?", pets) == "same"
    assert relation("AB", "CD", "Which segment is longest?", ("AB", "CD")) == "different"


@pytest.mark.parametrize(
    ("response", "answer"),
    [(r"\sqrt{12}", "2√3"), ("x = 5", "5"), (r"x = \sqrt2", "√2"), (r"\boxed{3\pi}", "3π"), ("π/2", r"\frac{\pi}{2}")],
)
def test_a_value_is_right_in_any_of_its_writings(response: str, answer: str) -> None:
    assert matches(response, answer)
    assert not matches(response, "7")


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("How many kilometres is it?", "5 km", "7", "different"),
        ("How far is it?", "5 km", "7", "unclear"),
        ("What is the temperature in degrees Celsius?", "5 °C", "7", "different"),
        ("How warm is it?", "5 °C", "7", "unclear"),
        ("How much does it cost?", "$5", "7", "different"),
        ("Wie viele Kilometer sind es?", "5 km", "7", "different"),
        ("Wie weit ist es?", "5 km", "7", "unclear"),
        ("How long is the bar in the chart?", "5 m", "7", "unclear"),
    ],
)
def test_a_number_without_its_unit_is_told_apart_where_the_question_names_it(
    question: str, first: str, second: str, expected: Relation
) -> None:
    assert relation(first, second, question) == expected
