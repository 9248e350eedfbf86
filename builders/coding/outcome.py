"""The outcome of a trajectory: recorded, or graded with SWE-bench's own functions; never guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from contextpairs.data.code.trajectory import Trajectory

Origin = Literal["record", "report", "log"]

_TESTS = ("FAIL_TO_PASS", "PASS_TO_PASS")


def outcome_of(trajectory: Trajectory) -> tuple[bool | None, Origin | None]:
    """Whether the run resolved its instance, and where that comes from; (None, None) where nothing tells.

    The record's own label comes first, then a report (SWE-bench's `tests_status`, or the verdict that OpenHands and
    SWE-Gym write), then a test log, which counts only with the instance's FAIL_TO_PASS and PASS_TO_PASS in `report`.
    """
    if trajectory.resolved is not None:
        return trajectory.resolved, "record"
    report = _unwrapped(trajectory.report or {}, trajectory.instance_id)
    graded = _by_report(report)
    if graded is not None:
        return graded, "report"
    graded = _by_log(trajectory, report) if trajectory.test_log else None
    return (graded, "log") if graded is not None else (None, None)


def _unwrapped(report: Mapping[str, Any], instance_id: str) -> Mapping[str, Any]:
    """A report without the layers that harnesses put around it."""
    for name in (instance_id, "report"):
        inner = report.get(name)
        if isinstance(inner, Mapping):
            report = inner
    return report


def _by_report(report: Mapping[str, Any]) -> bool | None:
    status = report.get("tests_status")
    if isinstance(status, Mapping) and all(_is_tally(status.get(name)) for name in _TESTS):
        from swebench.harness.constants import ResolvedStatus
        from swebench.harness.grading import get_resolution_status

        return bool(get_resolution_status(dict(status)) == ResolvedStatus.FULL.value)
    resolved = report.get("resolved")
    if isinstance(resolved, bool) and not report.get("test_timeout") and not report.get("error_eval"):
        return resolved
    return None


def _is_tally(tests: object) -> bool:
    return (
        isinstance(tests, Mapping) and isinstance(tests.get("success"), list) and isinstance(tests.get("failure"), list)
    )


def _by_log(trajectory: Trajectory, instance: Mapping[str, Any]) -> bool | None:
    expected = {name: _names(instance.get(name)) for name in _TESTS}
    if not expected["FAIL_TO_PASS"] or not trajectory.test_log:
        return None
    statuses = _statuses(trajectory.test_log, trajectory.repository, instance)
    if not statuses:
        return None
    from swebench.harness.constants import ResolvedStatus
    from swebench.harness.grading import get_eval_tests_report, get_resolution_status

    report = get_eval_tests_report(statuses, expected)
    return bool(get_resolution_status(report) == ResolvedStatus.FULL.value)


def _names(tests: object) -> list[str]:
    """Test names, given as a list or as a JSON list in a string."""
    if isinstance(tests, str):
        try:
            tests = json.loads(tests)
        except ValueError:
            return []
    return [str(test) for test in tests] if isinstance(tests, list) else []


def _statuses(log: str, repository: str | None, instance: Mapping[str, Any]) -> dict[str, str]:
    """Test name to status, by the parser that SWE-bench has for the repository; its own choice wins if it is named."""
    from swebench.harness.log_parsers import PARSER_REGISTRY
    from swebench.harness.log_parsers.python import MAP_REPO_TO_PARSER_PY

    parser = PARSER_REGISTRY.get(str(instance.get("log_parser"))) or MAP_REPO_TO_PARSER_PY.get(repository or "")
    if parser is None:
        return {}
    return {str(name): str(status) for name, status in parser(_tests_section(log), None).items()}


def _tests_section(log: str) -> str:
    """The part of a log between SWE-bench's markers, or the whole of a log without them."""
    from swebench.harness.constants import END_TEST_OUTPUT, START_TEST_OUTPUT

    if START_TEST_OUTPUT in log and END_TEST_OUTPUT in log:
        return log.split(START_TEST_OUTPUT)[1].split(END_TEST_OUTPUT)[0]
    return log
