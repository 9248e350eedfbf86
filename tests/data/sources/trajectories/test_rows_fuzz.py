"""Thousands of damaged rows and files, seeded: each is read or rejected with its place, and none harms another."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

Line = tuple[bytes, set[str]]
"""A row as written, and what may come of it: "read" or reasons of rejection."""

WRONG: tuple[Any, ...] = (None, 5, -1.5, True, "x", [], {}, [[]], [None], [5], {"a": [{}]}, "[{", float("nan"), 10**30)
REASONS = {"not-json", "truncated", "encoding", "wrong-type", "missing-field", "unknown-format", "no-messages"}
BINARY_PATCH = "diff --git a/x b/x\r\nGIT binary patch\r\nliteral 5\r\nMcmZ\x00\r\n"


def chat(dice: random.Random) -> dict[str, Any]:
    roles = [dice.choice(("user", "assistant", "tool")) for _ in range(dice.randint(1, 4))]
    turns: list[Any] = [{"role": role, "content": "".join(dice.choices('a \n"{[é\U0001f600', k=9))} for role in roles]
    return {"instance_id": f"o__r-{dice.randint(1, 99)}", "messages": turns, "patch": "d", "resolved": True}


def swe_agent(dice: random.Random) -> dict[str, Any]:
    turns = [{"role": "user", "content": "go"}, {"role": "assistant", "content": "x", "action": "ls", "thought": "x"}]
    steps = [{"action": "ls", "observation": "a", "thought": "x", "response": "x", "state": "{}"}]
    replay = dice.choice(("{}", '{"problem_statement": {"text": "t"}}'))
    info = {"exit_status": "s", "submission": "d"}
    return {"environment": "main", "history": turns, "trajectory": steps, "info": info, "replay_config": replay}


def openhands(dice: random.Random) -> dict[str, Any]:
    call = {"id": "c", "function": {"name": "f", "arguments": "{}"}}
    event = {"source": "agent", "action": "run", "args": {"command": "ls", "thought": "x"}, "tool_call_metadata": {
        "tool_call_id": "c", "model_response": {"choices": [{"message": {"tool_calls": [call]}}]}}}  # fmt: skip
    history = [event, {"source": "agent", "observation": "run", "content": "a"}] * dice.randint(1, 3)
    return {"instance_id": "x", "history": history, "test_result": {"git_patch": "d", "report": {}}, "metadata": {}}


def atif(dice: random.Random) -> dict[str, Any]:
    call = {"tool_call_id": "c", "function_name": "f", "arguments": {"a": "b"}}
    step = {"source": "agent", "message": "x", "tool_calls": [call], "observation": {"results": [{"content": "a"}]}}
    return {
        "schema_version": "ATIF-v1.4",
        "session_id": "s",
        "agent": {"name": "n"},
        "steps": [step] * dice.randint(1, 3),
    }


def mini(dice: random.Random) -> dict[str, Any]:
    info = {"submission": "d", "mini_version": "1", "config": {"model": {"model_name": "m"}}}
    return {"info": info, "messages": chat(dice)["messages"], "trajectory_format": "mini-swe-agent-1"}


def rows(_: random.Random) -> dict[str, Any]:
    return {"instance_id": "x", "trajectory": [{"role": "ai", "text": "x"}], "target": False, "generated_patch": "d"}


def smith(dice: random.Random) -> dict[str, Any]:
    return {**chat(dice), "messages": json.dumps(chat(dice)["messages"]), "traj_id": "t"}


RECORDS: list[Callable[[random.Random], dict[str, Any]]] = [chat, swe_agent, openhands, atif, mini, rows, smith]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) within a value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *places(value[key])]]


def whole(record: dict[str, Any], dice: random.Random) -> Line:
    return json.dumps(record, ensure_ascii=dice.random() < 0.5).encode(), {"read"}


def cut(record: dict[str, Any], dice: random.Random) -> Line:
    text = json.dumps(record).encode()
    return text[: dice.randint(2, len(text) - 1)], {"truncated", "not-json"}


def mistyped(record: dict[str, Any], dice: random.Random) -> Line:
    record = json.loads(json.dumps(record))
    container, key = dice.choice(places(record))
    container[key] = dice.choice(WRONG)
    return json.dumps(record).encode(), {"read"} | REASONS


def without_a_field(record: dict[str, Any], dice: random.Random) -> Line:
    record = json.loads(json.dumps(record))
    container, key = dice.choice([place for place in places(record) if isinstance(place[0], dict)])
    del container[key]
    return json.dumps(record).encode(), {"read"} | REASONS


def odd_text(record: dict[str, Any], dice: random.Random) -> Line:
    odd = dice.choice(("\0", "\ud800", "\udfff\ud800", "a\r\nb", "\x1b[31m", BINARY_PATCH, "\u2028", "x" * 900_000))
    return json.dumps({**record, "patch": odd, "note": odd}).encode(), {"read"}


def not_a_number(record: dict[str, Any], dice: random.Random) -> Line:
    return json.dumps({**record, "cost": dice.choice((float("nan"), float("inf")))}).encode(), {"read"}


def not_utf8(record: dict[str, Any], dice: random.Random) -> Line:
    text = json.dumps({**record, "note": "@@"}).encode()
    return text.replace(b"@@", dice.choice((b"\xff", b"\xc3", b"\xed\xa0\x80"))), {"encoding"}


NO_RECORDS: list[Line] = [
    *((text, {"wrong-type"}) for text in (b"null", b"[1]", b'"x"', b"5")),
    *((text, {"not-json"}) for text in (b"{'a': 1}", b"oops")),
    (b"{}", {"unknown-format"}),
]


def no_record(_: dict[str, Any], dice: random.Random) -> Line:
    return dice.choice(NO_RECORDS)


DAMAGES = [
    whole,
    whole,
    cut,
    mistyped,
    mistyped,
    mistyped,
    without_a_field,
    odd_text,
    not_a_number,
    not_utf8,
    no_record,
]


def lines(seed: int, count: int) -> list[Line]:
    dice = random.Random(seed)
    first = whole(chat(dice), dice)
    return [first, *(dice.choice(DAMAGES)(dice.choice(RECORDS)(dice), dice) for _ in range(count - 1))]


def outcomes(path: Path, options: SourceOptions | None = None) -> list[Trajectory | Rejection]:
    partitions, rejections = plan([str(path)], options or SourceOptions())
    return [*rejections, *(item for partition in partitions for item in read(partition))]


def check(items: list[Trajectory | Rejection], written: list[Line], path: Path) -> None:
    """One outcome a row, in order, of an expected kind; rejections name their place; text is fit for Arrow."""
    assert [item.row for item in items] == list(range(len(written)))
    for item, (text, allowed) in zip(items, written, strict=True):
        if isinstance(item, Rejection):
            assert item.reason in allowed, (text[:300], item)
            assert item.detail.startswith(f"{path} row {item.row}: ")
            assert len(item.detail) <= 500
            item.detail.encode()
        else:
            assert "read" in allowed, (text[:300], item)
            assert item.messages
            held = [item.instance_id, item.patch or "", *(content for _, content in item.messages)]
            assert all("\0" not in text and text.encode() is not None for text in held)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_lines(seed: int, tmp_path: Path) -> None:
    written = lines(seed, 150)
    path = tmp_path / "rows.jsonl"
    text = b"\n".join(line for line, _ in written)
    path.write_bytes(random.Random(seed).choice((bytes, gzip.compress, zstandard.compress))(text))
    items = outcomes(path, SourceOptions(partition_bytes=random.Random(seed).choice((500, 100_000, 10**9))))
    check(items, written, path)
    assert {"Trajectory", "Rejection"} == {type(item).__name__ for item in items}


@pytest.mark.parametrize("seed", range(20))
def test_lines_read_again_are_the_same(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(line for line, _ in lines(seed, 40)))
    (partition,) = plan([str(path)], SourceOptions())[0]
    first = list(read(partition))
    wanted = set(random.Random(seed).sample(range(40), 9))
    assert list(read(partition, only=wanted)) == [item for item in first if item.row in wanted]


@pytest.mark.parametrize("seed", range(20))
def test_damaged_list(seed: int, tmp_path: Path) -> None:
    """A list is cut at its commas and brackets, so only whole JSON values can stand in it, damaged in what they say."""
    written = [line for line in lines(seed, 60) if not line[1] <= {"truncated", "not-json", "encoding"}]
    path = tmp_path / "rows.json"
    path.write_bytes(b"[" + b",\n ".join(line for line, _ in written) + b"]")
    check(outcomes(path), written, path)


@pytest.mark.parametrize("seed", range(300))
def test_a_file_cut_or_overwritten_anywhere_gives_outcomes_not_exceptions(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    records = [chat(dice) for _ in range(5)]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), buffer, row_group_size=2)
    shapes = [
        json.dumps(records, indent=1).encode(),
        "".join(json.dumps(each) + "\n" for each in records).encode(),
        json.dumps(dice.choice(RECORDS)(dice), indent=2).encode(),
        buffer.getvalue(),
    ]
    content = bytearray(dice.choice((bytes, bytes, gzip.compress, zstandard.compress))(dice.choice(shapes)))
    if dice.random() < 0.5:
        del content[dice.randrange(len(content)) :]
    else:
        at = dice.randrange(len(content))
        content[at : at + dice.randint(1, 20)] = dice.randbytes(dice.randint(0, 20))
    (tmp_path / "damaged").write_bytes(content)
    (tmp_path / "whole.jsonl").write_text(json.dumps(records[0]))
    items = outcomes(tmp_path)
    assert [item.instance_id for item in items if item.source.endswith("whole.jsonl") and isinstance(item, Trajectory)]
    assert all(item.source in item.detail for item in items if isinstance(item, Rejection))


@pytest.mark.parametrize("seed", range(30))
def test_parquet_rows_of_all_kinds(seed: int, tmp_path: Path) -> None:
    """Counts are exact: every row is one outcome under its own number."""
    dice = random.Random(seed)
    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    turns = [[], None, [None], [{"role": None, "content": "x"}]]
    good: list[Any] = [[{"role": "user", "content": content}] for content in ("x", None, "", "a\0b", "y" * 100_000)]
    good.append([{"role": "king", "content": "x\0"}])
    kinds = [(dice.choice(["o__r-1", "o__r-1", None, ""]), dice.choice([*turns, *good, *good])) for _ in range(200)]
    table = pa.table({
        "instance_id": pa.array([name for name, _ in kinds], pa.string()),
        "messages": pa.array([each for _, each in kinds], dice.choice((pa.list_, pa.large_list))(turn)),
    })  # fmt: skip
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, row_group_size=dice.randint(1, 200))
    items = outcomes(path, SourceOptions(partition_bytes=dice.choice((100, 10**9))))
    assert [item.row for item in items] == list(range(200))
    read_rows = [item.row for item in items if isinstance(item, Trajectory)]
    assert read_rows == [row for row, (name, each) in enumerate(kinds) if name and each in good]
