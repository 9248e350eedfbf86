"""ATIF v1.x, the interchange format of agent trajectories that Harbor writes."""

from __future__ import annotations

from typing import Any

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.trajectories.messages import content_text, joined, normal_role, tool_calls
from contextpairs.data.sources.trajectories.native import mapping_at, text_at
from contextpairs.data.sources.trajectories.rows import complete, truth


def atif_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that an ATIF document recorded.

    Raises:
        RowFault: it tells no instance, has no steps, or a field is of another type.
    """
    agent, extra = mapping_at(record, "agent"), mapping_at(record, "extra")
    return complete(
        Trajectory(
            _instance_id(record, extra, uri),
            _messages(record.get("steps")),
            uri,
            row,
            (text_at(record, "schema_version") or "ATIF").lower(),
            trajectory_id=text_at(record, "trajectory_id") or text_at(record, "session_id"),
            patch=text_at(extra, "patch"),
            resolved=truth(extra.get("resolved"), "extra.resolved"),
            agent=text_at(agent, "name"),
            model=text_at(agent, "model_name"),
        )
    )


def _instance_id(record: dict[str, Any], extra: dict[str, Any], uri: str) -> str:
    """From `extra`, else from the trial's folder `{task}__{trial}/agent/trajectory.json`, else the session's own id.

    A session's id joins nothing and pairs with nothing, which is right for a run of an unknown instance.
    """
    for place in (extra, record):
        for name in ("instance_id", "task_name", "task_id"):
            if value := text_at(place, name):
                return value
    folders = uri.split("/")
    if folders[-2:-1] == ["agent"] and len(folders) > 2 and "__" in folders[-3]:
        return folders[-3].rsplit("__", 1)[0]
    if session := text_at(record, "session_id"):
        return session
    raise RowFault("missing-field", "no 'extra.instance_id', trial folder or 'session_id' tells the instance; add one")


def _messages(steps: Any) -> list[Message]:
    if not steps:
        raise RowFault("no-messages", "field 'steps' is empty; expected the steps of a run, drop the file")
    if not isinstance(steps, list):
        raise wrong_type("steps", "a list of steps", steps)
    return [message for at, step in enumerate(steps) for message in _step(step, f"steps[{at}]")]


def _step(step: Any, place: str) -> list[Message]:
    if not isinstance(step, dict):
        raise wrong_type(place, "an object {source, message}", step)
    role = normal_role(step.get("source"), f"{place}.source")
    thought = content_text(step.get("reasoning_content"), f"{place}.reasoning_content")
    said = content_text(step.get("message"), f"{place}.message")
    turn = Message(role, joined([thought, said, *tool_calls(step.get("tool_calls"), place)]))
    return [turn, *_observations(mapping_at(step, "observation"), place)]


def _observations(observation: dict[str, Any], place: str) -> list[Message]:
    results = observation.get("results") or []
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        raise wrong_type(f"{place}.observation.results", "a list of results", results)
    return [Message("tool", content_text(r.get("content"), f"{place}.observation.results")) for r in results]
