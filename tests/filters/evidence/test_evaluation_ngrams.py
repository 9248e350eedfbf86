"""What counts as taken from an evaluation set: enough of its n-grams, and none that many of its documents share."""

from __future__ import annotations

import pickle

import pytest

from contextpairs.filters.evidence.evaluation_ngrams import EvaluationNgrams, NgramRule, plain_words

RULE = NgramRule(words=3, least=4, share=0.5, boilerplate=3)
TEXT = "one two three four five six seven eight"


def held(text: str, *documents: tuple[str, ...], rule: NgramRule = RULE) -> bool:
    return EvaluationNgrams(documents, rule).holds(text)


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        (TEXT, True),
        ("one two three four five six " + "other words " * 20, True),
        ("one two three four five " + "other words " * 20, False),
        ("one two three four five", True),
        ("one two", False),
        ("", False),
    ],
)
def test_many_shared_ngrams_or_a_large_share_are_a_hit(text: str, is_held: bool) -> None:
    assert held(text, (TEXT,)) == is_held


def test_ngrams_of_many_documents_are_boilerplate_however_often_one_has_them() -> None:
    assert held(TEXT, (TEXT, TEXT, TEXT), ())
    assert not held(TEXT, (TEXT,), (TEXT,), (TEXT,))


def test_no_document_holds_nothing() -> None:
    assert not held(TEXT)


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert plain_words("One, TWO -- (three)!\nfour") == "one two three four"


def test_an_index_travels_to_workers() -> None:
    assert pickle.loads(pickle.dumps(EvaluationNgrams([[TEXT]], RULE))).holds(TEXT)
