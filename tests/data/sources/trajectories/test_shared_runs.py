"""Real runs, read whole. Counts are those of the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.instances import JoinReport, build_instances, join
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

Load = Callable[[str], list[Trajectory]]


@pytest.fixture(scope="module")
def load(shared: Path) -> Load:
    """Reads everything below a folder of the real data and refuses rejections."""

    def read_all(source: str) -> list[Trajectory]:
        partitions, rejections = plan([str(shared / "trajectories" / source)], SourceOptions())
        items = [*rejections, *(item for partition in partitions for item in read(partition))]
        assert [item for item in items if isinstance(item, Rejection)] == []
        return [item for item in items if isinstance(item, Trajectory)]

    return read_all


@pytest.mark.parametrize(
    ("source", "rows", "patched", "resolved"), [("moatless", 891, 869, 224), ("aider", 296, 290, 79)]
)
def test_chat(source: str, rows: int, patched: int, resolved: int, load: Load) -> None:
    found = load(f"chat/{source}.parquet")
    assert len(found) == rows
    assert sum(bool(item.patch) for item in found) == patched
    assert sum(item.resolved is True for item in found) == resolved
    assert {item.format for item in found} == {"chat"}
    assert all(item.repository and item.commit and item.issue and item.license for item in found)


@pytest.mark.parametrize(
    ("source", "formats"),
    [
        ("native/mini-swe-agent", {"mini-swe-agent-1": 95, "mini-swe-agent-1.1": 23}),
        ("native/swe-agent", {"swe-agent-0": 13, "swe-agent-1": 4}),
        # The folder's description speaks of 8 rows; the file holds one line.
        ("native/openhands", {"openhands": 1}),
        ("native/rows", {"swe-agent-rows": 5, "swe-gym-rows": 5, "swe-smith-rows": 5}),
    ],
)
def test_native(source: str, formats: dict[str, int], load: Load) -> None:
    found = load(source)
    assert Counter(item.format for item in found) == formats
    assert all(item.messages and item.messages[0].role in ("system", "user") for item in found)
    assert all("\0" not in content for item in found for _, content in item.messages)


def test_tool_calls_are_readable(load: Load) -> None:
    """No call is left as JSON in a string, and none is lost: every tool turn follows one."""
    for item in load("native/mini-swe-agent"):
        if item.format != "mini-swe-agent-1.1":
            continue
        turns = [content for role, content in item.messages if role == "assistant"]
        assert all('{"command"' not in content for content in turns)
        assert sum("bash\ncommand:\n" in content for content in turns) >= len(turns) - 3


def test_two_runs_on_one_commit_tell_it(load: Load) -> None:
    smith = [item for item in load("native/swe-agent") if ".pr_" in item.instance_id]
    assert {(item.repository, item.commit) for item in smith} == {
        ("pandas-dev/pandas", "95280573"), ("pydantic/pydantic", "acb0f10f"),
    }  # fmt: skip


def test_instances_join_by_id(shared: Path, tmp_path: Path, load: Load) -> None:
    root = shared / "trajectories"
    table = build_instances([str(root / "instances.jsonl")], SourceOptions(), tmp_path / "t.sqlite")
    assert table.counts() == {"instances": 300, "duplicates": 0, "rejected": 0}
    report = JoinReport()
    joined = [join(item, table, report) for item in load("chat")]
    assert (report.joined, report.lost) == (1187, 0)
    assert all(item.gold_patch for item in joined)
