"""A cascade gives exactly the couples that a look at all couples would give, and its funnel adds up."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import contextpairs.builders.coding.pairing as pairing
from contextpairs.builders.coding.compact_facts import UNKNOWN_FUNCTION, Codes, CompactFacts, ListCodes
from contextpairs.builders.coding.conditions import Condition, Key, Window, in_evaluation_order
from contextpairs.builders.coding.pairing import couples_of

Row = dict[str, Any]
SCALARS = ("repository", "commit", "instance", "outcome", "patch")
KEYS: tuple[Key, ...] = ("repository", "commit", "instance", "outcome", "patch", "file", "function")
code = st.integers(-1, 3)
row = st.fixed_dictionaries(
    {**dict.fromkeys(SCALARS, code), "file": st.lists(st.integers(0, 4), max_size=3, unique=True),
     "function": st.lists(st.integers(0, 6), max_size=3, unique=True), "open": st.sets(st.integers(0, 2), max_size=1)}
)  # fmt: skip
condition = st.one_of(
    st.sampled_from(KEYS).map(lambda key: Condition(same=key)),
    st.sampled_from(KEYS).map(lambda key: Condition(different=key)),
    st.just(Condition(issue_similarity=Window(min=0.3, max=0.8))),
)


def compact(rows: list[Row]) -> CompactFacts:
    def listed(name: str) -> ListCodes:
        offsets = np.cumsum([0, *(len(r[name]) for r in rows)])
        return ListCodes(offsets.astype(np.int64), np.array([v for r in rows for v in r[name]], np.int64))

    rows = [{**r, UNKNOWN_FUNCTION: open_files(r)} for r in rows]
    scalars = {name: np.array([r[name] for r in rows], np.int64) for name in SCALARS}
    lists = {name: listed(name) for name in ("file", "function", UNKNOWN_FUNCTION)}
    return CompactFacts(scalars, lists, scalars["instance"])


def open_files(row: Row) -> list[int]:
    """Files of a row in which it edits a function that is not known: those of its files at the drawn places."""
    return [row["file"][at] for at in row.get("open", ()) if at < len(row["file"])]


def may_share(one: Row, two: Row) -> bool:
    return bool(set(open_files(one)) & set(two["file"]) or set(one["file"]) & set(open_files(two)))


def similarity(first: Codes, second: Codes) -> npt.NDArray[np.float32]:
    return np.asarray(np.minimum(first, second) * 0.31 + np.maximum(first, second) * 0.17, np.float32)


def known(key: str, row: Row) -> bool:
    return bool(row[key]) if key in ("file", "function") else row[key] >= 0


def holds(condition: Condition, one: Row, two: Row) -> bool:
    if condition.issue_similarity:
        value = round(float(similarity(np.array([one["instance"]]), np.array([two["instance"]]))[0]), 4)
        return condition.issue_similarity.min <= value <= condition.issue_similarity.max
    key = str(condition.same or condition.different)
    if not (known(key, one) and known(key, two)):
        return False
    if key in ("file", "function"):
        shares = bool(set(one[key]) & set(two[key]))
        open_ended = key == "function" and may_share(one, two)
        return shares if condition.same else not shares and not open_ended
    return bool(one[key] == two[key]) == bool(condition.same)


@settings(max_examples=300)
@given(st.lists(row, max_size=14), st.lists(condition, min_size=1, max_size=5))
def test_equals_a_look_at_every_couple(rows: list[Row], cascade: list[Condition]) -> None:
    found = couples_of(cascade, compact(rows), similarity)
    every = list(itertools.combinations(range(len(rows)), 2))
    expected = [(i, j) for i, j in every if all(holds(c, rows[i], rows[j]) for c in cascade)]
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == expected
    before = len(every)
    for stage, condition in zip(found.stages, in_evaluation_order(cascade), strict=True):
        lost = {(i, j) for i, j in every if not holds(condition, rows[i], rows[j])}
        every = [couple for couple in every if couple not in lost]
        assert {couple for shown in stage.examples.values() for couple in shown} <= lost
        assert {reason for reason, shown in stage.examples.items() if shown} <= stage.reasons.keys()
        if condition.same is None:
            assert all(stage.examples[reason] for reason in stage.reasons)
        assert (stage.name, stage.rows_in, stage.rows_out) == (condition.name, before, len(every))
        assert stage.rows_in - stage.rows_out == sum(stage.reasons.values())
        before = len(every)


@settings(max_examples=200)
@given(st.lists(row, max_size=14), st.sampled_from([[], [Condition(same="file")]]))
def test_who_edits_an_unknown_function_of_a_file_is_not_taken_for_one_who_edits_another(
    rows: list[Row], first: list[Condition]
) -> None:
    cascade = [*first, Condition(same="function")]
    couples = [c for c in itertools.combinations(rows, 2) if all(holds(condition, *c) for condition in first)]
    unknown = [c for c in couples if may_share(*c) and not holds(cascade[-1], *c)]
    reasons = couples_of(cascade, compact(rows), similarity).stages[-1].reasons
    assert reasons.get("unknown-function", 0) == len(unknown)


def test_blocks_give_what_one_block_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rows = [
        {**{name: int(rng.integers(0, 4)) for name in SCALARS}, "file": [int(rng.integers(0, 5))],
         "function": rng.choice(9, 2, replace=False).tolist()}
        for _ in range(200)
    ]  # fmt: skip
    cascade = [Condition(same="repository"), Condition(same="function"), Condition(different="patch")]
    whole = couples_of(cascade, compact(rows), similarity)
    monkeypatch.setattr(pairing, "BLOCK_COUPLES", 50)
    parts = couples_of(cascade, compact(rows), similarity)
    assert len(whole) > 100
    assert (whole.first == parts.first).all()
    assert (whole.second == parts.second).all()
    assert whole.stages == parts.stages


def test_a_crowded_group_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sample leaves out is neither taken for different nor given another condition's reason."""
    monkeypatch.setattr(pairing, "CROWDED", 10)
    rows = [
        {**dict.fromkeys(SCALARS, 0), "instance": number, "file": [7], "function": [number % 2]} for number in range(30)
    ]
    every, listed = 30 * 29 // 2, 10 * 9 // 2
    found = couples_of([Condition(same="repository"), Condition(different="instance")], compact(rows), similarity)
    assert len(found) == listed
    assert found.stages[-1].reasons == {"crowded-group": every - listed}
    found = couples_of([Condition(same="repository"), Condition(same="file")], compact(rows), similarity)
    assert found.stages[-1].reasons == {"crowded-file": every - listed}
    assert len(couples_of([Condition(same="repository"), Condition(different="file")], compact(rows), similarity)) == 0


def test_a_condition_is_exactly_one_thing() -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        Condition()
    with pytest.raises(ValidationError, match="exactly one"):
        Condition(same="file", different="patch")
    with pytest.raises(ValidationError, match="no similarity lies"):
        Window(min=0.9, max=0.1)
