"""Answers compare as people mean them: what is the same, what certainly differs, what must not be decided."""

from __future__ import annotations

import pytest

from contextpairs.data.answers.comparing import Relation, answer_key, relation
from contextpairs.data.answers.matching import matches

COLORS = ("red", "blue", "green", "dark red")
SAME = [
    *[("6,830", other) for other in ("6830", "6 830", "6.83e3", "6.83×10³", r"$6.83 \times 10^{3}$", "6830.0")],
    *[("$6,830", other) for other in (r"\$6{,}830", "6830 dollars", "USD 6,830", "$6.83k")],
    *[("1/12", other) for other in (r"\frac{1}{12}", r"$\frac1{12}$", "2/24")],
    *[("50%", other) for other in ("0.5", "1/2", "½", "50 percent", "half", r"50\%")],
    *[("yes", other) for other in ("Yes.", "true", "Correct", "**YES**")],
    *[("-4", other) for other in ("−4", "minus four", "$-4$", "- 4")],
    *[("90 degrees", other) for other in ("90°", r"90^\circ", "90 deg")],
    ("1 m", "100 cm"),
    ("1 hour and 15 minutes", "75 min"),
    ("5'10\"", "70 inches"),
    ("32 °F", "0 °C"),
    ("twenty-one", "21"),
    ("2nd", "second"),
    ("1:20 P.M.", "13:20"),
    ("March 5, 2020", "2020-03-05"),
    ("a dog, a cat", "cat and dog"),
    ("(3, 4)", "( 3,4 )"),
    ("10–20", "between 10 and 20"),
    ("The red", '"Red."'),
    ("grey", "gray"),
    ("{4}", "4"),
    ("１２", "12"),
]
DIFFERENT = [
    ("6,830", "6,380"),
    ("14.40", "14.41"),
    ("1/3", "1/4"),
    ("50%", "5%"),
    ("0.5%", "50%"),
    ("5 km", "5 m"),
    ("$5", "$6"),
    ("yes", "no"),
    ("true", "No, there is none"),
    ("red", "blue"),
    ("gray", "green"),
    ("circle", "triangle"),
    ("left", "on the right"),
    ("top left", "bottom left"),
    ("Monday", "Tuesday"),
    ("2:30 P.M.", "2:30 A.M."),
    ("2020-03-05", "2020-03-06"),
    ("dog", "cat"),
    ("man", "woman"),
    ("0", "1"),
    ("1/2", "1"),
    ("-4", "4"),
    ("linear", "nonlinear"),
    ("(3, 4)", "(4, 3)"),
    ("2, 3", "2, 5"),
    ("2 dogs", "3 dogs"),
    ("large red cube", "large blue cube"),
    ("man in red shirt", "man in blue shirt"),
    ("10-20", "30-40"),
]
UNCLEAR = [
    ("dog", "black dog"),
    ("dog", "dogs"),
    ("dog", "puppy"),
    ("man", "person"),
    ("couch", "sofa"),
    ("left", "top left"),
    ("left", "top"),
    ("red", "dark red"),
    ("red", "red and white"),
    ("pink", "light red"),
    ("black", "dark blue"),
    ("not red", "blue"),
    ("large", "big"),
    ("2", "about 2"),
    ("several", "5"),
    ("12 cm", "12"),
    ("12 cm", "120"),
    ("12 cm", "13"),
    ("5 km", "7"),
    ("$6,830", "6830"),
    ("6 apples", "6"),
    ("0", "no"),
    ("0", "none"),
    ("unknown", "red"),
    ("1/3", "0.33"),
    ("2/3", "0.66"),
    ("8.33%", "1/12"),
    ("3.14", "3.1416"),
    ("1.2 million", "1,234,567"),
    ("50%", "50"),
    ("3,5", "3.5"),
    ("1,234", "1.234"),
    ("3:00", "3 pm"),
    ("1:20", "2:40"),
    ("03/05/2020", "2020-05-03"),
    ("2nd", "2"),
    ("5 mi", "8 km"),
    ("-5", "5 below zero"),
    ("man in red shirt", "man in blue cap"),
    ("settee", "davenport"),
    ("A", "B"),
    ("red or blue", "green"),
    ("1990s", "1995"),
    ("(5)", "-5"),
]


@pytest.mark.parametrize(
    ("expected", "first", "second"),
    [("same", *pair) for pair in SAME]
    + [("different", *pair) for pair in DIFFERENT]
    + [("unclear", *pair) for pair in UNCLEAR],
)
def test_two_answers_relate_as_people_mean_them(expected: Relation, first: str, second: str) -> None:
    assert relation(first, second) == expected
    assert relation(second, first) == expected


@pytest.mark.parametrize(("first", "second"), SAME)
def test_answers_of_equal_meaning_share_a_key(first: str, second: str) -> None:
    assert answer_key(first) == answer_key(second)


@pytest.mark.parametrize("first", ["A", "(a)", "a.", "A. red", "Option A", "Red", "The answer is (A)."])
def test_an_option_letter_is_its_text(first: str) -> None:
    assert relation(first, "red", choices=COLORS) == "same"
    assert relation(first, "C", choices=COLORS) == "different"
    assert relation(first, "D", choices=COLORS) == "unclear"


@pytest.mark.parametrize("odd", ["E", "A. blue", "B) red"])
def test_a_letter_that_names_no_option_or_contradicts_its_text_is_unclear(odd: str) -> None:
    assert all(relation(odd, color, choices=COLORS) == "unclear" for color in COLORS)


def test_options_exclude_each_other_unless_they_may_mean_the_same() -> None:
    """Names of shops are told apart by being options; a shop and the longer name of one are not."""
    shops = ("Mason's", "Jason's", "Otter Park", "Park", "big", "large")
    assert relation("Mason's", "Jason's") == "unclear"
    assert relation("Mason's", "Jason's", choices=shops) == "different"
    assert relation("Park", "Otter Park", choices=shops) == "unclear"
    assert relation("big", "large", choices=shops) == "unclear"


@pytest.mark.parametrize("letter", ["", "D"])
@pytest.mark.parametrize(
    "odd",
    ["Both A and B", "A and B", "A & B", "(A), (B)", "A only", "Options A and C are correct", "red and blue",
     "red, blue", "All except B", "All of the above", "None of the above", "Neither", "Neither red nor blue",
     "Any of these", "The above"],
)  # fmt: skip
def test_an_option_that_speaks_of_others_excludes_none_of_them(odd: str, letter: str) -> None:
    choices = ("red", "blue", "pale green", odd)
    assert relation(letter or odd, odd, choices=choices) == "same"
    assert all(relation(letter or odd, color, choices=choices) == "unclear" for color in choices[:2])
    assert relation("red", "blue", choices=choices) == "different"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("A dog and a cat", "A dog", "unclear"),
        ("A dog and a cat", "cats", "unclear"),
        ("A dog and a cat", "A cow", "different"),
        ("dog and cat", "dog, cat and cow", "unclear"),
        ("dog and cat", "dog and cow", "different"),
        ("5", "5 of the children", "unclear"),
        ("2 apples", "12 apples", "different"),
        ("2 apples", "2", "unclear"),
        ("No", "No change", "unclear"),
        ("above", "below", "different"),
        ("P and Q", "R and S", "different"),
        ("Paris", "London", "different"),
    ],
)
def test_options_of_which_one_holds_the_other_do_not_exclude_each_other(
    first: str, second: str, expected: Relation
) -> None:
    choices = ("a bus", first, second, "a tree")
    assert relation(first, second, choices=choices) == relation(second, first, choices=choices) == expected


def test_options_with_their_letters_are_their_texts() -> None:
    assert relation("B", "A. red", choices=("A. red", "B. blue")) == "different"
    assert relation("A", "red", choices=("A. red", "B. blue")) == "same"


def test_letters_that_are_options_themselves_stand_where_they_stand() -> None:
    assert relation("A", "B", choices=("A", "B", "C")) == "different"
    assert relation("A", "B", choices=("B", "A", "C")) == "unclear"


@pytest.mark.parametrize(
    ("first", "second"), [("x > 5", "x < 5"), ("a + b", "a * b"), ("A -> B", "B -> A"), ("x ≠ y", "x y")]
)
def test_formulas_are_not_told_by_their_words(first: str, second: str) -> None:
    assert relation(first, second, "Which is right?") == "unclear"
    assert relation(first, first.replace(" ", ""), "Which is right?") == "same"
    assert not matches(first, second, "Which is right?")


@pytest.mark.parametrize(
    "answer", ["", " ", "?", "\\frac{", "{{}}", "((1)", "1/0", "$", "\\boxed{}", "é" * 400, "e" * 999]
)
def test_any_text_can_be_compared(answer: str) -> None:
    assert relation(answer, answer) == "same"
    assert relation(answer, "5") == "unclear"
