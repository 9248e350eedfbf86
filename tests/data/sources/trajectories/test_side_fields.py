"""What a record says beside its turns may be anything: the run is read, and what was not understood is named."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.coding.outcome import outcome_of
from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.trajectories.formats import record_trajectory
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read
from tests.data.sources.trajectories.one_record import CALL, TURNS, one, through_parquet

CHAT: dict[str, Any] = {
    "instance_id": "o__r-1",
    "messages": [
        *TURNS,
        {"role": "assistant", "content": "x", "tool_calls": [CALL], "function_call": None, "reasoning_content": "hm"},
    ],
    "trajectory_id": "t",
    "agent": "a",
    "model": "m",
    "repo": "o/r",
    "base_commit": "abc",
    "problem_statement": "p",
    "patch": "d",
    "gold_patch": "g",
    "resolved": True,
    "report": {},
    "test_log": "l",
    "license": "MIT",
    "exit_status": "s",
    "traj_id": "t",
    "run_id": "x",
    "tools": [],
    "test_result": {"git_patch": "d", "report": {"resolved": True}, "test_output": "l"},
}
ROWS: dict[str, Any] = {
    "instance_id": "o__r-1",
    "trajectory": [{"role": "ai", "text": "x", "mask": True, "cutoff_date": "d"}],
    "target": False,
    "generated_patch": "d",
    "eval_logs": "l",
    "model_name": "m",
    "exit_status": "s",
}
SWE_AGENT: dict[str, Any] = {
    "environment": "main",
    "info": {"submission": "d", "exit_status": "s", "resolved": True, "swe_agent_version": "1"},
    "history": [
        {"role": "user", "content": "go", "is_demo": False, "agent": "p"},
        {"role": "assistant", "content": "x", "action": "ls", "thought": "x", "tool_calls": [CALL]},
    ],
    "trajectory": [{"action": "ls", "state": "{}"}],
    "replay_config": {
        "problem_statement": {"id": "o__r-1", "text": "p"},
        "env": {"repo": {"base_commit": "a" * 40, "github_url": "u"}},
        "agent": {"model": {"name": "m"}},
    },
}
STEPS: dict[str, Any] = {
    "environment": "main",
    "info": {},
    "trajectory": [
        {"action": "ls", "observation": "a", "thought": "x", "response": "x", "tool_calls": [CALL], "state": {}}
    ],
}
MINI: dict[str, Any] = {
    "info": {"submission": "d", "exit_status": "s", "mini_version": "1", "config": {"model": {"model_name": "m"}}},
    "messages": TURNS,
    "trajectory_format": "mini-swe-agent-1",
    "instance_id": "o__r-1",
}
RUN: dict[str, Any] = {
    "source": "agent",
    "action": "run",
    "args": {"command": "ls", "thought": "x"},
    "tool_call_metadata": {"tool_call_id": "c1", "model_response": {"choices": [{"message": {"tool_calls": [CALL]}}]}},
}
OPENHANDS: dict[str, Any] = {
    "instance_id": "o__r-1",
    "history": [RUN, {"source": "agent", "observation": "run", "content": "a", "extras": {}}],
    "test_result": {"git_patch": "d", "report": {"resolved": True}, "test_output": "l"},
    "error": None,
    "metadata": {"llm_config": {"model": "m"}},
    "instruction": "i",
    "git_patch": "d",
    "resolved": True,
    "instance": {"repo": "o/r", "base_commit": "abc", "problem_statement": "p", "patch": "g"},
}
ACTION: dict[str, Any] = {
    "kind": "ActionEvent",
    "source": "agent",
    "id": "e1",
    "thought": [{"type": "text", "text": "x"}],
    "reasoning_content": "r",
    "action": {"kind": "A"},
    "tool_name": "terminal",
    "tool_call_id": "c1",
    "tool_call": {"id": "c1", "name": "terminal", "arguments": "{}"},
    "summary": "s",
}
RESULT: dict[str, Any] = {
    "kind": "ObservationEvent",
    "source": "environment",
    "tool_call_id": "c1",
    "action_id": "e1",
    "observation": {"kind": "O", "content": [{"type": "text", "text": "a"}], "exit_code": 1, "is_error": False},
}
EVENTS: dict[str, Any] = {
    **OPENHANDS,
    "metadata": {"llm": {"model": "m"}},
    "history": [
        {"kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": "go"}},
        ACTION,
        RESULT,
    ],
}
ATIF: dict[str, Any] = {
    "schema_version": "ATIF-v1.5",
    "session_id": "s",
    "trajectory_id": "t",
    "agent": {"name": "n", "model_name": "m"},
    "extra": {"instance_id": "o__r-1", "patch": "d", "resolved": True},
    "steps": [
        {
            "source": "agent",
            "message": "x",
            "reasoning_content": "r",
            "tool_calls": [CALL],
            "timestamp": "t",
            "observation": {"results": [{"source_call_id": "c", "content": "a"}]},
        }
    ],
}
COMPLETION: dict[str, Any] = {
    "instance_id": "o__r-1",
    "messages": TURNS,
    "response": {
        "model": "m",
        "choices": [{"message": {"role": "assistant", "content": "done", "tool_calls": [CALL]}}],
    },
    "args": [],
    "cost": 0.0,
}

RECORDS: dict[str, dict[str, Any]] = {
    "chat": CHAT,
    "rows": ROWS,
    "swe-agent": SWE_AGENT,
    "steps": STEPS,
    "mini": MINI,
    "openhands": OPENHANDS,
    "events": EVENTS,
    "atif": ATIF,
    "completion": COMPLETION,
}
NEEDED = {
    "instance_id", "messages", "history", "steps", "role", "content", "trajectory", "source", "kind", "llm_message",
}  # fmt: skip
"""Names of what a run is: the instance, its turns, and by what a record is known."""

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
Place = tuple[Any, ...]


def side_places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Paths of every field that is not needed, at any depth."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        if isinstance(key, str) and key not in NEEDED:
            yield (*path, key)
        if not (isinstance(key, int) and path[-1:] == ("choices",)):
            yield from side_places(value[key], (*path, key))


def changed(record: dict[str, Any], path: Place, value: Any) -> dict[str, Any]:
    record = copy.deepcopy(record)
    container: Any = record
    for key in path[:-1]:
        container = container[key]
    container[path[-1]] = value
    return record


def is_still(name: str, path: Place) -> bool:
    """Whether the record is still of its format: some fields are by what it is known."""
    return not (name == "steps" and path[-1] in ("action", "observation")) and path not in (
        ("test_result",), ("response",), ("response", "choices"), ("schema_version",), ("trajectory", 0, "text")
    )  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
def test_a_side_field_of_any_type_never_loses_a_run(name: str, data: st.DataObject) -> None:
    record = RECORDS[name]
    path = data.draw(st.sampled_from([place for place in side_places(record) if is_still(name, place)]))
    value = data.draw(ANYTHING)
    found = record_trajectory(changed(record, path, value), SourceOptions(), "runs/o__r-1.json", 0)
    assert isinstance(found, Trajectory)
    assert found.messages
    texts = [found.patch, found.issue, found.commit, found.model, found.agent, found.test_log, found.license]
    assert all(text is None or isinstance(text, str) for text in texts)
    assert all(isinstance(message.content, str) for message in found.messages)
    assert found.resolved in (True, False, None)
    assert outcome_of(found)[0] in (True, False, None)
    found.key()


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
def test_so_does_one_that_is_absent(name: str, data: st.DataObject) -> None:
    record = RECORDS[name]
    path = data.draw(st.sampled_from([place for place in side_places(record) if is_still(name, place)]))
    found = record_trajectory(changed(record, path, None), SourceOptions(), "runs/o__r-1.json", 0)
    assert found.instance_id
    assert found.messages


@pytest.mark.parametrize(
    "column", ["patch", "resolved", "report", "trajectory_id", "license", "base_commit", "exit_status"]
)
@pytest.mark.parametrize("value", [{"a": [1]}, [[1.5]], True, 2, b"\xff", {"resolved": None}])
def test_nor_does_a_column_of_parquet(column: str, value: Any, tmp_path: Path) -> None:
    row = {"instance_id": "o__r-1", "messages": TURNS, column: value}
    (found,) = through_parquet([row], tmp_path / "a.parquet")
    assert isinstance(found, Trajectory)


def test_nor_do_bytes_that_are_not_utf8_beside_the_turns(tmp_path: Path) -> None:
    turns = pa.array([TURNS, TURNS])
    patches = pa.array([b"d", b"\xff"]).view(pa.string())
    pq.write_table(pa.table({"instance_id": ["a", "b"], "messages": turns, "patch": patches}), tmp_path / "a.parquet")
    found = [item for p in plan([str(tmp_path)], SourceOptions())[0] for item in read(p)]
    assert [(item.patch, item.unread) for item in found if isinstance(item, Trajectory)] == [
        ("d", ()),
        (None, ("patch",)),
    ]


@pytest.mark.parametrize(
    ("change", "unread"),
    [
        ({"resolved": "perhaps"}, ("resolved",)),
        ({"patch": {"a": 1}}, ("patch",)),
        ({"report": [1], "license": {}}, ("report", "license")),
        ({"report": '{"resolved": true}', "trajectory_id": 7, "license": ["MIT", "BSD"]}, ()),
    ],
)
def test_what_is_not_understood_is_named(change: dict[str, Any], unread: tuple[str, ...], tmp_path: Path) -> None:
    item = one({"instance_id": "o__r-1", "messages": TURNS, **change}, tmp_path / "a.json")
    assert item.unread == unread


@pytest.mark.parametrize("depth", [300, 900])
def test_arguments_however_deep_are_shown_or_said_to_be_too_deep(depth: int) -> None:
    deep: Any = 10**30
    for _ in range(depth):
        deep = [deep]
    turn = {"role": "assistant", "content": "x", "tool_calls": [{"name": "f", "arguments": {"a": deep}}]}
    found = record_trajectory({"instance_id": "x", "messages": [turn]}, SourceOptions(), "a.json", 0)
    assert found.messages[0].content.startswith("x\n\nf\na:\n[")
