"""One JSON record -> one trajectory, by the reader whose format the record shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.trajectories.atif import atif_trajectory
from contextpairs.data.sources.trajectories.completions import completion_trajectory, is_completion
from contextpairs.data.sources.trajectories.messages import chat_messages
from contextpairs.data.sources.trajectories.openhands import openhands_trajectory
from contextpairs.data.sources.trajectories.openhands_events import is_event_log
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.rows import layout_of, placed, row_trajectory, value_at
from contextpairs.data.sources.trajectories.swe_agent import mini_swe_agent_trajectory, swe_agent_trajectory

NativeReader = Callable[[dict[str, Any], str, int], Trajectory]


def record_trajectory(record: Any, options: SourceOptions, uri: str, row: int) -> Trajectory:
    """The trajectory of one JSON record.

    Raises:
        RowFault: no reader knows the record, or its reader cannot take it.
    """
    if not isinstance(record, dict):
        raise wrong_type("(row)", "a JSON object", record)
    if reader := native_reader(record):
        return reader(_with_instance(record, options, uri), uri, row)
    return _row(record, options, uri, row)


def _with_instance(record: dict[str, Any], options: SourceOptions, uri: str) -> dict[str, Any]:
    """The record with the instance that its path tells, where it names none itself."""
    told = None if record.get("instance_id") else options.instance_of(uri)
    return {**record, "instance_id": told} if told else record


def native_reader(record: dict[str, Any]) -> NativeReader | None:
    """The reader of an agent's own format; None for a row of a data set."""
    if str(record.get("trajectory_format", "")).startswith("mini-swe-agent") or _is_mini(record):
        return mini_swe_agent_trajectory
    if "schema_version" in record and "steps" in record:
        return atif_trajectory
    if "history" in record and not record.keys().isdisjoint(("test_result", "metadata", "instruction", "git_patch")):
        return openhands_trajectory
    if is_event_log(record.get("history")) or is_event_log(record.get("events")):
        return openhands_trajectory
    if is_completion(record):
        return completion_trajectory
    return swe_agent_trajectory if _is_swe_agent(record) else None


def _is_mini(record: dict[str, Any]) -> bool:
    return "messages" in record and isinstance(info := record.get("info"), dict) and "mini_version" in info


def _is_swe_agent(record: dict[str, Any]) -> bool:
    if "history" in record:
        return True
    steps = record.get("trajectory")
    first = steps[0] if isinstance(steps, list) and steps else {}
    return isinstance(first, dict) and "action" in first and "observation" in first


def _row(record: dict[str, Any], options: SourceOptions, uri: str, row: int) -> Trajectory:
    layout = layout_of(record.keys(), options.columns)
    if layout is None:
        raise _unknown(record)
    layout = placed(layout, options, uri)
    fields = {name: value_at(record, column) for name, column in layout.columns.items()}
    column = layout.columns["messages"]
    return row_trajectory(fields, chat_messages(fields.pop("messages"), column), layout, uri, row)


def _unknown(record: dict[str, Any]) -> RowFault:
    shown = ", ".join(sorted(map(str, record))[:12]) or "none"
    if "instance_id" in record:
        expected = "expected 'messages' or 'trajectory'; map the column of the turns as 'messages'"
        return RowFault("missing-field", f"no field holds the turns (fields: {shown}); {expected}")
    return RowFault("unknown-format", f"no reader knows fields {shown}; expected a trajectory, or map its columns")
