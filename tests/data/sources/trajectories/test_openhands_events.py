"""Events of the OpenHands SDK as turns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.data.code.trajectory import Message, Trajectory
from tests.data.sources.trajectories.one_record import one, refused

VIEW = {"command": "view", "path": "/workspace/shop/shop/till.py"}
EDIT = {"command": "str_replace", "path": "/workspace/shop/shop/till.py", "old_str": "return a", "new_str": "return b",
        "security_risk": "LOW", "summary": "Return b"}  # fmt: skip
SYSTEM = {
    "kind": "SystemPromptEvent",
    "source": "agent",
    "system_prompt": {"type": "text", "text": "Be brief."},
    "tools": [],
}
ASKED = {"kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": [
         {"type": "text", "text": "<issue_description>\nIt breaks.\n</issue_description>"}]}}  # fmt: skip
LISTED = "execute_bash\ncommand:\nls"
DONE = {"kind": "MessageEvent", "source": "agent", "llm_message": {"role": "assistant", "content": "Done."}}


def acted(name: str, arguments: dict[str, Any], number: int = 1, **fields: Any) -> dict[str, Any]:
    call = {"id": f"c{number}", "name": name, "arguments": json.dumps(arguments)}
    return {"kind": "ActionEvent", "source": "agent", "id": f"e{number}", "thought": [], "action": {"kind": "A"},
            "tool_name": name, "tool_call_id": f"c{number}", "tool_call": call, **fields}  # fmt: skip


def seen(text: Any, number: int = 1, **fields: Any) -> dict[str, Any]:
    observation = {"kind": "O", "content": [{"type": "text", "text": text}], "is_error": False, **fields}
    return {"kind": "ObservationEvent", "source": "environment", "tool_call_id": f"c{number}",
            "action_id": f"e{number}", "observation": observation}  # fmt: skip


def run(history: list[Any], path: Path, **fields: Any) -> Trajectory:
    record = {"instance_id": "acme__shop-3", "history": history, "test_result": {"git_patch": "diff"}, **fields}
    return one(record, path / "output.jsonl")


def turns(history: list[Any], path: Path) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in run(history, path).messages]


def test_a_run_with_what_stands_beside_it(tmp_path: Path) -> None:
    history = [
        SYSTEM,
        ASKED,
        acted("file_editor", VIEW, thought=[{"type": "text", "text": "See."}]),
        seen("1\treturn a"),
        DONE,
    ]
    instance = {"repo": "acme/shop", "base_commit": "abc", "problem_statement": "It breaks."}
    item = run(history, tmp_path, metadata={"llm": {"model": "m"}}, instance=instance, attempt=1, error=None)
    assert item.messages == [
        Message("system", "Be brief."),
        Message("user", "<issue_description>\nIt breaks.\n</issue_description>"),
        Message("assistant", f"See.\n\nstr_replace_editor\ncommand:\nview\npath:\n{VIEW['path']}"),
        Message("tool", "1\treturn a"),
        Message("assistant", "Done."),
    ]
    assert (item.format, item.repository, item.commit, item.patch) == ("openhands-events", "acme/shop", "abc", "diff")
    assert (item.model, item.issue, item.agent) == ("m", "It breaks.", "OpenHands")


def test_its_edits_are_found(tmp_path: Path) -> None:
    item = run([ASKED, acted("file_editor", EDIT), seen("The file has been edited.")], tmp_path)
    (edit,) = find_edits(item.messages)
    assert (edit.kind, edit.old, edit.new) == ("replace", "return a", "return b")


def test_what_the_runtime_says_of_itself_is_no_turn(tmp_path: Path) -> None:
    runtime = [
        {
            "kind": "ConversationStateUpdateEvent",
            "source": "environment",
            "key": "execution_status",
            "value": "running",
        },
        {"kind": "PauseEvent", "source": "user"},
        {"kind": "Condensation", "source": "environment", "forgotten_event_ids": ["e1"], "summary": "It was long."},
        {"kind": "ConversationErrorEvent", "source": "environment", "code": "MaxIterationsReached", "detail": "at end"},
        {"kind": "NewOne", "source": "environment"},
    ]
    assert turns([runtime[0], ASKED, *runtime[1:], DONE], tmp_path) == turns([ASKED, DONE], tmp_path)
    assert (
        refused({"instance_id": "x", "history": runtime, "metadata": {}}, tmp_path / "x.json").reason == "no-messages"
    )


def test_calls_made_together_are_one_turn_and_answered_in_their_order(tmp_path: Path) -> None:
    first = acted("terminal", {"command": "ls", "is_input": "false"}, 1, reasoning_content="hm", thought="Both.")
    history = [ASKED, first, acted("terminal", {"command": "pwd"}, 2), seen("/w", 2), seen("a.py", 1)]
    said = "hm\n\nBoth.\n\nexecute_bash\ncommand:\nls\n\nexecute_bash\ncommand:\npwd"
    assert turns(history, tmp_path)[1:] == [("assistant", said), ("tool", "a.py"), ("tool", "/w")]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (seen("no such file", exit_code=2), "no such file\n[Command finished with exit code 2]"),
        (seen("no such file", metadata={"exit_code": 2}), "no such file\n[Command finished with exit code 2]"),
        (seen("fine", exit_code=0), "fine"),
        ({"kind": "ObservationEvent", "source": "environment", "observation": {"output": "old form"}}, "old form"),
        ({"kind": "ObservationEvent", "source": "environment", "observation": {"error": "bad path"}}, "bad path"),
        ({"kind": "AgentErrorEvent", "source": "agent", "tool_call_id": "c1", "error": "bad call"}, "bad call"),
        ({"kind": "UserRejectObservation", "source": "user", "action_id": "e1", "rejection_reason": "no"}, "no"),
    ],
)  # fmt: skip
def test_whatever_answers_a_call_is_the_tool_s(event: dict[str, Any], text: str, tmp_path: Path) -> None:
    assert turns([ASKED, acted("terminal", {"command": "ls"}), event], tmp_path)[2] == ("tool", text)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"tool_call": {"function": {"name": "terminal", "arguments": '{"command": "ls"}'}}}, LISTED),
        ({"tool_call": {"name": "terminal", "arguments": {"command": "ls"}}}, LISTED),
        ({"tool_call": {"name": "terminal", "arguments": "{broken"}}, "terminal\n{broken"),
        ({"tool_call": None, "action": {"kind": "TerminalAction", "command": "ls"}}, LISTED),
        ({"tool_call": None, "action": None}, "terminal"),
    ],
)  # fmt: skip
def test_a_call_is_shown_as_far_as_it_was_kept(fields: dict[str, Any], text: str, tmp_path: Path) -> None:
    assert turns([ASKED, acted("terminal", {}, **fields)], tmp_path)[1] == ("assistant", text)


def test_they_are_known_without_the_harness_around_them(tmp_path: Path) -> None:
    for name in ("history", "events"):
        item = one({"instance_id": "acme__shop-3", name: [ASKED, DONE]}, tmp_path / f"{name}.json")
        assert (item.format, len(item.messages)) == ("openhands-events", 2)
