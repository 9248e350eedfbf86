"""The generator: the committed rows come from it byte for byte, and its instances are what they say."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contextpairs.data.demo.samples import sample_path
from contextpairs.data.demo.samples.checkout import checkout
from contextpairs.data.demo.samples.generate import (
    SampleRow,
    SampleSettings,
    instances_of,
    python_version,
    rebuild_instance,
    rows_of,
    write_rows,
)
from contextpairs.data.demo.samples.instance import SampleInstance
from contextpairs.data.demo.samples.repository import load_repositories, load_repository

pytestmark = pytest.mark.skipif(
    not (shutil.which("git") and shutil.which("bash")), reason="needs git and bash to run the agent's commands"
)
SETTINGS = SampleSettings()


@pytest.fixture(scope="module")
def committed() -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in pq.read_table(sample_path()).to_pylist():
        rows.setdefault(row["instance_id"], []).append(row)
    return rows


@pytest.fixture(scope="module")
def instances() -> list[SampleInstance]:
    return list(instances_of(load_repository("almanac"), SampleSettings(seed=5, functions=1)))


def test_committed_rows_come_out_again_byte_for_byte(committed: dict[str, list[dict[str, Any]]]) -> None:
    made_by = pq.read_schema(sample_path()).metadata[b"python"].decode()
    if made_by != python_version():
        pytest.skip(f"the samples were made by Python {made_by}, whose error messages differ from {python_version()}'s")
    for name in random.Random(0).sample(sorted(committed), 3):
        again = rows_of(rebuild_instance(name, SETTINGS), SETTINGS)
        assert sorted(again, key=str) == sorted(committed[name], key=str)


def test_a_function_holds_several_instances(instances: list[SampleInstance]) -> None:
    assert SETTINGS.least_bugs <= len(instances) <= SETTINGS.most_bugs
    assert len({(i.bug.path, i.bug.function) for i in instances}) == 1
    assert len({i.instance_id for i in instances}) == len({i.issue for i in instances}) == len(instances)


def test_a_bug_makes_tests_fail_and_the_issue_shows_real_output(instances: list[SampleInstance]) -> None:
    instance = instances[0]
    with checkout(instance.files) as here:
        here.write({"symptom.py": instance.symptom.script})
        assert here.run("python symptom.py").output.rstrip("\n").endswith(instance.symptom.observed)
        assert here.run(f"python -m unittest {instance.symptom.module}").returncode == 1
        here.write({instance.bug.path: instance.bug.clean})
        assert here.run("python symptom.py").output.rstrip("\n").endswith(instance.symptom.expected)
    assert instance.symptom.observed in instance.issue
    assert instance.symptom.script.rstrip() in instance.issue


def test_the_issue_does_not_quote_the_code(instances: list[SampleInstance]) -> None:
    for instance in instances:
        fixed = set(instance.bug.clean.splitlines()) - set(instance.bug.buggy.splitlines())
        assert not any(line.strip() in instance.issue for line in fixed if len(line.strip()) > 8)


def test_clean_repositories_pass_their_tests() -> None:
    for repository in load_repositories():
        with checkout(repository.files) as here:
            report = here.run("python -m unittest")
        assert report.returncode == 0, report.output


def test_unknown_instance_is_named() -> None:
    with pytest.raises(LookupError, match="func_pm_op_change__aaaaaaaa: no such bug"):
        rebuild_instance("smallworks__galley.00000000.func_pm_op_change__aaaaaaaa", SETTINGS)


def test_equal_rows_give_equal_files(tmp_path: Path, committed: dict[str, list[dict[str, Any]]]) -> None:
    rows = [
        SampleRow(instance_id=row["instance_id"], messages=row["messages"]) for row in next(iter(committed.values()))
    ]
    for name in ("a.parquet", "b.parquet"):
        write_rows(rows, tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
