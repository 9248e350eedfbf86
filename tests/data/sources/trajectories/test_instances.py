"""The instances table: built from any source, joined by id, honest about what it lost."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.code.patch import reverse_patch
from contextpairs.data.code.trajectory import Instance, Message, Trajectory
from contextpairs.data.sources.trajectories.instances import JoinReport, JoinTable, build_instances, join
from contextpairs.data.sources.trajectories.partition import SourceError, SourceOptions

PATCH = """diff --git a/m.py b/m.py
--- a/m.py
+++ b/m.py
@@ -1,4 +1,5 @@ def f():
 a
-b
-c
+B
+C
+D
 e
@@ -10,2 +11,1 @@
-x
 y
"""


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "instance_id": f"o__r-{number}",
        "repo": "o/r",
        "base_commit": "c" * 40,
        "problem_statement": f"issue {number}",
        "patch": PATCH,
        "test_patch": "t",
        "FAIL_TO_PASS": "[]",
        **more,
    }


def built(rows: list[Any], folder: Path, options: SourceOptions | None = None) -> JoinTable:
    source = folder / "instances.jsonl"
    source.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return build_instances([str(source)], options or SourceOptions(), folder / "deep" / "table.sqlite")


def run(instance_id: str, **fields: Any) -> Trajectory:
    return Trajectory(instance_id, [Message("user", "go")], "a.jsonl", 0, "chat", **fields)


def test_an_instance_holds_what_its_row_does(tmp_path: Path) -> None:
    table = built([row(1)], tmp_path)
    extra = {"FAIL_TO_PASS": "[]"}
    assert table.get("o__r-1") == Instance("o__r-1", "o/r", "c" * 40, "issue 1", PATCH, "t", extra)
    assert table.get("o__r-2") is None
    assert list(table) == [table.get("o__r-1")]


def test_join_fills_only_what_the_record_does_not_hold(tmp_path: Path) -> None:
    table = built([row(1)], tmp_path)
    joined = join(run("o__r-1", commit="mine", issue="my issue", patch="my patch"), table)
    assert (joined.repository, joined.commit, joined.issue) == ("o/r", "mine", "my issue")
    assert (joined.patch, joined.gold_patch) == ("my patch", PATCH)


def test_join_reports_what_it_lost(tmp_path: Path) -> None:
    table, report = built([row(1), row(2, patch=None)], tmp_path), JoinReport()
    lost = run("o__r-9")
    assert join(lost, table, report) == lost
    for number in (1, 2):
        join(run(f"o__r-{number}"), table, report)
    assert report == JoinReport(joined=2, without_gold_patch=1, lost=1, lost_ids={"o__r-9"})


@pytest.mark.parametrize("asked", ["o__r-1", "o__r-1_7", "o_1776_r-1"])
def test_ids_of_runs_find_their_instance(asked: str, tmp_path: Path) -> None:
    found = built([row(1)], tmp_path).get(asked)
    assert found is not None
    assert found.instance_id == "o__r-1"


def test_an_exact_id_wins_over_a_shortened_one(tmp_path: Path) -> None:
    table = built([row(1), row(1, instance_id="o__r-1_7", problem_statement="other")], tmp_path)
    found = table.get("o__r-1_7")
    assert found is not None
    assert found.issue == "other"


def test_the_first_of_two_rows_with_one_id_wins_and_is_counted(tmp_path: Path) -> None:
    table = built([row(1), row(1, problem_statement="later"), row(2), {"repo": "o/r"}, 5], tmp_path)
    found = table.get("o__r-1")
    assert found is not None
    assert found.issue == "issue 1"
    assert table.counts() == {"instances": 2, "duplicates": 1, "rejected": 2}
    assert len(table) == 2
    assert [(each.reason, each.row) for each in table.rejections()] == [("missing-field", 3), ("wrong-type", 4)]


def test_digest_follows_content_not_order(tmp_path: Path) -> None:
    rows = [row(1), row(2)]
    digest = built(rows, tmp_path).digest()
    assert built(rows[::-1], tmp_path).digest() == digest
    assert built([row(1), row(2, repo="o/q")], tmp_path).digest() != digest


def test_parquet_and_mapped_columns(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([{"id": "x", "meta": {"fix": PATCH}}]), tmp_path / "a.parquet")
    options = SourceOptions(instance_columns={"instance_id": "id", "gold_patch": "meta.fix"})
    table = build_instances([str(tmp_path / "a.parquet")], options, tmp_path / "t.sqlite")
    found = table.get("x")
    assert found is not None
    assert found.gold_patch == PATCH


def test_a_mapping_to_an_absent_column_fails_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"instances\.jsonl: no column 'fix' for field 'gold_patch'"):
        built([row(1)], tmp_path, SourceOptions(instance_columns={"gold_patch": "fix"}))
    assert not list((tmp_path / "deep").iterdir())


def test_swe_smith_patches_make_the_bug_so_the_gold_patch_is_their_reverse(tmp_path: Path) -> None:
    smith = {"instance_id": "own__name.1fd52536.func__x", "repo": "swesmith/own__name.1fd52536", "patch": PATCH}
    found = built([smith], tmp_path).get("own__name.1fd52536.func__x")
    assert found is not None
    assert (found.repository, found.commit) == ("own/name", "1fd52536")
    assert found.gold_patch == reverse_patch(PATCH)


def test_many_threads_and_processes_may_read(tmp_path: Path) -> None:
    table = built([row(number) for number in range(50)], tmp_path)
    copy = pickle.loads(pickle.dumps(table))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: copy.get(f"o__r-{number % 50}"), range(400)))
    assert [each and each.instance_id for each in found] == [f"o__r-{number % 50}" for number in range(400)]
