"""Each format's records as trajectories: what is taken from where, and how turns read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.code.trajectory import Message
from tests.data.sources.trajectories.one_record import CALL, CALLED, PLAIN, TURNS, one, refused, through_parquet


class TestTurns:
    @pytest.mark.parametrize(
        ("turn", "message"),
        [
            ({"role": "developer", "content": "x"}, ("system", "x")),
            ({"role": "AI", "content": "x"}, ("assistant", "x")),
            ({"role": "exit", "content": "x"}, ("tool", "x")),
            ({"role": "user", "content": None}, ("user", "")),
            ({"role": "user", "content": ["a", {"type": "text", "text": "b"}, {"type": "image_url"}]},
             ("user", "a\nb\n[image_url]")),
            ({"role": "assistant", "content": "x\n", "tool_calls": []}, ("assistant", "x\n")),
            ({"role": "assistant", "content": "", "tool_calls": [CALL, CALL]}, ("assistant", f"{CALLED}\n\n{CALLED}")),
            ({"role": "assistant", "content": "so", "reasoning_content": "hm", "tool_calls": [CALL]},
             ("assistant", f"hm\n\nso\n\n{CALLED}")),
            ({"role": "assistant", "content": "x", "function_call": {"name": "f", "arguments": "{broken"}},
             ("assistant", "x\n\nf\n{broken")),
            ({"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": {"a": "1\n2"}}]},
             ("assistant", "f\na:\n1\n2")),
            ({"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "r"}]}]},
             ("user", "r")),
            ({"role": "user", "content": "a\0b\ud800c"}, ("user", "a\ufffdb\ufffdc")),
            ({"role": "user", "content": "a\r\n\x1b[0m "}, ("user", "a\r\n\x1b[0m ")),
        ],
    )  # fmt: skip
    def test_turn_of_any_notation(self, turn: dict[str, Any], message: tuple[str, str], tmp_path: Path) -> None:
        item = one({"instance_id": "x", "messages": [turn]}, tmp_path / "a.json")
        assert item.messages == [message]
        item.messages[0].content.encode()

    def test_parquet_with_tool_calls_reads_like_json(self, tmp_path: Path) -> None:
        call = {"function": CALL["function"]}
        turns = [
            {"role": "assistant", "content": "x", "tool_calls": [call]},
            {"role": "tool", "content": "y", "tool_calls": []},
        ]
        row = {"instance_id": "x", "messages": turns}
        assert through_parquet([row], tmp_path / "a.parquet")[0].messages == one(row, tmp_path / "a.json").messages


class TestSweAgent:
    STEP = {"action": "ls\n", "observation": "a.py", "response": "see\n```\nls\n```", "thought": "see\n", "state": "{}"}  # noqa: RUF012

    def test_0x(self, tmp_path: Path) -> None:
        history: list[dict[str, Any]] = [
            {"role": "system", "content": "be brief", "agent": "primary"},
            {"role": "user", "content": "ISSUE:\nof another run\n\nINSTRUCTIONS:", "agent": "primary", "is_demo": True},
            {"role": "user", "content": "Here:\nISSUE:\nIt breaks.\n\nINSTRUCTIONS:\ngo", "agent": "primary"},
            {
                "role": "assistant",
                "content": "see\n```\nls\n```",
                "thought": "see\n",
                "action": "ls\n",
                "agent": "primary",
            },
        ]
        record = {"environment": "swe_main", "trajectory": [self.STEP], "history": history,
                  "info": {"exit_status": "submitted", "submission": "diff"}}  # fmt: skip
        item = one(record, tmp_path / "o__r-1.traj")
        assert (item.instance_id, item.format, item.repository) == ("o__r-1", "swe-agent-0", "o/r")
        assert item.messages == [(turn["role"], turn["content"]) for turn in history if "is_demo" not in turn]
        assert (item.issue, item.patch, item.exit_status) == ("It breaks.", "diff", "submitted")

    def test_1x(self, tmp_path: Path) -> None:
        commit = "0123456789abcdef0123456789abcdef01234567"
        replay = {"problem_statement": {"id": "o__r-1", "text": "It breaks."},
                  "env": {"repo": {"base_commit": commit}}, "agent": {"model": {"name": "m"}}}  # fmt: skip
        history = [
            {"role": "user", "content": [{"type": "text", "text": "go"}], "message_type": "observation"},
            {"role": "assistant", "content": "see", "thought": "see", "action": "cat a.py\nls", "tool_calls": [CALL]},
            {"role": "tool", "content": [{"type": "text", "text": "a.py"}], "tool_call_ids": ["c1"]},
        ]
        record = {
            "environment": "o__r-1",
            "trajectory": [{**self.STEP, "state": {}}],
            "history": history,
            "info": {"swe_agent_version": "1.0.1", "submission": None},
            "replay_config": json.dumps(replay),
        }
        item = one(record, tmp_path / "any.traj")
        assert (item.instance_id, item.format, item.commit, item.model) == ("o__r-1", "swe-agent-1", commit, "m")
        assert item.messages == [
            Message("user", "go"),
            Message("assistant", f"see\n\n{CALLED}"),
            Message("tool", "a.py"),
        ]
        assert (item.issue, item.patch) == ("It breaks.", None)

    def test_without_history_its_steps_are_the_turns(self, tmp_path: Path) -> None:
        item = one({"environment": "swe_main", "trajectory": [self.STEP], "info": {}}, tmp_path / "o__r-1.traj")
        assert item.messages == [Message("assistant", "see\n\n\nls\n"), Message("tool", "a.py")]

    def test_without_turns(self, tmp_path: Path) -> None:
        assert refused({"history": [], "trajectory": [], "info": {}}, tmp_path / "x.traj").reason == "no-messages"


def test_mini_swe_agent(tmp_path: Path) -> None:
    turns = [
        *TURNS,
        {"role": "assistant", "content": None, "tool_calls": [CALL], "extra": {"cost": 1}},
        {"role": "tool", "content": "<returncode>0</returncode>"},
        {"role": "exit", "content": "diff"},
    ]
    config = {"model": {"model_name": "m"}}
    info = {"exit_status": "Submitted", "submission": "diff", "mini_version": "2.2.7", "config": config}
    record = {"info": info, "messages": turns, "trajectory_format": "mini-swe-agent-1.1", "instance_id": "o__r-1"}
    item = one(record, tmp_path / "x.traj.json")
    assert item.messages == [*PLAIN, Message("assistant", CALLED), Message("tool", "<returncode>0</returncode>"),
                             Message("tool", "diff")]  # fmt: skip
    assert (item.format, item.patch, item.model, item.exit_status) == ("mini-swe-agent-1.1", "diff", "m", "Submitted")
    del record["instance_id"]
    assert one(record, tmp_path / "o__r-2.traj.json").instance_id == "o__r-2"


class TestOpenHands:
    RESPONSE = {"choices": [{"message": {"content": "hm", "tool_calls": [CALL]}}]}  # noqa: RUF012
    EVENTS = [  # noqa: RUF012
        {"source": "user", "message": "go", "action": "message", "args": {"content": "go now"}},
        {
            "source": "agent",
            "action": "run",
            "args": {"command": "cat a.py", "thought": "hm", "blocking": False},
            "tool_call_metadata": {"tool_call_id": "c1", "model_response": RESPONSE},
        },
        {"source": "agent", "observation": "run", "content": "a.py", "extras": {}, "message": "Command executed."},
        {"source": "environment", "observation": "agent_state_changed", "content": ""},
        {"source": "agent", "action": "run", "args": {"command": "pwd", "thought": "", "is_input": False}},
        {"source": "agent", "observation": "run", "content": "/w"},
        {"source": "agent", "action": "finish", "args": {"outputs": {}, "thought": "all done"}},
    ]

    def test_events_become_turns(self, tmp_path: Path) -> None:
        record = {"instance_id": "o__r-1", "history": self.EVENTS, "test_result": {"git_patch": "diff"},
                  "metadata": {"llm_config": {"model": "m"}}, "instance": {"repo": "image/name", "base_commit": "abc",
                  "problem_statement": "It breaks.", "patch": "gold"}, "error": None}  # fmt: skip
        item = one(record, tmp_path / "output.jsonl")
        assert item.messages == [
            Message("user", "go now"),
            Message("assistant", f"hm\n\n{CALLED}"),
            Message("tool", "a.py"),
            Message("assistant", "run\ncommand:\npwd"),
            Message("tool", "/w"),
            Message("assistant", "all done\n\nfinish"),
        ]
        assert (item.repository, item.commit, item.patch, item.gold_patch) == ("o/r", "abc", "diff", "gold")

    def test_older_releases_pair_actions_with_observations(self, tmp_path: Path) -> None:
        pairs = [[self.EVENTS[1], self.EVENTS[2]], [self.EVENTS[4], self.EVENTS[5]]]
        item = one({"instance_id": "x", "history": pairs, "metadata": {}}, tmp_path / "output.jsonl")
        assert [message.role for message in item.messages] == ["assistant", "tool"] * 2


class TestAtif:
    CALL = {"tool_call_id": "c", "function_name": "bash", "arguments": {"command": "cat a.py\nls", "n": [1, 2]}}  # noqa: RUF012
    RECORD = {  # noqa: RUF012
        "schema_version": "ATIF-v1.5",
        "session_id": "s",
        "agent": {"name": "terminus", "version": "2", "model_name": "m"},
        "steps": [
            {"step_id": 1, "source": "user", "message": "go"},
            {
                "step_id": 2,
                "source": "agent",
                "message": "see",
                "reasoning_content": "hm",
                "tool_calls": [CALL],
                "observation": {"results": [{"source_call_id": "c", "content": "a.py"}, {"content": None}]},
            },
        ],
        "final_metrics": {},
    }

    def test_steps_become_turns(self, tmp_path: Path) -> None:
        item = one(self.RECORD, tmp_path / "o__r-1__Xy12abc" / "agent" / "trajectory.json")
        assert item.messages == [
            Message("user", "go"),
            Message("assistant", f"hm\n\nsee\n\n{CALLED}"),
            Message("tool", "a.py"),
            Message("tool", ""),
        ]
        assert (item.instance_id, item.format, item.agent, item.model) == ("o__r-1", "atif-v1.5", "terminus", "m")

    def test_instance_is_told_by_extra_then_folder_then_session(self, tmp_path: Path) -> None:
        named = {**self.RECORD, "extra": {"instance_id": "o__r-9"}}
        assert one(named, tmp_path / "a__b" / "agent" / "trajectory.json").instance_id == "o__r-9"
        assert one(self.RECORD, tmp_path / "trajectory.json").instance_id == "s"
