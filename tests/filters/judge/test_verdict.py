"""Closed answers, strictly read, and what two of them say about a pair."""

from __future__ import annotations

import pytest

from contextpairs.filters.judge.verdict import REASONS, ClosedAnswer, judge_answers, parse_answer


def said(choice: str, cue: str = "NONE") -> str:
    return f"VERDICT: {choice}\nCUE: {cue}"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("VERDICT: A\nCUE: NONE", ClosedAnswer("A", "NONE")),
        ("  verdict: both\r\n cue: Leak \n", ClosedAnswer("BOTH", "LEAK")),
        ("VERDICT: NEITHER\n\nCUE: SURFACE", ClosedAnswer("NEITHER", "SURFACE")),
        ("<think>Option B says VERDICT: B</think>\n\nVERDICT: A\nCUE: NONE", ClosedAnswer("A", "NONE")),
    ],
)
def test_closed_answers_are_read(text: str, answer: ClosedAnswer) -> None:
    assert parse_answer(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "VERDICT: A",
        "VERDICT: C\nCUE: NONE",
        "VERDICT: A\nCUE: MAYBE",
        "VERDICT: A or B\nCUE: NONE",
        "Sure!\nVERDICT: A\nCUE: NONE",
        "VERDICT: A\nCUE: NONE\nbecause it fits",
        "VERDICT: A\nCUE: NONE\nVERDICT: B\nCUE: NONE",
        "CUE: NONE\nVERDICT: A",
        "<think>never closed VERDICT: A\nCUE: NONE",
    ],
)
def test_anything_else_is_unparsable(text: str) -> None:
    assert parse_answer(text) is None


@pytest.mark.parametrize(
    ("positive_as_a", "positive_as_b", "reason"),
    [
        (said("A"), said("B"), ""),
        (said("B"), said("A"), "judge-wrong"),
        (said("A"), said("A"), "judge-disagrees"),
        (said("B"), said("B"), "judge-disagrees"),
        (said("A"), said("BOTH"), "judge-disagrees"),
        (said("BOTH"), said("NEITHER"), "judge-disagrees"),
        (said("BOTH"), said("BOTH"), "judge-ambiguous"),
        (said("NEITHER"), said("NEITHER"), "judge-ambiguous"),
        (said("A", "LEAK"), said("B"), "judge-shortcut"),
        (said("A"), said("B", "SURFACE"), "judge-shortcut"),
        (said("B", "LEAK"), said("A", "LEAK"), "judge-wrong"),
        (said("A"), "I cannot tell", "judge-unparsable"),
        ("", "", "judge-unparsable"),
    ],
)
def test_a_pair_is_kept_only_if_right_in_both_orders_without_a_cue(
    positive_as_a: str, positive_as_b: str, reason: str
) -> None:
    verdict = judge_answers("p", (positive_as_a, positive_as_b))
    assert (verdict.outcome, verdict.reason) == ("rejected" if reason else "kept", reason)
    assert reason in ("", *REASONS)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (("?", "?"), ""),
        ((said("A"), "?"), ""),
        (("?", said("A")), "judge-wrong"),
        (("?", said("B", "LEAK")), "judge-shortcut"),
        ((said("BOTH"), "?"), "judge-ambiguous"),
    ],
)
def test_unparsable_answers_may_pass_but_a_readable_one_still_counts(texts: tuple[str, str], reason: str) -> None:
    assert judge_answers("p", texts, keep_unparsable=True).reason == reason


def test_a_rejection_carries_the_answers_and_keeps_to_its_length() -> None:
    rejection = judge_answers("p", ("word " * 500, said("B"))).rejection()
    assert rejection is not None
    assert (rejection.stage, rejection.reason, rejection.key) == ("judge", "judge-unparsable", "p")
    assert "positive as B: 'VERDICT: B CUE: NONE'" in rejection.detail
    assert len(rejection.detail) <= 500


def test_a_kept_pair_has_no_rejection_and_one_line_for_its_provenance() -> None:
    verdict = judge_answers("p", (said("A"), said("B")))
    assert verdict.rejection() is None
    assert verdict.record() == "kept: A/NONE B/NONE"
