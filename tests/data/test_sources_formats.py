"""Each format's records as trajectories: what is taken from where, and how turns read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from data.sources import SourceError, SourceOptions, plan, read
from data.trajectory import Message, Rejection, Trajectory

CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "bash", "arguments": '{"command": "cat a.py\\nls", "n": [1, 2]}'},
}
CALLED = "bash\ncommand:\ncat a.py\nls\nn:\n[1,2]"
TURNS = [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}]
PLAIN = [Message("user", "fix it"), Message("assistant", "done")]


def outcomes(record: Any, path: Path, options: SourceOptions | None = None) -> list[Trajectory | Rejection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))
    return [item for p in plan([str(path)], options or SourceOptions())[0] for item in read(p)]


def one(record: Any, path: Path, options: SourceOptions | None = None) -> Trajectory:
    (item,) = outcomes(record, path, options)
    assert isinstance(item, Trajectory), item
    return item


def refused(record: Any, path: Path, options: SourceOptions | None = None) -> Rejection:
    (item,) = outcomes(record, path, options)
    assert isinstance(item, Rejection), item
    assert f"{path} row 0: " in item.detail
    return item


def through_parquet(rows: list[dict[str, Any]], path: Path, options: SourceOptions | None = None) -> list[Any]:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return [item for p in plan([str(path)], options or SourceOptions())[0] for item in read(p)]


class TestRows:
    def test_corpus_of_instance_id_and_messages_alone(self, tmp_path: Path) -> None:
        prompt = (
            "<pr_description>\nConsider the following PR description:\nIt breaks.\n</pr_description>\n<instructions>"
        )
        row: dict[str, Any] = {
            "instance_id": "oauthlib__oauthlib.1fd52536.func_basic__2r9gs5rj",
            "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": prompt}],
        }
        (item,) = through_parquet([row], tmp_path / "a.parquet")
        assert item == Trajectory(
            row["instance_id"],
            [Message("system", "be brief"), Message("user", prompt)],
            str(tmp_path / "a.parquet"),
            0,
            "chat",
            repository="oauthlib/oauthlib",
            commit="1fd52536",
            issue="It breaks.",
        )

    def test_swe_smith_messages_are_json_in_a_string(self, tmp_path: Path) -> None:
        turns = [*TURNS, {"role": "assistant", "content": [{"type": "text", "text": "see"}], "tool_calls": [CALL]}]
        row = {"instance_id": "o__r.12345678.x__y", "messages": json.dumps(turns), "resolved": False, "model": "m",
               "traj_id": "t", "patch": ""}  # fmt: skip
        for item in (one(row, tmp_path / "a.json"), through_parquet([row], tmp_path / "a.parquet")[0]):
            assert item.format == "swe-smith-rows"
            assert item.messages == [*PLAIN, Message("assistant", f"see\n\n{CALLED}")]
            assert (item.trajectory_id, item.model, item.resolved, item.patch) == ("t", "m", False, "")

    def test_swe_agent_rows(self, tmp_path: Path) -> None:
        row = {
            "instance_id": "o__r-12_3", "model_name": "m", "target": True, "exit_status": "submitted",
            "trajectory": [
                {"role": "system", "text": None, "system_prompt": "be brief", "mask": False, "cutoff_date": None},
                {"role": "ai", "text": "ls", "system_prompt": None, "mask": True, "cutoff_date": None},
            ],
            "generated_patch": "diff", "eval_logs": "1 passed",
        }  # fmt: skip
        for item in (one(row, tmp_path / "a.json"), through_parquet([row], tmp_path / "a.parquet")[0]):
            assert item.format == "swe-agent-rows"
            assert item.messages == [Message("system", "be brief"), Message("assistant", "ls")]
            assert (item.resolved, item.patch, item.test_log, item.model) == (True, "diff", "1 passed", "m")
            assert (item.repository, item.commit) == ("o/r", None)

    def test_openhands_rows(self, tmp_path: Path) -> None:
        row = {"instance_id": "o__r-1", "repo": "o/r", "trajectory_id": "t", "model_patch": "diff", "resolved": 1,
               "exit_status": "submit", "tools": [], "trajectory": [
                   {"role": "assistant", "content": None, "tool_calls": [CALL], "tool_call_id": None},
                   {"role": "tool", "content": "ok", "tool_calls": None, "tool_call_id": "c1"}]}  # fmt: skip
        for item in (one(row, tmp_path / "a.json"), through_parquet([row], tmp_path / "a.parquet")[0]):
            assert item.format == "openhands-rows"
            assert item.messages == [Message("assistant", CALLED), Message("tool", "ok")]
            assert (item.patch, item.resolved, item.trajectory_id) == ("diff", True, "t")

    def test_swe_gym_rows(self, tmp_path: Path) -> None:
        result = {"git_patch": "diff", "report": {"resolved": True}, "test_output": "log"}
        row = {"instance_id": "o__r-1_0", "run_id": "x", "resolved": True, "messages": TURNS, "tools": [],
               "test_result": result}  # fmt: skip
        for item in (one(row, tmp_path / "a.json"), through_parquet([row], tmp_path / "a.parquet")[0]):
            assert (item.format, item.patch, item.test_log) == ("swe-gym-rows", "diff", "log")
            assert item.report == {"resolved": True}

    @pytest.mark.parametrize(("label", "resolved"), [(1, True), (0, False), (-1, None), (None, None), ("true", True)])
    def test_open_swe_traces_labels(self, label: Any, resolved: bool | None, tmp_path: Path) -> None:
        row = {"instance_id": "o__r-1", "messages": TURNS, "tools": [], "resolved": label, "license": ["MIT", "BSD"]}
        item = one(row, tmp_path / "a.json")
        assert (item.format, item.resolved, item.license) == ("open-swe-traces", resolved, "MIT, BSD")

    def test_chat_schema(self, tmp_path: Path) -> None:
        row = {"instance_id": "o__r-1", "trajectory_id": "t", "agent": "a", "model": "m", "repo": "own/er",
               "base_commit": "abc", "problem_statement": "p", "messages": TURNS, "patch": "d", "resolved": False,
               "license": "MIT", "source": "s"}  # fmt: skip
        (item,) = through_parquet([row], tmp_path / "a.parquet")
        assert (item.repository, item.commit, item.issue, item.agent, item.license) == (
            "own/er",
            "abc",
            "p",
            "a",
            "MIT",
        )
        assert item.messages == PLAIN

    def test_any_columns_by_mapping(self, tmp_path: Path) -> None:
        options = SourceOptions(columns={"instance_id": "task", "messages": "log.turns", "patch": "diff"})
        row = {"task": "o__r-1", "log": {"turns": [{"from": "human", "value": "hi"}]}, "diff": "d"}
        for item in (one(row, tmp_path / "a.json", options), *through_parquet([row], tmp_path / "a.parquet", options)):
            assert (item.instance_id, item.patch, item.format) == ("o__r-1", "d", "mapped")
            assert item.messages == [Message("user", "hi")]

    @pytest.mark.parametrize("name", ["a.json", "a.parquet"])
    def test_mapping_to_an_absent_column_fails_before_any_work(self, name: str, tmp_path: Path) -> None:
        buffer = io.BytesIO()
        pq.write_table(pa.table({"instance_id": ["x"], "messages": ["[]"]}), buffer)
        content = buffer.getvalue() if name == "a.parquet" else b'{"instance_id": "x", "messages": []}'
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=rf"{name}: no column 'diff' for field 'patch'; .* instance_id, messages"):
            plan([str(tmp_path)], SourceOptions(columns={"patch": "diff"}))

    def test_mapping_of_an_unknown_field_fails_by_name(self) -> None:
        with pytest.raises(ValidationError, match=r"columns\n.*unknown field 'pach': map one of instance_id, messages"):
            SourceOptions(columns={"pach": "diff"})

    def test_parquet_without_turns_is_an_unknown_format(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
        with pytest.raises(SourceError, match="columns x; expected 'messages'"):
            plan([str(tmp_path)], SourceOptions())

    @pytest.mark.parametrize(
        ("change", "reason", "told"),
        [
            ({"messages": None}, "no-messages", "'messages'"),
            ({"messages": []}, "no-messages", "'messages'"),
            ({"messages": "[{"}, "truncated", "JSON ends at character 2"),
            ({"messages": 5}, "wrong-type", "'messages': expected a list of {role, content}, found int 5"),
            ({"messages": ["hi"]}, "wrong-type", "'messages[0]'"),
            ({"messages": [{"role": "user", "content": 5}]}, "wrong-type", "'messages[0].content'"),
            ({"messages": [{"role": "king", "content": "x"}]}, "wrong-type", "'messages[0].role'"),
            ({"messages": [{"content": "x"}]}, "missing-field", "'messages[0].role'"),
            ({"instance_id": None}, "missing-field", "'instance_id'"),
            ({"instance_id": 7}, "wrong-type", "'instance_id'"),
            ({"resolved": "perhaps"}, "wrong-type", "'resolved': expected true, false"),
            ({"patch": {"a": 1}}, "wrong-type", "'patch': expected text or null, found dict"),
            ({"report": [1]}, "wrong-type", "'report'"),
        ],
    )
    def test_a_row_that_does_not_fit_names_file_row_and_field(
        self, change: dict[str, Any], reason: str, told: str, tmp_path: Path
    ) -> None:
        found = refused({"instance_id": "o__r-1", "messages": TURNS, **change}, tmp_path / "a.json")
        assert (found.reason, found.row, found.source) == (reason, 0, str(tmp_path / "a.json"))
        assert told in found.detail

    @pytest.mark.parametrize(
        ("record", "reason"),
        [({"instance_id": "x"}, "missing-field"), ({"a": 1}, "unknown-format"), ([7], "wrong-type")],
    )
    def test_a_record_that_no_reader_knows(self, record: Any, reason: str, tmp_path: Path) -> None:
        assert refused(record, tmp_path / "a.json").reason == reason

    def test_parquet_faults_are_told_row_by_row(self, tmp_path: Path) -> None:
        rows: list[dict[str, Any]] = [
            {"instance_id": "a", "messages": TURNS},
            {"instance_id": "b", "messages": []},
            {"instance_id": "c", "messages": None},
            {"instance_id": "d", "messages": [{"role": None, "content": "x"}]},
            {"instance_id": None, "messages": TURNS},
            {"instance_id": "f", "messages": [{"role": "User", "content": None}, {"role": "tool", "content": "a\0b"}]},
        ]
        found = through_parquet(rows, tmp_path / "a.parquet")
        kinds = [item.reason if isinstance(item, Rejection) else item.instance_id for item in found]
        assert kinds == ["a", "no-messages", "no-messages", "missing-field", "missing-field", "f"]
        assert found[-1].messages == [Message("user", ""), Message("tool", "a\ufffdb")]

    def test_bytes_that_are_not_utf8_reject_their_row_alone(self, tmp_path: Path) -> None:
        texts = pa.array([b"[]", b'[{"role":"user","content":"\xff"}]', b'[{"role":"user","content":"x"}]'])
        table = pa.table({"instance_id": ["a", "b", "c"], "messages": texts.view(pa.string())})
        pq.write_table(table, tmp_path / "a.parquet", use_dictionary=False)
        found = [item for p in plan([str(tmp_path)], SourceOptions())[0] for item in read(p)]
        assert [getattr(item, "reason", "read") for item in found] == ["no-messages", "encoding", "read"]

    def test_so_do_such_bytes_within_a_turn(self, tmp_path: Path) -> None:
        contents = pa.array([b"x", b"\xff", b"y"]).view(pa.string())
        turns = pa.StructArray.from_arrays([pa.array(["user"] * 3), contents], ["role", "content"])
        table = pa.table({"instance_id": ["a", "b"], "messages": pa.ListArray.from_arrays([0, 1, 3], turns)})
        pq.write_table(table, tmp_path / "a.parquet", use_dictionary=False)
        found = [item for p in plan([str(tmp_path)], SourceOptions())[0] for item in read(p)]
        assert [getattr(item, "reason", "read") for item in found] == ["read", "encoding"]


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
