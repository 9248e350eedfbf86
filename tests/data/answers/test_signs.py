"""Signs and marks that make another word, and those that do not."""

from __future__ import annotations

import unicodedata

import pytest

from contextpairs.data.answers.comparing import Relation, relation
from contextpairs.data.answers.matching import matches

GRADE, LANGUAGE = "What grade is written on the paper?", "Which programming language is used?"


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        (GRADE, "A+", "A-", "different"),
        (GRADE, "A+", "A", "different"),
        (GRADE, "B", "B+", "different"),
        (GRADE, "A+", "a+", "same"),
        (LANGUAGE, "C++", "C#", "different"),
        (LANGUAGE, "C", "C#", "unclear"),
        ("Which service is it?", "Disney+", "Disney", "unclear"),
        ("What is it?", "ice-cream", "ice cream", "same"),
        ("What is it?", "icecream", "ice-cream", "unclear"),
        ("What does it offer?", "Wi-Fi", "wifi", "unclear"),
        ("What is it?", "T-shirt", "t shirt", "same"),
        ("What is it?", "x²", "x^2", "same"),
        ("What is it?", "x²", "x2", "unclear"),
        ("What is written there?", "café", "cafe", "unclear"),
        ("What is written there?", "Ca²⁺", "Ca²⁻", "unclear"),
        ("यहाँ क्या लिखा है?", "दान", "दाम", "different"),
        ("มีอะไรเขียนอยู่", "เสื้อ", "เสือ", "unclear"),
        ("ما المكتوب؟", "كِتَابٌ", "كتاب", "same"),
        ("מה כתוב?", "שָׁלוֹם", "שלום", "same"),
        ("どれですか？", "が", "か", "unclear"),
        ("", "5½", "5.5", "same"),
        ("", "10⁶", "1000000", "unclear"),
    ],
)
def test_signs_count_at_the_end_of_a_word(question: str, first: str, second: str, expected: Relation) -> None:
    assert relation(first, second, question) == relation(second, first, question) == expected


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("A+", "A-"),
        ("A+", "A"),
        ("C++", "C#"),
        ("C#", "C"),
        ("दिन", "दान"),
        ("เสือ", "เสื้อ"),
        ("が", "か"),
        ("мой", "мои"),
        ("x²", "x2"),
    ],
)
def test_another_sign_is_no_right_answer(answer: str, wrong: str) -> None:
    assert not matches(wrong, answer, "What is written there?")
    assert matches(answer, answer, "What is written there?")


@pytest.mark.parametrize(
    ("answer", "right"),
    [("café", "cafe"), ("Müller", "Muller"), ("ёлка", "елка"), ("كِتَاب", "كتاب"), ("ice-cream", "ice cream"),
     ("café", unicodedata.normalize("NFD", "café"))],
)  # fmt: skip
def test_accents_and_hyphens_are_no_error(answer: str, right: str) -> None:
    assert matches(right, answer)
    assert matches(answer, right)


@pytest.mark.parametrize("right", ["1", "1000", "1.000", "1 000"])
def test_a_dot_before_three_digits_is_either_mark(right: str) -> None:
    asked = "Wie viele Einwohner hat das Dorf?"
    assert matches(right, "1.000", asked)
    assert not matches("7", "1.000", asked)
    assert not matches("10", "1.000", asked)
    assert not matches("1", "1,000", "How many people live there?")
