"""A pair row at rest: its identity, its checked form, its features."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Features
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.pairs.schemas import CODING, PAIRS_CODING, PairError, pair_id, schema_fingerprint, schema_of
from tests.data.pairs.pair_rows import couple, labelled

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
CONTEXT = st.lists(st.fixed_dictionaries({"role": TEXT, "content": TEXT}), max_size=3)


def row(**changes: Any) -> dict[str, Any]:
    return {**labelled(couple(0))[0], **changes}


def test_the_schema_says_its_features_as_datasets_itself_would() -> None:
    features = Features.from_arrow_schema(PAIRS_CODING)
    assert features.arrow_schema.metadata == PAIRS_CODING.metadata
    assert features["positive"].feature["content"].dtype == "large_string"


def test_identity_is_fixed_for_ever() -> None:
    """Catches a change of the hash, after which a rebuild would know none of the published pairs."""
    context = [{"role": "user", "content": "fa\u00e7ade"}]
    assert pair_id("q", "a", context, []) == "84d71ca114616959250ca1ed2790d4db"


@given(st.tuples(TEXT, TEXT, CONTEXT, CONTEXT), st.tuples(TEXT, TEXT, CONTEXT, CONTEXT))
def test_other_words_are_another_pair(one: Any, two: Any) -> None:
    assert (pair_id(*one) == pair_id(*two)) == (one == two)


def test_text_that_moves_between_fields_or_turns_is_another_pair() -> None:
    """Catches hashing by plain concatenation."""
    one, two = [{"role": "user", "content": "xy"}], [{"role": "user", "content": "x"}, {"role": "y", "content": ""}]
    ids = {pair_id("ab", "c", one, two), pair_id("a", "bc", one, two), pair_id("ab", "c", two, one)}
    assert len(ids | {pair_id("ab", "c", one + two, []), pair_id("ab", "c", [], one + two)}) == 5


def test_identity_is_what_a_row_says_and_no_more() -> None:
    said = row(scores={}, label="B", provenance={"source": "elsewhere"}, group_id="other")
    assert said["pair_id"] == pair_id(said["query"], said["answer"], said["positive"], said["negative"])


def test_scores_and_provenance_become_canonical_json() -> None:
    from_mapping = CODING.row(row(scores={"b": 1, "a": 0.5}), "row 0")
    from_text = CODING.row(row(scores='{"b": 1,  "a": 0.50}'), "row 0")
    assert from_mapping["scores"] == from_text["scores"] == '{"a":0.5,"b":1}'


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("label", "C", "'A' or 'B'"),
        ("strategy", "luck", "trajectory"),
        ("strategy", "edit", "trajectory"),
        ("answer", None, "expected text, found NoneType"),
        ("positive", [], "non-empty list"),
        ("positive", "text", "non-empty list"),
        ("negative", [{"role": "user"}], r"negative\[0\]"),
        ("negative", [{"role": "user", "content": 3}], r"negative\[0\].*text"),
        ("scores", {"cosine": float("nan")}, "leave out"),
        ("scores", "{", "no JSON"),
        ("provenance", [], "a mapping"),
    ],
)
def test_a_bad_field_is_named_with_its_row(field: str, value: Any, expected: str) -> None:
    with pytest.raises(PairError, match=rf"row 7.*{field}.*{expected}|row 7.*{expected}"):
        CODING.row(row(**{field: value}), "row 7")


def test_missing_and_unknown_fields_are_named() -> None:
    bad = row(extra=1)
    del bad["query"]
    with pytest.raises(PairError, match=r"missing: \['query'\], unknown: \['extra'\]"):
        CODING.row(bad, "row 0")


def test_a_domain_without_a_schema_is_refused() -> None:
    with pytest.raises(PairError, match="poetry"):
        schema_of("poetry")


def test_the_fingerprint_follows_names_types_and_order() -> None:
    renamed = PAIRS_CODING.set(0, PAIRS_CODING.field(0).with_name("id"))
    nullable = PAIRS_CODING.set(0, PAIRS_CODING.field(0).with_nullable(True))
    assert len({schema_fingerprint(schema) for schema in (PAIRS_CODING, renamed, nullable)}) == 3
    assert schema_fingerprint(PAIRS_CODING.remove_metadata()) == schema_fingerprint(PAIRS_CODING)
