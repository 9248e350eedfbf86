"""SWE-agent `.traj` files, 0.x and 1.x, and mini-swe-agent `.traj.json` files, formats 1 and 1.1."""

from __future__ import annotations

import re
from typing import Any

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.files.json_text import parse
from contextpairs.data.sources.trajectories.messages import chat_messages, content_text, joined, tool_calls
from contextpairs.data.sources.trajectories.native import file_stem, mapping_at, objects_at, text_at
from contextpairs.data.sources.trajectories.rows import complete, truth
from contextpairs.data.sources.trajectories.tool_results import in_call_order

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def swe_agent_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that a `.traj` file recorded: its history, or its steps where no history was kept.

    Raises:
        RowFault: neither is there, or a field is of another type.
    """
    info, replay = mapping_at(record, "info"), _replay(record)
    problem = mapping_at(replay, "problem_statement")
    repo = mapping_at(mapping_at(replay, "env"), "repo")
    commit = text_at(repo, "base_commit") or ""
    return complete(
        Trajectory(
            _instance_id(record, problem, uri),
            _messages(record),
            uri,
            row,
            "swe-agent-1" if _is_one(record) else "swe-agent-0",
            repository=text_at(repo, "github_url"),
            commit=commit if _COMMIT.fullmatch(commit) else None,
            issue=text_at(problem, "text"),
            patch=text_at(info, "submission"),
            resolved=truth(info.get("resolved"), "info.resolved"),
            agent="SWE-agent",
            model=text_at(mapping_at(mapping_at(replay, "agent"), "model"), "name"),
            exit_status=text_at(info, "exit_status"),
        )
    )


def _replay(record: dict[str, Any]) -> dict[str, Any]:
    replay = record.get("replay_config")
    parsed = parse(replay) if isinstance(replay, str) and replay else replay
    return parsed if isinstance(parsed, dict) else {}


def _is_one(record: dict[str, Any]) -> bool:
    """1.x names its version, keeps a step's state as an object, and its history calls tools."""
    steps, turns = objects_at(record, "trajectory"), objects_at(record, "history")
    stated = any(isinstance(step.get("state"), dict) for step in steps[:1])
    called = any("tool_calls" in turn for turn in turns)
    return "swe_agent_version" in mapping_at(record, "info") or stated or called


def _instance_id(record: dict[str, Any], problem: dict[str, Any], uri: str) -> str:
    """1.x names its environment by the instance, 0.x by the container; a run's file is named by its instance."""
    environment = text_at(record, "environment") or ""
    return (environment if "__" in environment else None) or text_at(problem, "id") or file_stem(uri)


def _messages(record: dict[str, Any]) -> list[Message]:
    history, steps = record.get("history"), record.get("trajectory")
    if history:
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
    return message if action.strip() in message.content else Message(message.role, joined([message.content, action]))


def _steps(steps: Any) -> list[Message]:
    if not isinstance(steps, list):
        raise wrong_type("trajectory", "a list of steps", steps)
    messages: list[Message] = []
    for at, step in enumerate(steps):
        if not isinstance(step, dict):
            raise wrong_type(f"trajectory[{at}]", "an object {action, observation}", step)
        messages += _step(step, f"trajectory[{at}]")
    return messages


def _step(step: dict[str, Any], place: str) -> list[Message]:
    thought = content_text(step.get("thought") or step.get("response"), f"{place}.thought")
    calls = tool_calls(step.get("tool_calls"), place) or [content_text(step.get("action"), f"{place}.action")]
    shown = [call for call in calls if call.strip() not in thought]
    observation = content_text(step.get("observation"), f"{place}.observation")
    return [Message("assistant", joined([thought, *shown])), Message("tool", observation)]


def mini_swe_agent_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that a `.traj.json` file recorded.

    Raises:
        RowFault: it has no turns, or a field is of another type.
    """
    info = mapping_at(record, "info")
    model = mapping_at(mapping_at(info, "config"), "model")
    return complete(
        Trajectory(
            text_at(record, "instance_id") or file_stem(uri),
            chat_messages(record.get("messages")),
            uri,
            row,
            text_at(record, "trajectory_format") or "mini-swe-agent-1",
            patch=text_at(info, "submission"),
            agent="mini-swe-agent",
            model=text_at(model, "model_name"),
            exit_status=text_at(info, "exit_status"),
        )
    )
