"""Rows of published trajectory data sets: which columns hold what, told from the columns there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.files.limits import too_costly
from contextpairs.data.sources.trajectories.aider import is_log, without_headings
from contextpairs.data.sources.trajectories.identity import parse_instance_id, quoted_issue, repository_name
from contextpairs.data.sources.trajectories.partition import SourceError, SourceOptions
from contextpairs.data.sources.trajectories.side_fields import SideFields

TRACE_CHARS, TURNS = 16 * 2**20, 20_000
"""Characters and turns of a trajectory that is read."""
NAMES = frozenset({"trajectory_id", "commit", "agent", "model", "license", "exit_status"})
"""Fields that may be written as numbers or lists of words; the others are patches, logs, prose."""


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


def placed(layout: RowLayout, options: SourceOptions, uri: str) -> RowLayout:
    """The layout of the rows of one file: where its path tells the instance, rows without an id have that one."""
    told = options.instance_of(uri)
    return replace(layout, constants={**layout.constants, "instance_id": told}) if told else layout


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
        RowFault: the instance id is missing or no text.
    """
    instance_id = fields.pop("instance_id", None) or layout.constants.get("instance_id")
    if not isinstance(instance_id, str) or not instance_id.strip():
        raise _no_instance(instance_id, layout)
    # A false or zero label is a value; "" is none, except that an empty patch says that nothing was changed.
    constants = {name: value for name, value in layout.constants.items() if name != "instance_id"}
    values = {**constants, **{name: value for name, value in fields.items() if value is not None}}
    side = SideFields()
    label = side.label(values.pop("resolved", None), layout.columns.get("resolved", "resolved"))
    report = side.as_mapping(values.pop("report", None), layout.columns.get("report", "report"))
    texts = {name: _side_text(side, value, name, layout) for name, value in values.items()}
    return complete(
        Trajectory(
            instance_id, messages, uri, row, layout.name, resolved=label, report=report, unread=side.unread, **texts
        )
    )


def _side_text(side: SideFields, value: Any, name: str, layout: RowLayout) -> str | None:
    if type(value) is str:
        return value
    read = side.as_text if name in NAMES else side.as_code
    return read(value, layout.columns.get(name, name))


def complete(trajectory: Trajectory) -> Trajectory:
    """Fill repository, commit and issue from the instance id and the prompt, where the record does not hold them.

    Of a log of aider the headings that are no turns go back into the reply.

    Raises:
        RowFault: too-costly.
    """
    _check_costs(trajectory)
    if is_log(trajectory.messages):
        trajectory.messages = without_headings(trajectory.messages)
    repository, commit = parse_instance_id(trajectory.instance_id)
    recorded = trajectory.repository
    trajectory.repository = ((repository_name(recorded) or recorded) if recorded else repository) or None
    trajectory.commit = trajectory.commit or commit
    trajectory.issue = trajectory.issue or quoted_issue(trajectory.messages)
    return trajectory


def _check_costs(trajectory: Trajectory) -> None:
    texts = (trajectory.patch, trajectory.gold_patch, trajectory.issue, trajectory.test_log)
    size = sum(len(text) for text in texts if text) + sum(len(message.content) for message in trajectory.messages)
    if size > TRACE_CHARS:
        raise too_costly(f"{size} characters in turns, patches and logs, at most {TRACE_CHARS} a trajectory")
    if len(trajectory.messages) > TURNS:
        raise too_costly(f"{len(trajectory.messages)} turns, at most {TURNS} a trajectory")


def _no_instance(found: Any, layout: RowLayout) -> RowFault:
    column = layout.columns["instance_id"]
    if found is None or found == "":
        advice = "expected an instance id; map another column, or give source.instance_pattern if the path tells it"
        return RowFault("missing-field", f"field {column!r} is absent; {advice}")
    return wrong_type(column, "an instance id as text", found)
