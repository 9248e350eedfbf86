"""Rows of Parquet, JSONL and JSON as trajectories: what is taken from which column."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError, SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read
from tests.data.sources.trajectories.one_record import CALL, CALLED, PLAIN, TURNS, one, refused, through_parquet


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
            ({"messages": [{"content": "x"}]}, "missing-field", "'messages[0].role'"),
            ({"instance_id": None}, "missing-field", "'instance_id'"),
            ({"instance_id": 7}, "wrong-type", "'instance_id'"),
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
