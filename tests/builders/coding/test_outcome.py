"""An outcome comes from the record, a report or a log; where none tells, there is none."""

from __future__ import annotations

from typing import Any

import pytest

from contextpairs.builders.coding.outcome import outcome_of
from contextpairs.data.code.trajectory import Trajectory

PASSED = "PASSED tests/t.py::test_a\nPASSED tests/t.py::test_b\n"
FAILED = "PASSED tests/t.py::test_b\nFAILED tests/t.py::test_a - AssertionError\n"
TESTS = {"FAIL_TO_PASS": ["tests/t.py::test_a"], "PASS_TO_PASS": ["tests/t.py::test_b"]}


def trajectory(**fields: Any) -> Trajectory:
    """A run of which only the outcome's fields matter."""
    return Trajectory("owner__name-1", [], "file", 0, "test", repository="pytest-dev/pytest", **fields)


def tally(success: list[str], failure: list[str]) -> dict[str, list[str]]:
    """Tests by result, as SWE-bench reports them."""
    return {"success": success, "failure": failure}


def test_the_record_comes_first() -> None:
    assert outcome_of(trajectory(resolved=False, report={"resolved": True})) == (False, "record")


@pytest.mark.parametrize(("failure", "resolved"), [([], True), (["b"], False)])
def test_tests_status_is_graded(failure: list[str], resolved: bool) -> None:
    status = {"FAIL_TO_PASS": tally(["a"], []), "PASS_TO_PASS": tally(["c"], failure)}
    assert outcome_of(trajectory(report={"tests_status": status})) == (resolved, "report")
    assert outcome_of(trajectory(report={"owner__name-1": {"tests_status": status}})) == (resolved, "report")


def test_a_verdict_counts_unless_the_evaluation_broke() -> None:
    assert outcome_of(trajectory(report={"resolved": True, "test_timeout": False})) == (True, "report")
    assert outcome_of(trajectory(report={"resolved": False, "error_eval": True})) == (None, None)


@pytest.mark.parametrize(("log", "resolved"), [(PASSED, True), (FAILED, False)])
def test_a_log_is_graded_against_the_instances_tests(log: str, resolved: bool) -> None:
    assert outcome_of(trajectory(test_log=log, report=TESTS)) == (resolved, "log")
    as_text = {name: str(tests).replace("'", '"') for name, tests in TESTS.items()}
    assert outcome_of(trajectory(test_log=log, report=as_text)) == (resolved, "log")


def test_nothing_is_guessed() -> None:
    assert outcome_of(trajectory()) == (None, None)
    assert outcome_of(trajectory(test_log=PASSED)) == (None, None)
    assert outcome_of(trajectory(test_log="All tests passed.", report=TESTS)) == (None, None)
    unknown = trajectory(test_log=PASSED, report=TESTS)
    unknown.repository = "nobody/nothing"
    assert outcome_of(unknown) == (None, None)
