"""Coding tasks from the embedded sample and from small sources of one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.demo.samples import sample_path
from contextpairs.data.store.store import Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.config_files import ConfigError, load
from contextpairs.pipelines.run.mappers import process_mapper, thread_mapper
from contextpairs.pipelines.run.reporting import Silent
from contextpairs.pipelines.tasks.coding import build_coding_tasks
from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig
from contextpairs.pipelines.tasks.places import Place, written
from contextpairs.pipelines.tasks.rewards import reward_functions
from contextpairs.pipelines.tasks.storing import NoTasks, TasksManifest, load_tasks, read_manifest
from tests.pipelines.tasks.written import content, reasons, rows_of

ROOT = Path(__file__).resolve().parents[3]
GOLD = """\
diff --git a/pkg/core.py b/pkg/core.py
--- a/pkg/core.py
+++ b/pkg/core.py
@@ -3,3 +3,3 @@ def other():
 def total(items):
-    return len(items)
+    return sum(items)
diff --git a/CHANGES.rst b/CHANGES.rst
--- a/CHANGES.rst
+++ b/CHANGES.rst
@@ -1,1 +1,2 @@
 Changes
+* total adds up
diff --git a/tests/test_core.py b/tests/test_core.py
--- a/tests/test_core.py
+++ b/tests/test_core.py
@@ -1,1 +1,2 @@
 import pkg
+assert pkg.total([2]) == 2
"""


def build(out: Path, *overrides: str, threads: bool = False) -> TasksManifest:
    config = load(CodingTasksConfig, [], [f"out={out}", *overrides])
    return build_coding_tasks(config, thread_mapper(2) if threads else process_mapper(1), Silent())


def instances_of(out: Path) -> set[str]:
    return {json.loads(row["provenance"])["instance_id"] for row in rows_of(out)}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks") / "coding"
    build(folder)
    return folder


def test_the_sample_gives_a_task_an_instance(out: Path) -> None:
    manifest = read_manifest(out)
    assert manifest.tasks == len(rows_of(out)) == len(instances_of(out)) >= 80
    assert len({row["task_id"] for row in rows_of(out)}) == manifest.tasks


def test_every_stage_of_the_funnel_meets_the_next(out: Path) -> None:
    manifest = read_manifest(out)
    lines = [line for line in manifest.funnel if line.unit == "instances"]
    assert [line.stage for line in lines] == ["contamination", "reference", "issue", "probe", "distinct", "limit"]
    assert [line.rows_in for line in lines[1:]] == [line.rows_out for line in lines[:-1]]
    assert lines[-1].rows_out == manifest.tasks == sum(manifest.counts.values())


def test_the_reference_in_the_form_asked_for_gets_the_whole_reward(out: Path) -> None:
    (reward,) = reward_functions("coding")
    tasks = load_tasks(out)
    answers = [written(Place(*place) for place in json.loads(text)["places"]) for text in tasks["reference"]]
    replies = [[{"role": "assistant", "content": f"So:\n<answer>\n{answer}\n</answer>"}] for answer in answers]
    assert set(reward(prompts=tasks["prompt"], completions=replies, reference=tasks["reference"])) == {1.0}


def test_a_prompt_holds_issue_repository_and_files_and_no_agents_instructions(out: Path) -> None:
    for task in load_tasks(out):
        (turn,) = task["prompt"]
        assert turn["role"] == "user"
        provenance = json.loads(task["provenance"])
        assert provenance["repository"] in turn["content"]
        assert "<answer>" in turn["content"]
        assert "pr_description" not in turn["content"]
        assert "MINI_SWE_AGENT" not in turn["content"]
        listed = turn["content"].split("among them those that the fix changes:\n")[1].split("\n\n")[0].split("\n")
        assert {path for path, _ in json.loads(task["reference"])["places"]} <= set(listed)


def test_what_the_probe_of_the_pairs_shows_gives_no_task(out: Path, tmp_path: Path) -> None:
    published = build_coding(load_config([], [f"out={tmp_path}", "limit=60"]), process_mapper(1), Silent())
    origins = Store(tmp_path).read(published.version, "probe", ["provenance"])["provenance"].to_pylist()
    shown = {json.loads(each)[side]["instance_id"] for each in origins for side in ("positive", "negative")}
    assert shown
    assert not shown & instances_of(out)


def test_equal_input_gives_equal_bytes_on_every_engine(out: Path, tmp_path: Path) -> None:
    build(tmp_path, threads=True)
    assert content(tmp_path) == content(out)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob(".work/**/*.parquet")}
    build(tmp_path)
    assert content(tmp_path) == content(out)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob(".work/**/*.parquet")} == before


def test_other_tasks_take_the_place_of_those_that_were_there(tmp_path: Path) -> None:
    build(tmp_path, "limit=30")
    first = read_manifest(tmp_path)
    second = build(tmp_path, "limit=20", "listed_files=0")
    assert (first.tasks, second.tasks) == (30, 20)
    assert second.digest != first.digest
    assert {path.name for path in tmp_path.glob("*.parquet")} == {file.path for file in second.files}
    assert all("among them" not in row["prompt"][0]["content"] for row in rows_of(tmp_path))


def test_evaluation_repositories_are_set_aside(tmp_path: Path) -> None:
    manifest = build(tmp_path, "contamination.repositories=[smallworks/almanac]")
    assert reasons(manifest)["contaminated-repository"] >= 10
    assert not [name for name in instances_of(tmp_path) if "almanac" in name]


def source(folder: Path, quoted: bool = True, **fields: Any) -> Path:
    """Six runs of five instances: one patch, issues in a table, as rows that a user has."""
    folder.mkdir()
    prompt = "<pr_description>\nTotals are {}; mail me@mail.org\n</pr_description>" if quoted else "Fix {}."
    edit = "```bash\nsed -i 's/return len(items)/return sum(items)/' pkg/core.py\n```"
    turn = {"role": "assistant", "content": f"I sum them.\n\n{edit}"}
    shared = {"patch": GOLD, "resolved": True} | fields
    rows = [
        {
            "instance_id": f"o__r-{n % 5}",
            "messages": [{"role": "user", "content": prompt.format(n % 5)}, turn],
            **shared,
        }
        for n in range(6)
    ]
    (folder / "runs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "no json\n")
    return folder


def test_own_runs_give_redacted_issues_and_the_code_part_of_the_patch(tmp_path: Path) -> None:
    manifest = build(tmp_path / "out", f"sources={source(tmp_path / 'in')}")
    assert [line.rows_out for line in manifest.funnel if line.stage == "read"] == [6]
    assert manifest.tasks == 5
    for row in rows_of(tmp_path / "out"):
        assert json.loads(row["reference"]) == {"places": [["pkg/core.py", "total"]]}
        assert "Totals are" in row["prompt"][0]["content"]
        assert "[email]" in row["prompt"][0]["content"]
        assert json.loads(row["provenance"])["source"] == "runs.jsonl"


def test_runs_whose_outcome_nothing_tells_want_a_word(tmp_path: Path) -> None:
    runs = source(tmp_path / "in", resolved=None)
    with pytest.raises(NoTasks, match="no task is left; the funnel says"):
        build(tmp_path / "out", f"sources={runs}")
    assert not list((tmp_path / "out").glob("tasks*"))
    assert build(tmp_path / "out", f"sources={runs}", "trust_unknown=true").tasks == 5


def test_the_gold_patch_of_an_instances_table_needs_no_resolved_run(tmp_path: Path) -> None:
    runs = source(tmp_path / "in", quoted=False, resolved=False, patch=None)
    table = [
        {"instance_id": f"o__r-{n}", "repo": "o/r", "problem_statement": f"Wrong {n}", "patch": GOLD} for n in (0, 1)
    ]
    (tmp_path / "table.jsonl").write_text("".join(json.dumps(row) + "\n" for row in table))
    manifest = build(tmp_path / "out", f"sources={runs}", f"source.instances=['{tmp_path / 'table.jsonl'}']")
    assert instances_of(tmp_path / "out") == {"o__r-0", "o__r-1"}
    assert manifest.counts == {"reference from gold, functions": 2}
    assert {row["prompt"][0]["content"].split("Issue:\n")[1][:7] for row in rows_of(tmp_path / "out")} == {
        "Wrong 0",
        "Wrong 1",
    }


def test_a_store_elsewhere_is_refused_before_any_work() -> None:
    with pytest.raises(ConfigError, match=r"out: .*local folder"):
        load(CodingTasksConfig, [], ["out=s3://bucket/tasks"])
    with pytest.raises(ConfigError, match=r"storage: .*source\.storage"):
        load(CodingTasksConfig, [], ["storage.key=1"])


def test_torch_is_never_imported(tmp_path: Path) -> None:
    """A build by the command line in an interpreter in which torch and its kin cannot be imported."""
    script = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "trl", "PIL", "prefect"):
            raise ImportError(name + " was imported")
sys.meta_path.insert(0, Refuse())
sys.argv = ["contextpairs", "tasks", "coding", "out={tmp_path}", "sources={sample_path()}", "trust_unknown=true",
            "limit=20", "engine.workers=1"]
from contextpairs.pipelines.cli.main import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "20 tasks (coding), digest" in done.stdout
    assert "over-limit" in done.stdout
