"""SWE-agent `.traj` files, 0.x and 1.x, and mini-swe-agent `.traj.json` files, formats 1 and 1.1."""

from __future__ import annotations

import re
from typing import Any

from contextpairs.data.code.trajectory import DoubtfulMessage, Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.trajectories.messages import chat_messages, joined, side_text, tool_calls
from contextpairs.data.sources.trajectories.native import file_stem, objects_at, within
from contextpairs.data.sources.trajectories.rows import complete
from contextpairs.data.sources.trajectories.side_fields import SideFields
from contextpairs.data.sources.trajectories.tool_results import in_call_order

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def swe_agent_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that a `.traj` file recorded: its history, or its steps where no history was kept.

    Raises:
        RowFault: neither is there, or its turns are of another type.
    """
    side = SideFields()
    info, replay = side.mapping(record, "info"), side.mapping(record, "replay_config")
    problem = side.mapping(replay, "problem_statement")
    repo = side.mapping(side.mapping(replay, "env"), "repo")
    commit = side.text(repo, "base_commit") or ""
    return complete(
        Trajectory(
            _instance_id(record, problem, uri),
            _messages(record),
            uri,
            row,
            "swe-agent-1" if _is_one(record, info) else "swe-agent-0",
            repository=side.code(repo, "github_url"),
            commit=commit if _COMMIT.fullmatch(commit) else None,
            issue=side.code(problem, "text"),
            patch=side.code(info, "submission"),
            resolved=side.label(info.get("resolved"), "info.resolved"),
            agent="SWE-agent",
            model=side.text(side.mapping(side.mapping(replay, "agent"), "model"), "name"),
            exit_status=side.text(info, "exit_status"),
            unread=side.unread,
        )
    )


def _is_one(record: dict[str, Any], info: dict[str, Any]) -> bool:
    """1.x names its version, keeps a step's state as an object, and its history calls tools."""
    steps, turns = objects_at(record, "trajectory"), objects_at(record, "history")
    stated = any(isinstance(step.get("state"), dict) for step in steps[:1])
    called = any("tool_calls" in turn for turn in turns)
    return "swe_agent_version" in info or stated or called


def _instance_id(record: dict[str, Any], problem: dict[str, Any], uri: str) -> str:
    """1.x names its environment by the instance, 0.x by the container; a run's file is named by its instance."""
    environment = record.get("environment")
    named = [environment] if isinstance(environment, str) and "__" in environment else []
    told = [*named, problem.get("id"), record.get("instance_id"), file_stem(uri)]
    return next(name for name in told if isinstance(name, str) and name)


def _messages(record: dict[str, Any]) -> list[Message]:
    history, steps = record.get("history"), record.get("trajectory")
    if history and (isinstance(history, list) or not isinstance(steps, list)):
        return _history(history)
    if not steps:
        detail = "fields 'history' and 'trajectory' are empty; expected the turns of a run, drop the file"
        raise RowFault("no-messages", detail)
    return _steps(steps)


def _history(history: Any) -> list[Message]:
    if not isinstance(history, list):
        raise wrong_type("history", "a list of turns", history)
    # A demonstration is shown to the agent before its run; it is no part of it.
    own = in_call_order([turn for turn in history if not (isinstance(turn, dict) and turn.get("is_demo"))])
    messages = chat_messages(own, "history")
    return [_acted(message, turn) for message, turn in zip(messages, own, strict=True)]


def _acted(message: Message, turn: dict[str, Any]) -> Message:
    action = turn.get("action")
    if message.role != "assistant" or turn.get("tool_calls") or not isinstance(action, str):
        return message
    if action.strip() in message.content:
        return message
    kind = DoubtfulMessage if isinstance(message, DoubtfulMessage) else Message
    return kind(message.role, joined([message.content, action]))


def _steps(steps: Any) -> list[Message]:
    if not isinstance(steps, list):
        raise wrong_type("trajectory", "a list of steps", steps)
    messages: list[Message] = []
    for at, step in enumerate(steps):
        if not isinstance(step, dict):
            raise wrong_type(f"trajectory[{at}]", "an object {action, observation}", step)
        messages += _step(step)
    return messages


def _step(step: dict[str, Any]) -> list[Message]:
    thought = side_text(step.get("thought") or step.get("response"))
    calls = tool_calls(step.get("tool_calls")) or [side_text(step.get("action"))]
    shown = [call for call in calls if call.strip() not in thought]
    return [Message("assistant", joined([thought, *shown])), Message("tool", side_text(step.get("observation")))]


def mini_swe_agent_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that a `.traj.json` file recorded.

    Raises:
        RowFault: it has no turns, or they are of another type.
    """
    side = SideFields()
    info = side.mapping(record, "info")
    instance = record.get("instance_id")
    return complete(
        Trajectory(
            instance if isinstance(instance, str) and instance else file_stem(uri),
            chat_messages(record.get("messages")),
            uri,
            row,
            side.text(record, "trajectory_format") or "mini-swe-agent-1",
            patch=side.code(info, "submission"),
            resolved=side.label(info.get("resolved"), "info.resolved"),
            agent="mini-swe-agent",
            model=side.as_text(within(info, "config", "model", "model_name"), "info.config.model.model_name"),
            exit_status=side.text(info, "exit_status"),
            unread=side.unread,
        )
    )
