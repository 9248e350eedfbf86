"""Floors on real public runs: what is measured may rise, not fall."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contextpairs.builders.coding.facts import Facts, facts_of, patch_fits
from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.rebuild import rebuild_patch
from contextpairs.data.code.patch import FilePatch, parse_patch, source_part
from contextpairs.data.code.trajectory import Message, Trajectory


def chat(shared: Path, name: str) -> list[Trajectory]:
    """The runs of a chat file."""
    import pyarrow.parquet as pq

    rows = pq.read_table(shared / "trajectories" / "chat" / f"{name}.parquet").to_pylist()
    return [
        Trajectory(
            row["instance_id"], [Message(m["role"], m["content"]) for m in row["messages"]], name, index, "chat",
            repository=row["repo"], commit=row["base_commit"], patch=row["patch"], resolved=row["resolved"],
        )
        for index, row in enumerate(rows)
    ]  # fmt: skip


def native(shared: Path, name: str) -> list[Trajectory]:
    """The rows of a JSON list."""
    rows: list[dict[str, Any]] = json.loads((shared / "trajectories" / "native" / "rows" / name).read_text("utf-8"))
    return [
        Trajectory(row["instance_id"], messages_of(row), name, index, "rows", patch=patch_of(row))
        for index, row in enumerate(rows)
    ]


def messages_of(row: dict[str, Any]) -> list[Message]:
    """A row's turns, tool calls rendered as text."""
    turns = row.get("messages") or row["trajectory"]
    turns = json.loads(turns) if isinstance(turns, str) else turns
    return [Message({"ai": "assistant"}.get(turn["role"], turn["role"]), _content(turn)) for turn in turns]


def _content(turn: dict[str, Any]) -> str:
    content = turn.get("content") or turn.get("text") or ""
    text = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
    for call in turn.get("tool_calls") or ():
        arguments = json.loads(call["function"]["arguments"])
        text += "\n\n" + call["function"]["name"] + "".join(f"\n{name}:\n{value}" for name, value in arguments.items())
    return text


def patch_of(row: dict[str, Any]) -> str | None:
    """The recorded patch under any of its names."""
    return row.get("patch") or row.get("generated_patch") or (row.get("test_result") or {}).get("git_patch")


def mini(shared: Path) -> list[Trajectory]:
    """The first format's runs of mini-swe-agent."""
    paths = sorted((shared / "trajectories" / "native" / "mini-swe-agent" / "gruckion").rglob("*.json"))
    return [_mini(path, row) for row, path in enumerate(paths)]


def _mini(path: Path, row: int) -> Trajectory:
    record = json.loads(path.read_text("utf-8"))
    messages = [Message(turn["role"], _content(turn)) for turn in record["messages"]]
    return Trajectory(path.name.split(".")[0], messages, path.name, row, "mini", patch=record["info"].get("submission"))


def changed_lines(files: list[FilePatch]) -> Counter[tuple[str, str, str]]:
    """Changed lines of the source part, white space left out."""
    return Counter(
        (file.path, tag, "".join(text.split()))
        for file in source_part(files)
        for tag, text in file.changed()
        if text.strip()
    )


def reproduced(trajectories: list[Trajectory]) -> float:
    """The share of recorded source patches that the edits alone give line for line."""
    recorded = [(t, changed_lines(parse_patch(t.patch or ""))) for t in trajectories]
    recorded = [(t, lines) for t, lines in recorded if lines]
    same = 0
    for trajectory, lines in recorded:
        rebuilt = rebuild_patch(trajectory.messages, find_edits(trajectory.messages))
        same += rebuilt is not None and changed_lines(rebuilt.files) == lines
    return same / len(recorded)


@pytest.mark.parametrize(("name", "floor"), [("moatless", 0.97), ("aider", 0.60)])
def test_rebuilt_patches_of_chat_runs(shared: Path, name: str, floor: float) -> None:
    assert reproduced(chat(shared, name)) >= floor


def test_rebuilt_patches_of_mini_swe_agent(shared: Path) -> None:
    assert reproduced(mini(shared)) >= 0.65


@pytest.mark.parametrize("name", ["swe-gym_openhands_sampled_trajectories.json", "nebius_SWE-agent-trajectories.json"])
def test_rebuilt_patches_of_native_rows(shared: Path, name: str) -> None:
    assert reproduced(native(shared, name)) >= 0.8


@pytest.mark.parametrize("name", ["moatless", "aider"])
def test_recorded_patches_fit_and_those_of_other_repositories_do_not(shared: Path, name: str) -> None:
    runs = [run for run in chat(shared, name) if run.patch]
    others = list(reversed(runs))
    for run, other in zip(runs, others, strict=True):
        edits = find_edits(run.messages)
        assert patch_fits(parse_patch(run.patch or ""), run.messages, edits)
        if run.repository != other.repository:
            assert not patch_fits(parse_patch(other.patch or ""), run.messages, edits)


def test_the_known_misfits_of_swe_smith_are_caught(shared: Path) -> None:
    runs = native(shared, "swe-smith.json")
    assert sum(bool(run.patch) for run in runs) == 3
    for run in runs:
        found = facts_of(run)
        assert isinstance(found, Facts)
        assert found.patch_origin == "edits"


def test_chat_runs_have_facts(shared: Path) -> None:
    found = [facts_of(run) for run in chat(shared, "moatless")]
    rows = [row for row in found if isinstance(row, Facts)]
    assert len(rows) >= 860
    assert sum(bool(row.functions) for row in rows) / len(rows) > 0.3, "these runs show little code with its numbers"
    assert all(name.partition("::")[0] in row.files for row in rows for name in row.functions)
    assert sum(bool(row.resolved) for row in rows) == 224
