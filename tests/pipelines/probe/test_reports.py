"""What results say of models whose habits are known."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pytest

from contextpairs.data.pairs.prompting import Letter, Shown
from contextpairs.pipelines.probe.questions import Answer
from contextpairs.pipelines.probe.reports import compare, report
from tests.pipelines.probe.asked import always_a, answer_in, coding_store, image_store, option, results_of, truthful
from tests.pipelines.probe.asked import stored_rows as rows_of


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    return rows_of(coding_store(tmp_path_factory.mktemp("store")))


def coin(text: str) -> Letter:
    """A letter that follows from a text as by chance."""
    return "A" if hashlib.sha256(text.encode()).digest()[0] % 2 else "B"


def test_a_truthful_model_is_right_in_both_orders(rows: list[dict[str, object]]) -> None:
    found = report(results_of(rows, truthful))
    assert found.pairs == len(rows)
    assert (found.overall.accuracy.value, found.overall.consistent.value) == (1.0, 1.0)
    assert found.chose_a is not None
    assert found.chose_a.value == 0.5
    assert found.a_minus_b.value == 0
    assert (found.belief_a, found.letter_mass, found.margin) == (None, None, None)


def test_a_model_that_always_names_a_is_at_chance_and_never_consistent(rows: list[dict[str, object]]) -> None:
    found = report(results_of(rows, always_a))
    assert (found.overall.accuracy.value, found.overall.consistent.value) == (0.5, 0.0)
    assert found.chose_a is not None
    assert found.chose_a.value == 1.0
    assert (found.right_at_a.value, found.right_at_b.value, found.a_minus_b.value) == (1.0, 0.0, 1.0)
    assert found.belief_a is not None
    assert found.belief_a.value == pytest.approx(1 / (1 + 2.718281828**-3) - 0.5)
    assert (found.letter_mass, found.margin) == (0.5, 0.0)


def without_contexts(shown: Shown) -> Answer:
    return Answer("letter", coin(answer_in(shown.text)))


def without_answer(shown: Shown) -> Answer:
    return Answer("letter", coin(option(shown.text, "A") + "@" + option(shown.text, "B")))


def shorter(shown: Shown) -> Answer:
    a, b = (len(option(shown.text, letter)) for letter in "AB")
    return Answer("tie") if a == b else Answer("letter", "A" if a < b else "B")


@pytest.mark.parametrize("model", [without_contexts, without_answer, shorter])
def test_who_sees_only_half_of_a_question_is_right_exactly_half_of_the_time(
    rows: list[dict[str, object]], model: object
) -> None:
    """Both orders show one question and mirrors show the same contexts: that is what makes 50 the number of chance."""
    assert report(results_of(rows, model)).overall.accuracy.value == 0.5  # type: ignore[arg-type]


def test_replies_without_a_letter_are_wrong_and_told_apart(rows: list[dict[str, object]]) -> None:
    found = report(results_of(rows, lambda shown: Answer("no-letter", reply=shown.letter * 2)))
    assert found.outcomes == {"no-letter": 2 * len(rows)}
    assert found.overall.accuracy.value == 0
    assert found.chose_a is None


def test_a_tie_is_half_right_and_no_preference(rows: list[dict[str, object]]) -> None:
    found = report(results_of(rows, lambda _: Answer("tie", None, 1.0, 1.0, 0.1)))
    assert (found.overall.accuracy.value, found.overall.consistent.value) == (0.5, 0.0)
    assert found.chose_a is not None
    assert found.chose_a.value == 0.5
    assert found.belief_a is not None
    assert found.belief_a.value == 0


def test_a_pair_too_long_in_one_order_takes_no_part(rows: list[dict[str, object]]) -> None:
    long = str(rows[0]["pair_id"])

    def drops(shown: Shown) -> Answer:
        return Answer("too-long") if (shown.pair_id, shown.letter) == (long, "B") else truthful(shown)

    found = report(results_of(rows, drops))
    assert found.pairs == len(rows) - 1
    assert found.overall.accuracy.n == 2 * len(rows) - 2
    assert found.outcomes == {"letter": 2 * len(rows) - 1, "too-long": 1}


def test_a_probe_that_asked_nothing_is_no_result(rows: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match="too-long"):
        report(results_of(rows, lambda _: Answer("too-long")))


def test_parts_are_told_apart(tmp_path: Path) -> None:
    rows = rows_of(image_store(tmp_path))
    edits = {row["pair_id"] for row in rows if row["strategy"] == "edit"}
    found = report(results_of(rows, lambda shown: Answer("letter", shown.letter if shown.pair_id in edits else "A")))
    assert set(found.by_domain) == {"photo"}
    assert {name: each.accuracy.value for name, each in found.by_strategy.items()} == {"edit": 1.0, "retrieval": 0.5}
    assert sum(each.consistent.n for each in found.by_strategy.values()) == found.pairs


def test_a_comparison_pairs_the_questions(rows: list[dict[str, object]]) -> None:
    first, second = results_of(rows, always_a), results_of(rows[2:], truthful)
    found = compare(first, second)
    assert found is not None
    assert (found.difference.value, found.consistent.value) == (0.5, 1.0)
    assert (found.consistent.n, found.gained, found.lost) == (len(rows) - 2, len(rows) - 2, 0)
    turned = compare(second, first)
    assert turned is not None
    assert turned.difference.value == -0.5
    assert turned.difference.high == pytest.approx(-found.difference.low)


def test_a_comparison_does_not_depend_on_the_order_of_rows(rows: list[dict[str, object]]) -> None:
    first, second = results_of(rows, always_a), results_of(rows, truthful)
    shuffled = second.take(pa.array(range(second.num_rows - 1, -1, -1)))
    assert compare(first, shuffled) == compare(first, second)


def test_runs_without_a_common_pair_have_no_difference(rows: list[dict[str, object]]) -> None:
    assert compare(results_of(rows[:4], truthful), results_of(rows[4:], truthful)) is None
