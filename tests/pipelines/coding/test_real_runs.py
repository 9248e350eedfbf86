"""Presets on real public runs (SWE-bench Lite and its kin): enough couples, enough rows, nothing leaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.filters.coding.leakage import pair_leaks
from contextpairs.filters.coding.learners import LEARNERS
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real")


def build(shared: Path, work: Path, preset: str) -> Store:
    runs = shared / "trajectories"
    overrides = [
        f"sources=['{runs / 'chat'}', '{runs / 'native'}']",
        f"source.instances=['{runs / 'instances.jsonl'}']",
        f"preset={preset}",
        "contamination.enabled=false",
        f"out={work / preset}",
        f"engine.work_dir={work / 'stages'}",
    ]
    build_coding(load_config([], overrides), process_mapper(2), Silent())
    return Store(work / preset)


def out_of(manifest: Manifest, stage: str) -> int:
    return next(line.rows_out for line in manifest.funnel if line.stage == stage)


def assert_audited_and_leak_free(store: Store) -> None:
    for figure in store.manifest().audit:
        if figure.name in LEARNERS:
            assert 0.44 <= figure.accuracy <= 0.56 if figure.n >= 800 else figure.low <= 0.56, figure
        else:
            assert (figure.low if figure.n < 100 else figure.accuracy) <= 0.55, figure
    rows = [
        row for split in SPLITS if split in store.manifest().rows for row in store.read("latest", split).to_pylist()
    ]
    answers = {row["pair_id"]: row["answer"] for row in rows}
    for row in rows:
        patches = [parse_patch(row["answer"]), parse_patch(answers[row["mirror_id"]])]
        contexts = [[Message(m["role"], m["content"]) for m in row[side]] for side in ("positive", "negative")]
        assert pair_leaks(contexts, patches) == []


def test_attempts_yield_hundreds_of_rows(shared: Path, work: Path) -> None:
    store = build(shared, work, "attempts")
    manifest = store.manifest()
    assert out_of(manifest, "read") == 1338
    assert out_of(manifest, "same commit") >= 1750
    assert out_of(manifest, "same function") >= 1050
    assert sum(manifest.rows.values()) >= 600
    assert_audited_and_leak_free(store)


def test_outcome_yields_some(shared: Path, work: Path) -> None:
    store = build(shared, work, "outcome")
    assert out_of(store.manifest(), "different outcome") >= 140
    assert_audited_and_leak_free(store)


def test_nearby_finds_few_couples_where_one_function_is_seldom_known_at_two_commits(shared: Path, work: Path) -> None:
    """Before names were certain, runs at two commits met in 765 couples, nearly all in a class of many methods."""
    found = {line.stage: line for line in build(shared, work, "nearby").manifest().funnel}
    assert found["same function"].reasons["unknown-function"] > found["same function"].rows_out
    assert 40 <= found["different commit"].rows_out <= 200


def test_the_papers_cascade_finds_nothing_where_every_issue_has_its_own_commit(shared: Path, work: Path) -> None:
    with pytest.raises(NothingToPublish):
        build(shared, work, "smith")


def test_by_default_nearly_all_of_it_is_contamination(shared: Path, work: Path) -> None:
    runs = shared / "trajectories" / "chat"
    with pytest.raises(LookupError, match=r"set aside|no pair"):
        build_coding(load_config([], [f"sources={runs}", f"out={work / 'x'}"]), process_mapper(2), Silent())
