"""ATIF v1.x, the interchange format of agent trajectories that Harbor writes."""

from __future__ import annotations

from typing import Any

from contextpairs.data.code.trajectory import DoubtfulMessage, Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.trajectories.messages import UNKNOWN, joined, normal_role, side_text, tool_calls
from contextpairs.data.sources.trajectories.rows import complete
from contextpairs.data.sources.trajectories.side_fields import SideFields


def atif_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that an ATIF document recorded.

    Raises:
        RowFault: it tells no instance, or has no steps.
    """
    side = SideFields()
    agent, extra = side.mapping(record, "agent"), side.mapping(record, "extra")
    return complete(
        Trajectory(
            _instance_id(record, extra, uri),
            _messages(record.get("steps")),
            uri,
            row,
            (side.text(record, "schema_version") or "ATIF").lower(),
            trajectory_id=side.text(record, "trajectory_id") or side.text(record, "session_id"),
            patch=side.code(extra, "patch"),
            resolved=side.label(extra.get("resolved"), "extra.resolved"),
            agent=side.text(agent, "name"),
            model=side.text(agent, "model_name"),
            unread=side.unread,
        )
    )


def _instance_id(record: dict[str, Any], extra: dict[str, Any], uri: str) -> str:
    """From `extra`, else from the trial's folder `{task}__{trial}/agent/trajectory.json`, else the session's own id.

    A session's id joins nothing and pairs with nothing, which is right for a run of an unknown instance.
    """
    for place in (extra, record):
        for name in ("instance_id", "task_name", "task_id"):
            if isinstance(value := place.get(name), str) and value:
                return value
    folders = uri.split("/")
    if folders[-2:-1] == ["agent"] and len(folders) > 2 and "__" in folders[-3]:
        return folders[-3].rsplit("__", 1)[0]
    if isinstance(session := record.get("session_id"), str) and session:
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
    said = [side_text(step.get(name)) for name in ("reasoning_content", "message")]
    return [_turn(step.get("source"), joined([*said, *tool_calls(step.get("tool_calls"))])), *_observations(step)]


def _turn(source: Any, text: str) -> Message:
    role = normal_role(source)
    # Results stand within the step of their call: a step in an unknown role answers none.
    return DoubtfulMessage("assistant", text) if role == UNKNOWN else Message(role, text)


def _observations(step: dict[str, Any]) -> list[Message]:
    observation = step.get("observation")
    found = observation.get("results") if isinstance(observation, dict) else observation
    results = found if isinstance(found, list) else [found] if found else []
    return [Message("tool", side_text(r.get("content") if isinstance(r, dict) else r)) for r in results]
