"""Which words exclude each other: siblings do, a kind and its kinds, neighbours and synonyms do not."""

from __future__ import annotations

import pytest

from contextpairs.data.answers.vocabulary import TAGS, exclusive
from contextpairs.data.answers.words import misspelt, stem


@pytest.mark.parametrize(
    "words", ["red blue green yellow black white", "man woman", "dog cat horse car table pizza", "male female",
              "duck eagle owl penguin", "monday tuesday friday", "left right center", "wood metal glass", "day night"]
)  # fmt: skip
def test_siblings_exclude_each_other(words: str) -> None:
    said = [stem(word) for word in words.split()]
    assert all(exclusive(one, other) for one in said for other in said if one != other)


@pytest.mark.parametrize(
    "words", ["person man", "person woman", "animal giraffe", "bird duck", "vehicle locomotive", "furniture settee",
              "food chicken", "plant rose", "boy child", "male baby", "player woman", "car suv", "sofa couch",
              "navy black",
              "teal green", "tall narrow", "left top", "rainy cloudy", "awake lying", "square rectangle", "cup mug"]
)  # fmt: skip
def test_words_that_may_be_said_of_one_thing_do_not(words: str) -> None:
    one, other = words.split()
    assert one in TAGS
    assert other in TAGS
    assert not exclusive(one, other)
    assert not exclusive(other, one)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("restaurant", "restuarant", True), ("accommodation", "acommodaton", True), ("tuesday", "thursday", False),
     ("cat", "car", False), ("jason", "mason", True), ("linear", "nonlinear", False)],
)  # fmt: skip
def test_long_words_one_edit_apart_may_be_one_misspelt(first: str, second: str, expected: bool) -> None:
    assert misspelt(first, second) is misspelt(second, first) is expected
