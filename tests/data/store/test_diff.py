"""What changed between two versions."""

from __future__ import annotations

from contextpairs.data.store.diff import StageDelta, compare
from contextpairs.data.store.manifest import FunnelStage
from tests.data.pairs.pair_rows import account


def test_pairs_added_removed_kept_and_changed() -> None:
    old = {"train": {"a": "1", "b": "1", "c": "1"}, "probe": {"p": "1"}}
    new = {"train": {"b": "1", "c": "2", "d": "1"}}
    found = compare((account(), old), (account(), new)).splits
    assert (found["train"].added, found["train"].removed) == (["d"], ["a"])
    assert (found["train"].kept, found["train"].changed) == (["b", "c"], ["c"])
    assert found["probe"].removed == ["p"]


def test_settings_by_dotted_name() -> None:
    found = compare((account(mask={"keep_names": True, "level": 1}, gone=1), {}), (account(mask={"level": 2}), {}))
    assert found.configuration == {"gone": (1, None), "mask.keep_names": (True, None), "mask.level": (1, 2)}


def test_funnel_stages_that_moved() -> None:
    stage = FunnelStage(stage="leakage", unit="couples", rows_in=8, rows_out=5, reasons={"diff": 3})
    late = FunnelStage(stage="judge", unit="couples", rows_in=5, rows_out=5)
    old = account(10)
    new = old.model_copy(update={"funnel": (old.funnel[0], stage, late)})
    assert compare((old, {}), (new, {})).funnel == [
        StageDelta("leakage", (10, 8), (10, 5), {"diff": 3}),
        StageDelta("judge", (None, 5), (None, 5), {}),
    ]


def test_a_version_does_not_differ_from_itself() -> None:
    ids = {"train": {"a": "1"}}
    found = compare((account(), ids), (account(), ids))
    assert (found.configuration, found.funnel, found.splits["train"].changed) == ({}, [], [])
