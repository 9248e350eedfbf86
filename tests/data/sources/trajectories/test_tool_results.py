"""Results of parallel calls come in the order of their calls."""

from __future__ import annotations

from typing import Any

import pytest

from contextpairs.data.sources.trajectories.messages import chat_messages
from contextpairs.data.sources.trajectories.tool_results import in_call_order


def calling(*names: str) -> dict[str, Any]:
    """A turn that calls tools, each by its id."""
    calls = [{"id": name, "function": {"name": "bash", "arguments": {"command": name}}} for name in names]
    return {"role": "assistant", "content": "", "tool_calls": calls}


def result(name: str, key: str = "tool_call_id") -> dict[str, Any]:
    """What one call gave."""
    return {"role": "tool", key: [name] if key.endswith("s") else name, "content": f"of {name}"}


def contents(turns: list[Any]) -> list[str]:
    """What the results say, in order."""
    return [message.content for message in chat_messages(turns) if message.role == "tool"]


@pytest.mark.parametrize("key", ["tool_call_id", "tool_call_ids"])
def test_results_are_put_in_order(key: str) -> None:
    turns = [
        calling("a", "b", "c"),
        result("c", key),
        result("a", key),
        result("b", key),
        calling("d"),
        result("d", key),
    ]
    assert contents(turns) == ["of a", "of b", "of c", "of d"]


def test_several_results_in_one_turn_are_one_each() -> None:
    calls = [{"type": "tool_use", "id": name, "name": "bash", "input": {"command": name}} for name in "ab"]
    parts = [{"type": "tool_result", "tool_use_id": name, "content": f"of {name}"} for name in "ba"]
    turns = [{"role": "assistant", "content": calls}, {"role": "user", "content": parts}]
    assert contents(turns) == ["of a", "of b"]


def test_a_call_without_a_result_leaves_its_place() -> None:
    assert contents([calling("a", "b"), result("b")]) == ["", "of b"]
    assert contents([calling("a", "b"), result("a")]) == ["of a"]


@pytest.mark.parametrize(
    "turns",
    [
        [calling("a", "b"), result("x"), result("a")],
        [calling("a", "a"), result("a"), result("a")],
        [calling("a"), result("a")],
        [calling("a", "b"), {"role": "tool", "content": "untold"}, result("a")],
        ["no turn", 3, None],
    ],
)
def test_turns_whose_ids_are_not_told_stay(turns: list[Any]) -> None:
    assert in_call_order(turns) == turns
