"""No command, patch or record of a stranger's raises: the catch, which is off here, has nothing to catch."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.builders.coding.facts import FactsOptions, facts_of
from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.masked_lines import secrets_of
from contextpairs.builders.coding.masking import mask_trace
from contextpairs.builders.coding.rebuild import rebuild_patch
from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.trajectories.formats import record_trajectory
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.filters.coding.leakage import pair_leaks
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Recorded
from tests.pipelines.coding.random_runs import patch, record, turns

ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(
        ["messages", "role", "content", "history", "trajectory", "action", "observation", "info", "patch",
         "instance_id", "steps", "schema_version", "source", "message", "tool_calls", "function", "arguments",
         "test_result", "report"]
    ), inner, max_size=6)),
    max_leaves=12,
)  # fmt: skip


def take_in(seed: int, commands: int) -> None:
    """A run of random commands through every reader of edits, and the mask with the secrets of random patches."""
    random = Random(seed)
    messages = [Message(each["role"], each["content"]) for each in turns(random, commands)]
    edits = find_edits(messages)
    rebuild_patch(messages, edits)
    recorded = patch(random)
    facts_of(Trajectory("acme__store-1", messages, "x.jsonl", 0, "chat", patch=recorded), FactsOptions())
    patches = [parse_patch(recorded), parse_patch(patch(random))]
    secrets = secrets_of(patches, [[line] for line in patch(random).split("\n")])
    pair_leaks([mask_trace(messages, edits, secrets).messages, messages], patches)


@given(st.integers(0, 2**32))
@settings(max_examples=100)
def test_random_commands_and_patches_are_taken_in(seed: int) -> None:
    take_in(seed, 3)


@given(st.dictionaries(st.sampled_from(["instance_id", "messages", "history", "trajectory", "info", "steps",
                                        "schema_version", "test_result", "trajectory_format"]), ANYTHING))  # fmt: skip
@settings(max_examples=300)
def test_random_records_are_runs_or_set_aside_with_a_reason(given_record: dict[str, object]) -> None:
    try:
        read = record_trajectory(given_record, SourceOptions(), "acme__store-1.json", 0)
    except RowFault:
        return
    assert isinstance(read, Trajectory)


def build(tmp_path: Path, records: int) -> Recorded:
    """A build of random records of two commands each: what it counted."""
    path = tmp_path / "runs.jsonl"
    path.write_text("".join(json.dumps(record(number)) + "\n" for number in range(records)))  # lone surrogates escaped
    watched = Recorded(None)
    config = load_config([], [f"sources=['{path}']", f"out={tmp_path / 'out'}", "preset=attempts", "limit=null"])
    with suppress(NothingToPublish):
        build_coding(config, process_mapper(1), watched)
    return watched


def test_a_build_of_random_records_ends_with_every_row_counted(tmp_path: Path) -> None:
    watched = build(tmp_path, 150)
    assert sum(line.owed for line in watched.lines) == 0
    assert next(line.rows_in for line in watched.lines if line.stage == "read") == 150


@pytest.mark.slow
def test_five_thousand_records_of_ten_thousand_commands_bring_no_build_down(tmp_path: Path) -> None:
    watched = build(tmp_path, 5_000)
    assert sum(line.owed for line in watched.lines) == 0
    assert next(line.rows_in for line in watched.lines if line.stage == "read") == 5_000


@pytest.mark.slow
def test_ten_thousand_commands_are_taken_in() -> None:
    for seed in range(2_500):
        take_in(seed, 4)
