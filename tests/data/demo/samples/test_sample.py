"""The embedded sample corpus as it is committed."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.demo.samples import sample_path
from contextpairs.data.demo.samples.actions import SUBMIT


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(sample_path()).to_pylist()
    return found


def said(row: dict[str, Any], role: str) -> list[str]:
    return [message["content"] for message in row["messages"] if message["role"] == role]


def test_columns_are_those_of_the_66k_corpus_alone() -> None:
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    assert pq.read_schema(sample_path()).remove_metadata() == pa.schema(
        [("instance_id", pa.string()), ("messages", pa.list_(message))]
    )


def test_it_is_small_and_holds_a_few_hundred_runs(rows: list[dict[str, Any]]) -> None:
    assert sample_path().stat().st_size < 1_500_000
    assert 200 <= len(rows) <= 500


def test_ids_name_repository_commit_bug_type_and_hash(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert re.fullmatch(r"smallworks__[a-z]+\.[0-9a-f]{8}\.func_pm_[a-z_]+__[a-z0-9]{8}", row["instance_id"])


def test_every_instance_has_two_to_four_runs_that_differ(rows: list[dict[str, Any]]) -> None:
    runs = Counter(row["instance_id"] for row in rows)
    assert set(runs.values()) <= {2, 3, 4}
    assert len({str(row["messages"]) for row in rows}) == len(rows)


def test_runs_of_one_instance_do_not_all_stand_together(rows: list[dict[str, Any]]) -> None:
    neighbours = sum(a["instance_id"] == b["instance_id"] for a, b in itertools.pairwise(rows))
    assert neighbours < len(rows) / 20


def test_roles_alternate_and_the_submission_shows_no_output(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        roles = [message["role"] for message in row["messages"]]
        assert roles[0] == "system"
        assert roles[1:] == ["user", "assistant"] * (len(roles) // 2)
        assert row["messages"][-1]["content"].endswith(f"```bash\n{SUBMIT}\n```")


def test_issue_stands_in_the_first_user_turn_and_observations_have_a_return_code(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        task, *observations = said(row, "user")
        assert task.startswith("<pr_description>\n")
        assert "</pr_description>\n\n<instructions>" in task
        assert all(re.match(r"<returncode>\d+</returncode>\n<(output|warning)>\n", text) for text in observations)


def test_no_path_of_the_machine_and_nothing_that_changes_from_run_to_run(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        text = "\n".join(message["content"] for message in row["messages"])
        assert not re.search(r"/tmp/|/home/|\.pyenv|0x[0-9a-f]{8,}(?<!0x7f0000000000)", text)
        assert set(re.findall(r"Ran \d+ tests? in (\S+)", text)) <= {"0.002s"}
        assert "<returncode>124</returncode>" not in text


def test_agents_edit_in_several_ways(rows: list[dict[str, Any]]) -> None:
    talk = ["\n".join(said(row, "assistant")) for row in rows]
    for cue in ("edit_via_str_replace", "sed -i '", ".write_text(", "git apply <<'EOF'"):
        assert sum(cue in text for text in talk) >= 3, cue


def test_every_path_of_answer_leakage_occurs(rows: list[dict[str, Any]]) -> None:
    talk = ["\n".join(said(row, "assistant")) for row in rows]
    assert any("It should be `" in text for text in talk), "thought that quotes the fix"
    assert any("# was: " in text for text in talk), "script that quotes the fix"
    assert any("Summary: " in text for text in talk), "final summary"
    assert any("Reading the function again after the edit" in text for text in talk), "read again"


def test_few_transcripts_show_the_final_diff(rows: list[dict[str, Any]]) -> None:
    shown = sum(any("\ndiff --git " in text for text in said(row, "user")) for row in rows)
    assert 1 <= shown <= len(rows) * 0.06


def test_some_runs_go_wrong_first(rows: list[dict[str, Any]]) -> None:
    talk = ["\n".join(said(row, "assistant")) for row in rows]
    assert sum("git checkout -- " in text for text in talk) >= 10
    refused = sum(any("error: expected the old text once" in text for text in said(row, "user")) for row in rows)
    assert refused >= 5
