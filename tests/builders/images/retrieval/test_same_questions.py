"""Questions in other words: one where only words without content differ, whatever an encoder thinks of the others."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.images.retrieval.same_questions import SimilarQuestions, similar_questions
from contextpairs.data.answers.question_key import question_key

Vectors = npt.NDArray[np.float32]
ONE_QUESTION = [
    [
        "What color is the circle?",
        "What is the color of the circle?",
        "Which colour is the circle?",
        "In this image, what color is the circle?",
        "What color is the circle in the picture?",
    ],
    [
        "How many circles are there?",
        "How many circles are visible?",
        "How many circles can you see?",
        "How many circles are in the image?",
        "What number of circles are there?",
        "What is the total number of circles in this image?",
    ],
    ["Is there a red circle?", "Can you see a red circle?", "Is a red circle visible?", "Is a red circle present?"],
    ["What animal is shown?", "Which animal is pictured?", "Which animal can be seen?"],
]
OTHER_QUESTIONS = [
    ["What is 3 plus 5?", "What is 3 plus 6?", "What is 3 plus five?", "What is 3 plus -5?"],
    ["Is it left of the cat?", "Is it right of the cat?", "Is it not left of the cat?", "Isn't it left of the cat?"],
    ["Is there a red circle?", "Is there a blue circle?", "Is there no red circle?", "Is this a red circle?"],
    ["Is there a red circle?", "Is there the red circle?", "Are there red circles?", "Is a circle red?"],
    ["Is Ann taller than Bob?", "Is Bob taller than Ann?", "Is Ann taller than Rob?", "Is Ann shorter than Bob?"],
    ["Where is the dog?", "Who is the dog?", "What is the dog?", "How is the dog?", "Is the dog?"],
    ["What is the dog chasing?", "What dog is chasing?", "What is chasing the dog?", "What does the dog chase?"],
    ["Which node does the green node point to?", "Which node points to the green node?"],
    ["What is the man holding?", "What is the man wearing?", "What is the woman holding?", "What is a man holding?"],
    ["What is in the picture on the wall?", "What is on the wall?", "What is under the wall?"],
    ["Who is the man like?", "Who does the man like?"],
    ["What color is the car?", "What color is the larger car?", "What color is the largest car?"],
    ["Is it open or closed?", "Is it closed or open?"],
    ["What is the first word?", "What is the last word?", "What is the first letter?"],
    ["Circles?", "Squares?"],
]
WORDS = ["red", "3", "not", "left", "the", "of", "in", "a", "is", "there", "dog", "cat", "what", "where", "how", "many"]


class Alike:
    """An encoder to which all texts are one: words alone can tell them apart."""

    def texts(self, texts: list[str]) -> Vectors:
        return np.tile(np.array([[0.6, 0.8]], np.float32), (len(texts), 1))


class Letters:
    """Texts as counts of their letters: similar wording, similar vector. Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def texts(self, texts: list[str]) -> Vectors:
        self.asked += texts
        counts = np.array([[text.count(chr(97 + letter)) for letter in range(26)] for text in texts], np.float32)
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True))


def keys(texts: list[str]) -> list[str]:
    return sorted({question_key(text) for text in texts})


@pytest.mark.parametrize("texts", ONE_QUESTION, ids=lambda texts: texts[0])
def test_wordings_of_one_question_are_joined(texts: list[str]) -> None:
    distinct = keys(texts)
    assert len(distinct) > 2
    assert set(similar_questions(distinct, Alike(), SimilarQuestions()).leader) == {0}


@pytest.mark.parametrize("texts", OTHER_QUESTIONS, ids=lambda texts: texts[0])
def test_questions_that_differ_in_a_word_of_content_are_never_joined(texts: list[str]) -> None:
    """Each of them is nearer to the next than to a paraphrase of itself, to every text encoder there is."""
    distinct = keys(texts)
    assert len(distinct) == len(texts)
    assert similar_questions(distinct, Alike(), SimilarQuestions()).leader.tolist() == list(range(len(texts)))


@pytest.mark.parametrize(("one", "other"), list(combinations([texts[0] for texts in ONE_QUESTION], 2)))
def test_nor_are_questions_about_other_things(one: str, other: str) -> None:
    assert similar_questions(keys([one, other]), Alike(), SimilarQuestions()).leader.tolist() == [0, 1]


def test_wordings_below_the_threshold_of_their_leader_are_not_joined() -> None:
    texts = ["how many cats are there", "how many cats are visible in the image", "what number of cats are there"]
    cosines = Letters().texts(texts) @ Letters().texts(texts).T
    assert cosines[0, 1] < cosines[0, 2]
    threshold = float(cosines[0, 2])
    assert similar_questions(texts, Letters(), SimilarQuestions(threshold=threshold)).leader.tolist() == [0, 1, 0]
    assert similar_questions(texts, Letters(), SimilarQuestions(threshold=0.5)).leader.tolist() == [0, 0, 0]


def test_every_member_is_within_the_threshold_of_its_leader_and_says_how_near() -> None:
    texts = keys(ONE_QUESTION[0] + ONE_QUESTION[1])
    found = similar_questions(texts, Letters(), SimilarQuestions(threshold=0.9))
    vectors = Letters().texts(texts)
    assert (found.leader != np.arange(len(texts))).any()
    for place, leader in enumerate(found.leader.tolist()):
        assert found.leader[leader] == leader
        assert found.cosine(place, leader) == pytest.approx(float(vectors[place] @ vectors[leader]), abs=1e-6)
        assert found.cosine(place, leader) >= 0.9 - 1e-6


def test_only_questions_that_may_be_joined_are_embedded() -> None:
    """A million questions that are each like no other would take an hour."""
    encoder = Letters()
    similar_questions(["is it red", *keys(ONE_QUESTION[2]), "where is it"], encoder, SimilarQuestions())
    assert sorted(encoder.asked) == keys(ONE_QUESTION[2])


def test_synonyms_are_the_users_to_name() -> None:
    texts = ["what color is the automobile", "what color is the car", "what color is the van"]
    assert similar_questions(texts, Alike(), SimilarQuestions()).leader.tolist() == [0, 1, 2]
    synonyms = [["car", "automobile"]]
    assert similar_questions(texts, Alike(), SimilarQuestions(synonyms=synonyms)).leader.tolist() == [0, 0, 2]


@given(
    words=st.lists(st.sampled_from(WORDS), min_size=2, max_size=8),
    number=st.sampled_from(["3", "4", "17", "two"]),
    place=st.integers(0, 7),
)
def test_a_number_more_makes_another_question(words: list[str], number: str, place: int) -> None:
    more = [*words[:place], number, *words[place:]]
    texts = sorted({" ".join(words), " ".join(more)})
    assert similar_questions(texts, Alike(), SimilarQuestions()).leader.tolist() == [0, 1]


def test_no_questions() -> None:
    assert similar_questions([], Letters(), SimilarQuestions()).leader.tolist() == []
