"""A source that says itself how it is read; the others are read as all are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.trajectories.partition import SourceOptions, TrajectorySource, reading_of
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_vqa
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions, VqaSource
from tests.data.sources.vqa.making import images, lines

ROW = {"image": "a.png", "text": "What is it?", "label": "a cat"}


def test_one_of_two(tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    mapped = lines(tmp_path / "one.jsonl", [ROW])
    plain = lines(tmp_path / "two.jsonl", [{"image": "a.png", "question": "What is it?", "answer": "a dog"}])
    own = VqaSource.model_validate({"path": str(mapped), "columns": {"question": "text"}, "domain": "pets"})
    partitions, _ = plan_vqa([own, str(plain)], VqaOptions(domain="all", license="MIT"))
    rows = [item for partition in partitions for item in read_vqa(partition)]
    assert all(isinstance(item, VqaRow) for item in rows)
    assert [(item.domain, item.license, item.questions[0].answer) for item in rows if isinstance(item, VqaRow)] == [
        ("pets", "MIT", "a cat"),
        ("all", "MIT", "a dog"),
    ]


def test_only_what_is_given_stands_over_the_rest() -> None:
    options = VqaOptions(columns={"answer": "label"}, domain="all")
    source = VqaSource.model_validate({"path": "x", "columns": {}})
    assert reading_of(source, options) == ("x", VqaOptions(domain="all"))
    assert reading_of("x", options) == ("x", options)


def test_trajectories(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Fix it."}, {"role": "assistant", "content": "Done."}]
    odd = lines(tmp_path / "odd.jsonl", [{"task": "a__b-1", "messages": turns}])
    usual = lines(tmp_path / "usual.jsonl", [{"instance_id": "a__b-2", "messages": turns}])
    own = TrajectorySource.model_validate({"path": str(odd), "columns": {"instance_id": "task"}})
    partitions, _ = plan([own, str(usual)], SourceOptions())
    found = [item for partition in partitions for item in read(partition)]
    assert [getattr(item, "instance_id", item) for item in found] == ["a__b-1", "a__b-2"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"columns": {}}, "path"),
        ({"path": "x", "colums": {}}, "colums"),
        ({"path": "x", "columns": {"pic": "a"}}, "pic"),
    ],
)
def test_bad_values_name_the_field(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        VqaSource.model_validate(given)
