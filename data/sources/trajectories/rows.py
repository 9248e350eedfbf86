"""Rows of published trajectory data sets: which columns hold what, told from the columns there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.files.json_text import parse
from contextpairs.data.sources.trajectories.identity import parse_instance_id, quoted_issue, repository_name
from contextpairs.data.sources.trajectories.partition import SourceError

TEXTS = (
    "trajectory_id", "repository", "commit", "issue", "patch", "gold_patch", "test_log", "agent", "model", "license",
    "exit_status",
)  # fmt: skip
_TRUTH = {"true": True, "1": True, "yes": True, "resolved": True, "false": False, "0": False, "no": False,
          "unresolved": False, "-1": None, "unknown": None, "none": None, "": None}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowLayout:
    """A row format: the columns that tell it from others, and the column of each field."""

    name: str
    signature: frozenset[str]
    columns: dict[str, str]
    constants: dict[str, str] = field(default_factory=dict)


_INSTANCE = {"repository": "repo", "commit": "base_commit", "issue": "problem_statement"}
LAYOUTS = (
    RowLayout(
        "swe-agent-rows",
        frozenset({"instance_id", "trajectory", "target"}),
        {"messages": "trajectory", "model": "model_name", "resolved": "target", "exit_status": "exit_status",
         "patch": "generated_patch", "test_log": "eval_logs"},
        {"agent": "SWE-agent"},
    ),
    RowLayout(
        "openhands-rows",
        frozenset({"instance_id", "trajectory", "model_patch"}),
        {**_INSTANCE, "messages": "trajectory", "trajectory_id": "trajectory_id", "model": "model",
         "license": "license", "patch": "model_patch", "resolved": "resolved", "exit_status": "exit_status"},
        {"agent": "OpenHands"},
    ),
    RowLayout(
        "swe-gym-rows",
        frozenset({"instance_id", "messages", "run_id", "test_result"}),
        {"messages": "messages", "resolved": "resolved", "patch": "test_result.git_patch",
         "report": "test_result.report", "test_log": "test_result.test_output"},
        {"agent": "OpenHands"},
    ),
    RowLayout(
        "swe-smith-rows",
        frozenset({"instance_id", "messages", "traj_id"}),
        {"messages": "messages", "trajectory_id": "traj_id", "model": "model", "resolved": "resolved",
         "patch": "patch"},
        {"agent": "SWE-agent"},
    ),
    RowLayout(
        "open-swe-traces",
        frozenset({"messages", "tools", "resolved", "license"}),
        {**_INSTANCE, "messages": "messages", "trajectory_id": "trajectory_id", "agent": "agent", "model": "model",
         "patch": "model_patch", "resolved": "resolved", "license": "license", "exit_status": "exit_status"},
    ),
    RowLayout(
        "chat",
        frozenset({"messages"}),
        {**_INSTANCE, "messages": "messages", "trajectory_id": "trajectory_id", "agent": "agent", "model": "model",
         "patch": "patch", "gold_patch": "gold_patch", "resolved": "resolved", "report": "report",
         "test_log": "test_log", "license": "license", "exit_status": "exit_status"},
    ),
)  # fmt: skip


def layout_of(names: Collection[str], mapped: Mapping[str, str]) -> RowLayout | None:
    """The layout of rows with these columns, the configured mapping laid over it; None when none fits."""
    known = next((layout for layout in LAYOUTS if layout.signature <= set(names)), None)
    if known is None and "messages" not in mapped:
        return None
    columns = {"instance_id": "instance_id", **(known.columns if known else {}), **mapped}
    return RowLayout(known.name if known else "mapped", frozenset(), columns, known.constants if known else {})


def check_mapping(names: Collection[str], mapped: Mapping[str, str], uri: str) -> None:
    """Refuse a mapping to columns that are not among the names of a source's columns and of the fields within them.

    Raises:
        SourceError: naming the file, the field, and the columns there are.
    """
    for name, column in mapped.items():
        if column not in names:
            there = ", ".join(sorted(names))
            raise SourceError(f"{uri}: no column {column!r} for field {name!r}; columns are: {there}")


def nested_names(row: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Names of the fields of a row, those within an object as `a.b`."""
    for name, value in row.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from nested_names(value, f"{prefix}{name}.")


def schema_names(fields: Any, prefix: str = "") -> Iterator[str]:
    """Names of the columns of an Arrow schema or struct type, those within a struct as `a.b`."""
    import pyarrow.types as pt

    for each in fields:
        yield f"{prefix}{each.name}"
        if pt.is_struct(each.type):
            yield from schema_names(each.type, f"{prefix}{each.name}.")


def value_at(row: Mapping[str, Any], column: str) -> Any:
    """Value of a column, `a.b` reaching into a struct; None where there is none."""
    if column in row or "." not in column:
        return row.get(column)
    outer, inner = column.split(".", 1)
    nested = row.get(outer)
    return value_at(nested, inner) if isinstance(nested, dict) else None


def row_trajectory(
    fields: dict[str, Any], messages: list[Message], layout: RowLayout, uri: str, row: int
) -> Trajectory:
    """The trajectory of one row.

    Args:
        fields: value of each field of the layout but messages, as stored.
        messages: its turns.
        layout: names fields and columns in errors.
        uri, row: where the row was read.

    Raises:
        RowFault: a field is missing or of a type that cannot be understood.
    """
    instance_id = fields.pop("instance_id", None)
    if not isinstance(instance_id, str) or not instance_id.strip():
        raise _no_instance(instance_id, layout)
    # A false or zero label is a value; "" is none, except that an empty patch says that nothing was changed.
    values = {**layout.constants, **{name: value for name, value in fields.items() if value is not None}}
    resolved, report = values.pop("resolved", None), values.pop("report", None)
    for name, value in values.items():
        if type(value) is not str:
            values[name] = _text(value, layout.columns.get(name, name))
    return complete(
        Trajectory(
            instance_id, messages, uri, row, layout.name,
            resolved=truth(resolved, layout.columns.get("resolved", "resolved")), report=_report(report), **values,
        )
    )  # fmt: skip


def complete(trajectory: Trajectory) -> Trajectory:
    """Fill repository, commit and issue from the instance id and the prompt, where the record does not hold them."""
    repository, commit = parse_instance_id(trajectory.instance_id)
    recorded = trajectory.repository
    trajectory.repository = ((repository_name(recorded) or recorded) if recorded else repository) or None
    trajectory.commit = trajectory.commit or commit
    trajectory.issue = trajectory.issue or quoted_issue(trajectory.messages)
    return trajectory


def _no_instance(found: Any, layout: RowLayout) -> RowFault:
    column = layout.columns["instance_id"]
    if found is None or found == "":
        return RowFault("missing-field", f"field {column!r} is absent; expected an instance id, or map another column")
    return wrong_type(column, "an instance id as text", found)


def _text(value: Any, column: str) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    raise wrong_type(column, "text or null", value)


def truth(value: Any, column: str) -> bool | None:
    """A label as written: a truth value, 1, 0, -1 (unknown), or such a word."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and value in (0, 1, -1):
        return _TRUTH[str(int(value))]
    if isinstance(value, str) and value.strip().lower() in _TRUTH:
        return _TRUTH[value.strip().lower()]
    raise wrong_type(column, "true, false, 1, 0, -1 or null", value)


def _report(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str) and value:
        value = parse(value)
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        raise wrong_type("report", "an object", value)
    return value
