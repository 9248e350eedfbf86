"""A later turn asks a question of its own only if it names what it asks about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.vqa.follow_up import stands_alone
from tests.data.sources.vqa.making import images, lines, outcomes, questions, reason

OWN = [
    "How many dogs are there?", "What color is the car?", "What is the man wearing?", "Is there a dog in the image?",
    "What is on the table?", "Describe the image.", "Are there any clouds in the sky?", "What animal is shown?",
    "Is the car red?", "How many people are in this picture?", "What is the name of the street?",
    "How many windows can you see?", "What is next to the lamp?",
]  # fmt: skip
LEANING = [
    "Colour?", "What color?", "And the left one?", "What color is it?", "Is it red?", "Why?", "How many are there?",
    "What about the dog?", "What is he wearing?", "Are there other animals?", "How many in total?",
    "Which one is larger?", "What are they doing?", "What else is there?", "Is that a beach?", "What is its name?",
    "How old?", "What is the sum?", "And then?", "Are you sure?", "Which is larger?",
    "What is the same thing's price?", "它是什么颜色？", "Et la voiture ?",
]  # fmt: skip


@pytest.mark.parametrize("text", OWN)
def test_of_its_own(text: str) -> None:
    assert stands_alone(text)


@pytest.mark.parametrize("text", LEANING)
def test_leaning(text: str) -> None:
    assert not stands_alone(text)


def turns(*said: str) -> list[dict[str, Any]]:
    return [{"from": ("human", "gpt")[at % 2], "value": text} for at, text in enumerate(said)]


def test_a_later_turn(tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    said = turns("<image>\nHow many cats are there?", "2", "What color?", "black", "How many dogs are there?", "1")
    row, rejection = outcomes(lines(tmp_path / "rows.jsonl", [{"image": "a.png", "conversations": said}]))
    assert [each.question for each in questions(row)] == ["How many cats are there?", "How many dogs are there?"]
    assert reason(rejection) == "follow-up"


def test_a_turn_that_shows_the_picture_begins_anew(tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    said = turns("What is 1 + 1?", "2", "<image>\nWhat is it?", "a cat")
    row = {"image": "a.png", "conversations": said[:3], "answer": "a cat"}
    (item,) = outcomes(lines(tmp_path / "rows.jsonl", [row]))
    assert [each.question for each in questions(item)] == ["What is it?"]
