"""Logs of an agent's requests: the instance is told by the path, and the last request of a run is the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read
from tests.data.sources.trajectories.one_record import CALL, CALLED, TURNS, one, refused, through_parquet

PATTERN = r"trajs/(?P<instance_id>[^/]+)/"
PLACED = SourceOptions(instance_pattern=PATTERN)


def log(turns: list[dict[str, Any]], reply: Any = None) -> dict[str, Any]:
    reply = {"content": "said", "role": "assistant"} if reply is None else reply
    return {"messages": turns, "response": {"model": "m", "choices": [{"message": reply}]}, "args": [], "kwargs": {}}


def read_all(folder: Path) -> list[Trajectory | Rejection]:
    return [item for p in plan([str(folder)], PLACED)[0] for item in read(p)]


def test_the_path_tells_the_instance_and_the_reply_is_the_last_turn(tmp_path: Path) -> None:
    path = tmp_path / "trajs" / "acme__shop-3" / "m-1700000000.1.json"
    item = one(log(TURNS, {"content": None, "tool_calls": [CALL]}), path, PLACED)
    assert (item.instance_id, item.repository, item.format, item.model) == (
        "acme__shop-3",
        "acme/shop",
        "completions",
        "m",
    )
    assert [message.content for message in item.messages] == ["fix it", "done", CALLED]


@pytest.mark.parametrize("reply", [[], "text", {"role": "assistant", "content": 5}, {"tool_calls": {}}])
def test_a_reply_of_another_form_costs_no_run(reply: Any, tmp_path: Path) -> None:
    item = one(log(TURNS, reply), tmp_path / "trajs" / "acme__shop-3" / "a.json", PLACED)
    assert len(item.messages) >= 2


@pytest.mark.parametrize("options", [SourceOptions(), SourceOptions(instance_pattern=r"logs/(?P<instance_id>\d+)/")])
def test_without_a_pattern_that_fits_the_detail_says_what_to_give(options: SourceOptions, tmp_path: Path) -> None:
    found = refused(log(TURNS), tmp_path / "trajs" / "acme__shop-3" / "a.json", options)
    assert found.reason == "missing-field"
    assert "source.instance_pattern=" in found.detail


@pytest.mark.parametrize(
    "record",
    [
        {"messages": TURNS},
        {"messages": TURNS, "instance_id": ""},
        {"history": TURNS, "environment": "main", "info": {}},
        {"info": {"mini_version": "1"}, "messages": TURNS},
        {"schema_version": "ATIF-v1.4", "steps": [{"source": "agent", "message": "x"}]},
        {"history": [{"action": "message", "args": {"content": "x"}}], "test_result": {}},
    ],
)
def test_the_pattern_serves_every_format_that_names_no_instance(record: dict[str, Any], tmp_path: Path) -> None:
    assert one(record, tmp_path / "trajs" / "acme__shop-3" / "run.json", PLACED).instance_id == "acme__shop-3"


def test_rows_of_parquet_too_and_a_name_of_their_own_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "trajs" / "acme__shop-3"
    folder.mkdir(parents=True)
    rows: list[dict[str, Any]] = [
        {"instance_id": None, "messages": TURNS},
        {"instance_id": "o__r-1", "messages": TURNS},
    ]
    assert [item.instance_id for item in through_parquet(rows, folder / "a.parquet", PLACED)] == [
        "acme__shop-3",
        "o__r-1",
    ]
    assert [item.instance_id for item in through_parquet([{"messages": TURNS}], folder / "a.parquet", PLACED)] == [
        "acme__shop-3"
    ]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("trajs/(", "no regular expression"),
        ("trajs/([^/]+)/", "no group instance_id"),
        ("(?P<id>x)", "no group instance_id"),
        ("", "no group instance_id"),
    ],
)
def test_a_pattern_that_tells_nothing_fails_before_any_work(pattern: str, told: str) -> None:
    with pytest.raises(ValidationError, match=f"instance_pattern\n.*{told}"):
        SourceOptions(instance_pattern=pattern)


class TestRequestsOfOneRun:
    QUERY = {"role": "user", "content": "fix it"}  # noqa: RUF012

    def write(self, folder: Path, *logs: dict[str, Any]) -> None:
        folder.mkdir(parents=True)
        for number, each in enumerate(logs):
            (folder / f"m-170000000{number}.5.json").write_text(json.dumps(each))

    def steps(self, *words: str) -> list[dict[str, Any]]:
        told = [(("assistant", word), ("user", f"seen {word}")) for word in words]
        return [self.QUERY, *({"role": role, "content": text} for pair in told for role, text in pair)]

    def test_the_last_request_is_the_run(self, tmp_path: Path) -> None:
        logs = [log(self.steps(*"abc"[:count]), {"content": "abcd"[count]}) for count in range(4)]
        self.write(tmp_path / "trajs" / "acme__shop-3", *logs)
        self.write(tmp_path / "trajs" / "acme__shop-4", *logs)
        items = read_all(tmp_path)
        assert [getattr(item, "reason", "read") for item in items] == [*["earlier-request"] * 3, "read"] * 2
        assert [item.messages[-1].content for item in items if isinstance(item, Trajectory)] == ["d", "d"]

    def test_two_runs_in_one_folder_are_two(self, tmp_path: Path) -> None:
        self.write(tmp_path / "trajs" / "x__y-1", log(self.steps("a"), {"content": "b"}), log(self.steps("c", "d")))
        self.write(tmp_path / "trajs" / "x__y-2", log([self.QUERY], {"content": "a"}), log(self.steps("b", "c")))
        assert all(isinstance(item, Trajectory) for item in read_all(tmp_path))

    def test_a_run_that_is_read_again_is_the_same(self, tmp_path: Path) -> None:
        self.write(tmp_path / "trajs" / "x__y-1", *(log(self.steps(*"ab"[:count])) for count in range(3)))
        (partition,) = plan([str(tmp_path)], PLACED)[0]
        kept = [item for item in read(partition) if isinstance(item, Trajectory)]
        assert list(read(partition, only={item.source: [item.row] for item in kept})) == kept
