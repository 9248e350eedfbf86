"""How a question decides what two answers to it are to each other."""

from __future__ import annotations

import pytest

from contextpairs.data.answers.comparing import Relation, relation


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Which restaurant sold most?", "Pizza Italia", "Deep Dish by Dan", "different"),
        ("", "Pizza Italia", "Deep Dish by Dan", "unclear"),
        ("Who won?", "Alan", "Brenda", "different"),
        ("Who won?", "Robert", "Bob", "unclear"),
        ("Who won?", "Obama", "Barack Obama", "unclear"),
        ("Who is this?", "teacher", "instructor", "unclear"),
        ("What brand is it?", "VW", "Volkswagen", "unclear"),
        ("What company is it?", "IBM", "International Business Machines", "unclear"),
        ("What is written on the sign?", "STOP", "YIELD", "different"),
        ("What is written on the sign?", "STOP", "stop", "same"),
        ("What is written on the sign?", "love", "l0ve", "unclear"),
        ("Which letter is circled?", "A", "B", "different"),
        ("Is it day or night?", "day", "night", "different"),
        ("What is on the table?", "cup", "plate", "unclear"),
        ("What is he wearing?", "hat", "shirt", "unclear"),
        ("What color is the cup?", "red", "blue", "different"),
        ("List them in order.", "a cat, a dog", "a dog, a cat", "different"),
        ("What percentage is red?", "0.5", "50", "unclear"),
        ("What is the date?", "9/11", "11/9", "unclear"),
    ],
)
def test_the_question_decides_how_answers_are_read(question: str, first: str, second: str, expected: Relation) -> None:
    assert relation(first, second, question) == expected


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("What animal is in the picture?", "dog", "cat"),
        ("What animals are in the picture?", "dog", "cat"),
        ("Which animal can be seen in the picture?", "dog", "cat"),
        ("What animal is shown in the picture?", "dog", "cat"),
        ("What animal do you see?", "dog", "cat"),
        ("What vehicle is in the street?", "car", "bus"),
        ("What vehicle is parked on the street?", "car", "bus"),
        ("What yellow vehicle is next to the tree?", "car", "bus"),
        ("What fruit is in the bowl?", "apple", "banana"),
        ("What fruit was inside the bowl?", "apple", "banana"),
        ("Which of these objects is in the image?", "cup", "plate"),
        ("Which of the objects are on the table?", "cup", "plate"),
        ("What color are the flowers?", "red", "yellow"),
        ("What colours are the flowers?", "red", "yellow"),
        ("Which city is in France?", "Paris", "Lyon"),
        ("What are these animals?", "dog", "cat"),
        ("What is the brand?", "coke", "Coca-Cola"),
        ("What is the city like?", "sunny", "busy"),
        ("What is the company doing?", "retail", "selling shoes"),
    ],
)
def test_answers_that_one_picture_may_give_together_are_unclear(question: str, first: str, second: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == "unclear"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("What animal is this?", "dog", "cat"),
        ("What number is on the jersey?", "5", "7"),
        ("What number is on the jersey?", "seven", "9"),
        ("How many dogs are in the picture?", "3", "5"),
        ("What number of dogs are in the picture?", "3", "5"),
        ("What word is on the sign?", "STOP", "YIELD"),
        ("What word is in row A column 2?", "lamp", "tree"),
        ("What text is on the shirt?", "Hello", "Goodbye"),
        ("What letter is on the door?", "A", "B"),
        ("What time is on the clock?", "3:20 pm", "4:20 pm"),
        ("What year is on the coin?", "1998", "2004"),
        ("What title is on the book?", "Dune", "Emma"),
        ("What day is on the calendar?", "Monday", "Friday"),
        ("What shape is in the image?", "circle", "triangle"),
        ("What color is the dog in the picture?", "black", "white"),
        ("What color is the larger circle?", "red", "blue"),
        ("What color are the marked cells?", "red", "blue"),
        ("What is the capital of this country?", "yes", "no"),
        ("Which city is the capital?", "Paris", "London"),
        ("What size is the circle?", "large", "small"),
        ("What is this bird called?", "parrot", "owl"),
        ("what is the brand?", "nokia", "dell"),
        ("What's the brand of the phone?", "nokia", "dell"),
        ("What is the newspaper name on the stand?", "Herald", "Gazette"),
    ],
)
def test_answers_of_which_a_picture_gives_one_stay_different(question: str, first: str, second: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == "different"


FIGURES = [
    ("AB", "BA"),
    ("∠ABC", "∠CBA"),
    ("∠ABC", "angle CBA"),
    ("angle ABC", "angle ACB"),
    ("triangle ABC", "BCA"),
    ("△ABC", "Triangle CAB"),
    ("A\u0305B\u0305", "BA"),
    ("segment AB", "line BA"),
    ("quadrilateral ABCD", "DCBA"),
    ("AB and CD", "DC and BA"),
    ("AB ∥ CD", "DC ∥ BA"),
    (r"\overline{AB}", "BA"),
]


@pytest.mark.parametrize("question", ["", "Which is longest?", "Which segment is named?", "What is written there?"])
@pytest.mark.parametrize(("first", "second"), FIGURES)
def test_a_figure_may_be_named_by_its_points_in_any_order(question: str, first: str, second: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == "unclear"
    assert relation(first, second, question, ("EF", first, second)) == "unclear"


@pytest.mark.parametrize(("first", "second"), [("AB", "CD"), ("∠ABC", "∠DEF"), ("△ABC", "△PQR")])
def test_figures_of_other_points_differ(first: str, second: str) -> None:
    assert relation(first, second, "Which is largest?") == "different"
    assert relation(first, second, choices=("A", first, second)) == "different"


MILLIONS = "What is the population (in millions)?"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (MILLIONS, "5", "5 million"),
        (MILLIONS, "5", "5000000"),
        (MILLIONS, "5", "5,200,000"),
        (MILLIONS, "5 people", "5,000,000 people"),
        (MILLIONS, "5 million people", "5"),
        (MILLIONS, "1, 5", "1, 5000000"),
        (MILLIONS, "4-5", "4,000,000-5,000,000"),
        ("What is the revenue in million US$?", "$5", "$5 million"),
        ("What is the revenue in million US$?", "$5 million", "5"),
        ("How many were sold in thousands?", "3", "3000"),
        ("How many were sold ('000)?", "3", "3000"),
        ("How much is it, in bn?", "2.5", "2,500,000,000"),
        ("How many were sold?", "3 (in thousands)", "3000"),
        ("How many were sold?", "5 million", "5 in millions"),
        ("What year?", "98", "1998"),
        ("In which year was it?", "04", "2004"),
        ("What year is it?", "98-99", "1998-1999"),
        ("What is the accuracy?", "0.85", "85"),
        ("What is the growth rate?", "0.05", "5"),
        ("What is the ratio of boys?", "1/2", "50"),
        ("What was B's share?", "0.5", "50"),
        ("What are the shares?", "0.5 and 0.2", "50 and 20"),
        ("What proportion is red?", "0.05", "5"),
        ("What is the probability?", "0.05", "5"),
        ("What is the probability?", "1", "100"),
        ("What is the growth rate?", "2.5", "250"),
        ("What is the error rate?", "0.1-0.2", "10-20"),
    ],
)
def test_a_number_may_be_meant_in_what_the_question_names(question: str, first: str, second: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == "unclear"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (MILLIONS, "5", "3"),
        (MILLIONS, "5", "50"),
        (MILLIONS, "5 million", "3"),
        (MILLIONS, "5 million", "3 million"),
        ("How many were sold in thousands?", "3", "3,000,000"),
        ("How many were sold in thousands?", "0", "3"),
        ("What percentage is red?", "1", "57"),
        ("What percentage is red?", "0", "20"),
        ("How many were sold?", "3", "3000"),
        ("What year?", "98", "1997"),
        ("What year?", "1998", "2004"),
        ("What year?", "1990-1995", "2001-2005"),
        ("How many years?", "4", "2004"),
        ("What is the accuracy?", "0.85", "0.58"),
        ("What is the accuracy?", "0.85", "58"),
        ("What is the score?", "0.85", "85"),
    ],
)
def test_numbers_that_no_reading_makes_one_stay_different(question: str, first: str, second: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == "different"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Which country is largest?", "DEU", "Germany"),
        ("Which country is largest?", "CH", "Switzerland"),
        ("What country is this?", "UK", "England"),
        ("What country is this?", "U.K.", "Scotland"),
        ("What country is this?", "US", "USA"),
        ("Which state is it?", "TX", "Lone Star State"),
        ("What company is it?", "AAPL", "Apple"),
        ("Which team won?", "LAL", "Los Angeles Lakers"),
        ("Who won?", "GER", "Deutschland"),
        ("Which element is it?", "Fe", "Iron"),
        ("Which element is it?", "NA", "Sodium"),
        ("What currency is it?", "usd", "dollar"),
        ("What currency is it?", "US dollars", "bucks"),
        ("What currency is it?", "JPY", "yen"),
        ("Which currency is it?", "Euro", "EUR"),
        ("What is the name of the country?", "DEU", "Germany"),
        ("Which city is it?", "York", "New York"),
        ("Which city is it?", "New York City", "New York, NY"),
        ("What company is it?", "Ford", "Ford Motor Company"),
    ],
)
def test_a_name_may_be_given_in_short(question: str, first: str, second: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == "unclear"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Which country is largest?", "USA", "DEU"),
        ("Which country is largest?", "Peru", "Germany"),
        ("Which team won?", "LAL", "BOS"),
        ("Which city is the capital?", "Paris", "London"),
        ("What currency is it?", "dollar", "euro"),
        ("What currency is it?", "usd", "eur"),
        ("What word is on the sign?", "KFC", "Yield"),
        ("What is written on the sign?", "KFC", "YIELD"),
    ],
)
def test_names_and_codes_of_one_length_stay_different(question: str, first: str, second: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == "different"
