"""The whole build on the embedded sample: what is published is what the README promises."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq
import pytest

from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.data.demo.samples import sample_path
from contextpairs.data.store.store import Published, Store
from contextpairs.filters.coding.leakage import leaks
from contextpairs.filters.coding.learners import LEARNERS
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.engine import Output, Work
from contextpairs.pipelines.run.mappers import process_mapper, thread_mapper
from contextpairs.pipelines.run.reporting import Silent

ROOT = Path(__file__).resolve().parents[3]


def build(out: Path, *overrides: str, workers: int = 2) -> Published:
    return build_coding(load_config([], [f"out={out}", *overrides]), process_mapper(workers), Silent())


def content(published: Published) -> dict[str, bytes]:
    folder = Path(published.path)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return build(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def rows(published: Published) -> dict[str, list[dict[str, Any]]]:
    store = Store(Path(published.path).parents[1])
    return {split: store.read(published.version, split).to_pylist() for split in ("train", "probe")}


def test_the_sample_gives_hundreds_of_pairs(rows: dict[str, list[dict[str, Any]]]) -> None:
    assert len(rows["train"]) >= 400
    assert len(rows["probe"]) >= 20


def test_every_stage_of_the_funnel_adds_up_and_meets_the_next(published: Published) -> None:
    manifest = Store(Path(published.path).parents[1]).manifest(published.version)
    names = [line.stage for line in manifest.funnel]
    assert names[:3] == ["read", "facts", "distinct"]
    assert {"same function", "issue similarity", "pool", "masking", "choice", "mirrors"} <= set(names)
    couples = [line for line in manifest.funnel if line.unit == "couples"]
    for before, after in itertools.pairwise(couples):
        assert before.rows_out == after.rows_in, (before.stage, after.stage)
    assert manifest.funnel[-1].rows_out == sum(manifest.rows.values()) == 2 * couples[-1].rows_out


def test_no_changed_line_of_either_patch_can_be_read(rows: dict[str, list[dict[str, Any]]]) -> None:
    answers = {row["pair_id"]: row["answer"] for split in rows.values() for row in split}
    for row in (row for split in rows.values() for row in split):
        patches = [parse_patch(row["answer"]), parse_patch(answers[row["mirror_id"]])]
        for side in ("positive", "negative"):
            context = [Message(m["role"], m["content"]) for m in row[side]]
            assert leaks(context, patches) == []
            text = "\n".join(message.content for message in context)
            for patch in patches:
                changed = {line.strip() for file in patch for _, line in file.changed()}
                assert not [line for line in changed if len(line) >= 16 and " " in line and line in text]


def test_mirrors_swap_contexts_and_stand_under_opposite_letters(rows: dict[str, list[dict[str, Any]]]) -> None:
    for split in rows.values():
        by_id = {row["pair_id"]: row for row in split}
        for row in split:
            mirror = by_id[row["mirror_id"]]
            assert (mirror["positive"], mirror["negative"]) == (row["negative"], row["positive"])
            assert mirror["answer"] != row["answer"]
            assert mirror["group_id"] == row["group_id"]
            assert {mirror["label"], row["label"]} == {"A", "B"}
        letters = Counter(row["label"] for row in split)
        assert letters["A"] == letters["B"]


def test_no_context_and_no_group_stands_in_two_splits(rows: dict[str, list[dict[str, Any]]]) -> None:
    def things(split: str) -> set[str]:
        contexts = {json.dumps(row[side]) for row in rows[split] for side in ("positive", "negative")}
        return contexts | {row["group_id"] for row in rows[split]}

    assert not things("train") & things("probe")


def test_no_baseline_passes_its_bound(published: Published) -> None:
    manifest = Store(Path(published.path).parents[1]).manifest(published.version)
    names = {figure.name for figure in manifest.audit}
    assert {"TF-IDF", "identifier overlap", "file names", "length", "position", "turn count", "bag of words"} <= names
    assert set(LEARNERS) <= {figure.name for figure in manifest.audit if figure.split == "train"}
    for figure in manifest.audit:
        assert figure.low <= figure.accuracy <= figure.high
        if figure.name in LEARNERS:
            assert 0.44 <= figure.accuracy <= 0.56 if figure.n >= 800 else figure.low <= 0.56, figure
        else:
            assert 0.45 <= figure.accuracy <= 0.55, figure


def test_positive_and_negative_edit_one_function_at_one_commit_for_two_issues(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    for row in rows["train"]:
        origin = json.loads(row["provenance"])
        one, two = origin["positive"], origin["negative"]
        assert (one["repository"], one["commit"]) == (two["repository"], two["commit"])
        assert one["instance_id"] != two["instance_id"]
        assert row["group_id"].startswith(one["repository"] + "::")


def test_datasets_loads_a_version_by_name(published: Published) -> None:
    loaded = datasets.load_dataset(published.path, "coding", split="train")
    assert loaded[0]["positive"][0]["role"] in ("system", "user", "assistant", "tool")
    assert set(loaded["label"]) == {"A", "B"}


def test_equal_input_gives_equal_bytes_on_every_engine(published: Published, tmp_path: Path) -> None:
    again = build_coding(load_config([], [f"out={tmp_path}"]), thread_mapper(2), Silent())
    assert content(again) == content(published)


def test_a_second_build_does_nothing_and_publishes_nothing(tmp_path: Path) -> None:
    first = build(tmp_path, "limit=60", workers=1)
    seen: list[bool] = []
    mapper = process_mapper(1)
    config = load_config([], [f"out={tmp_path}", "limit=60"])

    def noting(works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
        outputs = mapper(works, done)
        seen.extend(output.reused for output in outputs)
        return outputs

    again = build_coding(config, noting, Silent())
    assert seen
    assert all(seen)
    assert (first.created, again.created, again.version) == (True, False, first.version)


def test_a_refresh_does_what_is_new_alone(tmp_path: Path) -> None:
    """A file more: facts of the others, and masks of the places it does not touch, are found done."""
    table = pq.read_table(sample_path())
    known = [i for i, name in enumerate(table["instance_id"].to_pylist()) if "waypoint" not in name]
    sources = tmp_path / "in"
    sources.mkdir()
    pq.write_table(table.take(known), sources / "a.parquet")
    more = ["limit=null", "pool=1", f"sources={sources}", "source.partition_bytes=1"]
    build(tmp_path / "out", *more, workers=1)
    pq.write_table(table.take(sorted(set(range(len(table))) - set(known))), sources / "b.parquet")
    reused: dict[str, list[bool]] = {}

    def noting(works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
        outputs = process_mapper(1)(works, done)
        for output in outputs:
            reused.setdefault(output.stage, []).append(output.reused)
        return outputs

    build_coding(load_config([], [f"out={tmp_path / 'out'}", *more]), noting, Silent())
    assert sorted(reused["facts"]) == [False, True]
    assert sum(reused["mask"]) >= len(reused["mask"]) / 3


def test_other_facts_of_the_same_traces_are_other_pairs(tmp_path: Path) -> None:
    """A patch recorded anew beside an unchanged transcript, in the same file and row, is not taken from old outputs."""
    runs = pq.read_table(sample_path()).to_pylist()[:120]
    folder = tmp_path / "in"
    folder.mkdir()

    def built(license: str) -> set[str]:
        rows = [{**run, "license": license} for run in runs]
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        build(tmp_path / "out", f"sources={folder}", "limit=20", workers=1)
        provenance = Store(tmp_path / "out").read("latest", "train", ["provenance"])["provenance"].to_pylist()
        return {json.loads(each)["positive"]["license"] for each in provenance}

    assert built("MIT") == {"MIT"}
    assert built("CC0-1.0") == {"CC0-1.0"}


def test_of_equal_runs_the_first_is_told_of_as_it_was_recorded(tmp_path: Path) -> None:
    runs = pq.read_table(sample_path()).to_pylist()[:120]
    (tmp_path / "in").mkdir()
    for name, license in (("b", "second"), ("a", "first")):
        text = "".join(json.dumps({**run, "license": license}) + "\n" for run in runs)
        (tmp_path / "in" / f"{name}.jsonl").write_text(text)
    build(tmp_path / "out", f"sources={tmp_path / 'in'}", "limit=20", workers=1)
    manifest = Store(tmp_path / "out").manifest()
    assert next(line for line in manifest.funnel if line.stage == "distinct").reasons["identical"] > 100
    assert set(manifest.licenses) == {"first"}


def test_another_limit_is_another_version(tmp_path: Path) -> None:
    assert build(tmp_path, "limit=40").rows.keys() <= {"train", "probe"}
    second = build(tmp_path, "limit=60")
    assert second.version == "v000002"
    assert sum(second.rows.values()) <= 60


def test_evaluation_repositories_are_set_aside_by_default(tmp_path: Path) -> None:
    build(tmp_path / "a", "limit=20", "contamination.repositories=[smallworks/almanac]")
    manifest = Store(tmp_path / "a").manifest()
    assert manifest.contamination["repository"] > 0
    facts = next(line for line in manifest.funnel if line.stage == "facts")
    assert facts.reasons["contaminated-repository"] == manifest.contamination["repository"]


def test_an_instances_table_joins_issues_and_says_what_it_lost(tmp_path: Path) -> None:
    """Issue texts come from the table; the work directory, table included, may be any fsspec URL."""
    ids = sorted(set(pq.read_table(sample_path(), columns=["instance_id"])["instance_id"].to_pylist()))
    known = [{"instance_id": i, "problem_statement": f"issue of {i}", "repo": "smallworks/x"} for i in ids[1:]]
    (tmp_path / "instances.jsonl").write_text("".join(json.dumps(row) + "\n" for row in known))
    table = f"source.instances=['{tmp_path / 'instances.jsonl'}']"
    build(tmp_path / "out", "limit=20", table, "engine.work_dir=memory://joined", workers=1)
    notes = Store(tmp_path / "out").manifest().notes
    hits, misses = (int(next(n for n in notes if n.startswith(f"join-{kind}")).split()[1]) for kind in ("hit", "miss"))
    runs = pq.read_table(sample_path(), columns=["instance_id"])["instance_id"].to_pylist()
    assert (hits, misses) == (len(runs) - runs.count(ids[0]), runs.count(ids[0]))


def test_nothing_to_publish_says_where_everything_went(tmp_path: Path) -> None:
    with pytest.raises(NothingToPublish, match="no pair survived"):
        build(tmp_path, "cascade=[{same: instance}, {different: instance}]")
    assert not (tmp_path / "versions").exists()


def test_the_coding_path_never_imports_torch(tmp_path: Path) -> None:
    """A build in a fresh interpreter in which torch and its kin cannot be imported."""
    script = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "sentence_transformers", "prefect"):
            raise ImportError(name + " was imported")
sys.meta_path.insert(0, Refuse())
sys.argv = ["contextpairs", "build", "coding", "out={tmp_path}", "limit=20", "engine.workers=1"]
from contextpairs.pipelines.cli.main import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
