"""Big corpora: any size, one family of rows, files and edits that agree with each other."""

from __future__ import annotations

import ast
import itertools
import random
import re
import shutil
import statistics
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.corpus import ISSUES, PER_REPOSITORY, REPOSITORIES, ROWS, build_row, row_order, write_corpus
from benchmarks.modules import write_repository
from benchmarks.paper import PaperCheckout
from contextpairs.data.demo.samples import sample_path
from contextpairs.data.demo.samples.actions import EditFile, Search, Tell, ViewFile
from contextpairs.data.demo.samples.agent import Agent
from contextpairs.data.demo.samples.bugs import bugs_in
from contextpairs.data.demo.samples.checkout import checkout
from contextpairs.data.demo.samples.generate import SampleRow
from contextpairs.data.demo.samples.instance import SampleInstance
from contextpairs.data.demo.samples.repository import load_repository
from contextpairs.data.demo.samples.symptoms import Symptom


@pytest.fixture(scope="module")
def rows() -> list[SampleRow]:
    return [build_row(0, number) for number in range(0, 540, 3)]


def test_a_row_depends_on_seed_and_number_alone() -> None:
    assert build_row(0, 7) == build_row(0, 7)
    assert build_row(0, 7) != build_row(1, 7)


def test_a_smaller_corpus_holds_the_first_of_the_same_rows(tmp_path: Path) -> None:
    write_corpus(tmp_path / "small", 20, workers=1)
    (path,) = (tmp_path / "small").iterdir()
    found = {str(row) for row in pq.read_table(path).to_pylist()}
    assert found == {str(build_row(0, number)) for number in range(20)}


@pytest.mark.parametrize("count", [1, 2, 10, 1000, 1404])
def test_the_order_names_every_row_once(count: int) -> None:
    assert sorted(row_order(count, 0)) == list(range(count))


def test_runs_of_one_issue_are_scattered() -> None:
    issues = [number * ISSUES // ROWS for number in row_order(5000, 0)]
    assert sum(a == b for a, b in itertools.pairwise(issues)) < 50


def test_files_have_the_form_of_the_embedded_samples(tmp_path: Path) -> None:
    write_corpus(tmp_path, 3000, row_kb=1.0, workers=2)
    shards = sorted(tmp_path.iterdir())
    assert [path.name for path in shards] == ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
    assert pq.read_schema(shards[0]) == pq.read_schema(sample_path()).remove_metadata()
    assert sum(pq.read_metadata(path).num_rows for path in shards) == 3000


def test_proportions_are_those_of_the_public_corpus() -> None:
    issues = {number * ISSUES // ROWS for number in range(ROWS)}
    assert len(issues) == ISSUES
    assert max(issues) // PER_REPOSITORY + 1 == REPOSITORIES


def test_rows_are_as_long_as_asked_for(rows: list[SampleRow]) -> None:
    sizes = [sum(len(turn["content"]) for turn in row["messages"]) for row in rows]
    assert 42_000 < statistics.mean(sizes) < 60_000
    assert 28 < statistics.mean(len(row["messages"]) for row in rows) < 46


def test_edits_quote_text_that_the_transcript_could_have_shown(rows: list[SampleRow]) -> None:
    repository = write_repository(0, 0, PER_REPOSITORY)
    texts = {(d.function.path, repository.bug(d).buggy) for d in repository.defects}
    found = 0
    for row in rows[:60]:
        for turn in row["messages"]:
            for old, path in re.findall(
                r"old=\$\(cat <<'OLD'\n(.*?)\nOLD\n.*?edit_via_str_replace (\S+)", turn["content"], re.S
            ):
                if "  " not in old.strip():
                    found += 1
                    assert any(place == path and old in text for place, text in texts), old
    assert found > 10


def test_generated_modules_are_valid_and_of_a_realistic_length() -> None:
    repository = write_repository(0, 1, PER_REPOSITORY)
    modules = [text for path, text in repository.files.items() if path.startswith(f"{repository.package}/") and text]
    for path, text in repository.files.items():
        if path.endswith(".py"):
            ast.parse(text, path)
    assert min(text.count("\n") for text in modules) > 120
    assert 200 < statistics.mean(text.count("\n") for text in modules) < 400


def test_functions_hold_several_issues() -> None:
    repository = write_repository(0, 2, PER_REPOSITORY)
    functions = [(defect.function.path, defect.function.name) for defect in repository.defects]
    assert len(functions) == PER_REPOSITORY
    assert sum(functions.count(function) >= 3 for function in set(functions)) > 0.8 * len(set(functions))


def test_symptoms_are_what_the_code_really_does() -> None:
    repository = write_repository(0, 3, 20)
    for defect in repository.defects:
        outcomes = []
        for text in (repository.bug(defect).buggy, repository.bug(defect).clean):
            space: dict[str, object] = {}
            exec(text, space)
            try:
                outcomes.append(repr(eval(defect.function.call, space)))
            except Exception as error:
                outcomes.append(f"{type(error).__name__}: {error}")
        assert outcomes == [defect.observed, defect.expected]


@pytest.mark.skipif(not (shutil.which("git") and shutil.which("bash")), reason="needs git and bash to compare with")
@pytest.mark.parametrize("seed", range(6))
def test_a_checkout_on_paper_prints_what_a_real_one_prints(seed: int) -> None:
    repository = load_repository("stockroom")
    bugs = [bug for path in repository.modules() for bug in bugs_in(path, repository.files[path])]
    bug = random.Random(seed).choice(bugs)
    symptom = Symptom("print(1)\n", "1", "2", "tests.test_items", ["test_parse_sku"])
    files = repository.files | {bug.path: bug.buggy}
    instance = SampleInstance("x", repository.name, files, bug, symptom, "issue")
    agent = Agent(instance, f"seed {seed}")
    paper = PaperCheckout(instance, agent.solution)
    turns = [*agent.explore(), *itertools.islice(agent.detours(), 15), *agent.solve()]
    with checkout(files) as here:
        here.commit()
        for turn in turns:
            real = here.run(turn.action.command())
            acted = paper.run(turn.action)
            if isinstance(turn.action, Search | ViewFile | EditFile) or _plain(turn.action):
                assert acted == real, turn.action.command()


def _plain(action: object) -> bool:
    """Whether what the command prints does not hang on commit names or on leftover scripts."""
    return isinstance(action, Tell) and not action.line.startswith(("git log", "git diff", "git checkout"))
