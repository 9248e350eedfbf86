"""Questions and answers as statements that a person would make."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.answers.statements import statement
from contextpairs.data.demo.scenes.rendering import DOMAINS, scene

SCENES_DIGEST = "eb6b8d3fb941479c0235e89bffcacf71ca7f1fb80e637ca452d941df6699431b"
"""Of the statements of 500 scenes, as they were when the embedded encoder was trained."""


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("How many bowls are in the image?", "3", "there are 3 bowls in the image"),
        ("How many bowls are there in the image?", "3", "there are 3 bowls in the image"),
        ("How many bowls are on a table?", "3", "3 bowls are on a table"),
        ("How many apples?", "2", "there are 2 apples"),
        ("How many giraffes are visible in this picture?", "2", "there are 2 giraffes in this picture"),
        ("How many dogs can be seen in the image?", "None", "there are no dogs in the image"),
        ("How many dogs do we see?", "2", "there are 2 dogs"),
        ("How many people are there in total?", "7", "there are 7 people"),
        ("How many people are wearing hats?", "2", "2 people are wearing hats"),
        ("How many people who are sitting are there?", "2", "there are 2 people who are sitting"),
        ("How many people in the picture are wearing hats?", "3", "3 people in the picture are wearing hats"),
        ("How many of the cups are red?", "2", "2 of the cups are red"),
        ("How many legs does the dog have?", "4", "the dog has 4 legs"),
        ("How many wheels do the cars have in this picture?", "4", "the cars have 4 wheels in this picture"),
        ("How many fingers does he hold up?", "3", "How many fingers does he hold up? 3"),
        ("What color is the car?", "Red", "the car is red"),
        ("What colour are the walls?", "white", "the walls are white"),
        ("How big are the boxes?", "small", "the boxes are small"),
        ("What shape is the sign?", "octagon", "the sign is an octagon"),
        ("What shape is the plate?", "round", "the plate is round"),
        ("What shape are the windows?", "rectangular", "the windows are rectangular"),
        ("Where is the cat?", "under the bed", "the cat is under the bed"),
        ("Where are the shoes?", "left", "the shoes are at the left"),
        ("Is there a dog in the image?", "yes", "there is a dog in the image"),
        ("Is there any water?", "yes", "there is water"),
        ("Are there any dogs?", "yes", "there are dogs"),
        ("Are there any dogs in the picture?", "no", "there are no dogs in the picture"),
        ("Are there any dogs?", "maybe", "Are there any dogs? maybe"),
        ("What is written on the sign?", "STOP", "on the sign it says stop"),
        ("What is the man\n holding?", " a phone", "What is the man holding? a phone"),
    ],
)
def test_a_question_and_its_answer_are_said_as_one(question: str, answer: str, said: str) -> None:
    assert statement(question, answer) == said


def test_what_is_said_of_rendered_scenes_is_what_the_embedded_encoder_learned() -> None:
    """Another wording would be one that it has never seen, and its cosines would mean little."""
    said = [
        statement(asked.question, asked.answer)
        for domain in DOMAINS
        for number in range(100)
        for asked in scene(domain, 7, number).asked()
    ]
    assert hashlib.sha256("\n".join(said).encode()).hexdigest() == SCENES_DIGEST


@given(question=st.text(max_size=60), answer=st.text(max_size=20))
def test_every_question_and_answer_can_be_said(question: str, answer: str) -> None:
    assert isinstance(statement(question, answer), str)


@given(
    frame=st.sampled_from(["How many {} are there?", "How many {} are in the image?", "What color are {}?"]),
    thing=st.sampled_from(["cups", "red cars", "men in hats", "the dog's toys", "stop-signs"]),
    answers=st.lists(st.sampled_from(["1", "2", "red", "blue", "seven"]), min_size=2, max_size=2, unique=True),
)
def test_other_answers_are_other_statements_without_the_question(frame: str, thing: str, answers: list[str]) -> None:
    one, other = (statement(frame.format(thing), answer) for answer in answers)
    assert one != other
    assert thing in one
    assert not {"how", "many", "what", "?"} & {*one.split(), one[-1]}
