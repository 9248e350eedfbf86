"""Rows that were made to stall a build: good ones are published beside them, each bad one has its reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks.corpus import write_corpus
from benchmarks.hostile import LONGEST, hostile_questions, hostile_runs
from contextpairs import build_coding
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.data.store.stages import read_table
from contextpairs.data.store.store import Store
from contextpairs.pipelines.images.read_stage import ImagesPayload, images_partition
from contextpairs.pipelines.run.engine import Work, rejections_of, run
from tests.data.sources.vqa.making import images, lines

GOOD = 24


def built(out: Path, *sources: Path) -> list[dict[str, Any]]:
    """The pairs of a build, without what it tells of them."""
    built = build_coding(
        sources=[str(each) for each in sources], out=str(out), limit=60, audit={"enforce": False}, engine={"workers": 1}
    )
    store = Store(out)
    rows = [
        row
        for split, count in built.rows.items()
        for row in store.take(built.version, cast(Split, split), range(count))
    ]
    return sorted(rows, key=lambda row: str(row["pair_id"]))


def lost(out: Path, source: Path) -> Iterator[tuple[int, str]]:
    """Row and reason of each row of a source that a stage set aside."""
    for path in sorted(out.glob(".work/*/*.rejected.parquet")):
        rows = read_table(str(path)).to_pylist()
        yield from ((row["row"], row["reason"]) for row in rows if row["source"] == str(source))


def test_rows_are_of_the_size_that_is_told() -> None:
    assert len(hostile_runs()) == 60
    assert all(len(row) <= LONGEST for row in [*hostile_runs(), *hostile_questions()])


@pytest.mark.slow
def test_a_thousand_good_runs_are_built_beside_sixty_hostile_ones(tmp_path: Path) -> None:
    write_corpus(tmp_path / "good", 1000, row_kb=3, workers=1)
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"\n".join(hostile_runs()))
    alone = built(tmp_path / "alone", tmp_path / "good")
    assert alone
    assert built(tmp_path / "beside", tmp_path / "good", bad) == alone
    found = list(lost(tmp_path / "beside", bad))
    assert sorted(row for row, _ in found) == list(range(60))
    assert "failed" not in dict(found).values()


def test_good_questions_are_read_beside_hostile_ones(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(GOOD)]
    images(tmp_path, "a.png", *names)
    (tmp_path / "broken.tar").write_bytes(b"no archive")
    asked = [{"image": name, "question": "What is it?", "answer": "a cat"} for name in names]
    lines(tmp_path / "good.jsonl", asked)
    (tmp_path / "bad.jsonl").write_bytes(b"\n".join(hostile_questions()))
    partitions, rejections = plan_vqa([str(tmp_path)], VqaOptions())
    assert not rejections
    works = [
        Work(images_partition, ImagesPayload(each, ImageLimits()), [each.uri], str(tmp_path / "work"))
        for each in partitions
    ]
    outputs = [run(work) for work in works]
    found = list(rejections_of(outputs))
    assert sum(output.rows for output in outputs) == GOOD
    assert sorted(row["row"] for row in found) == list(range(len(hostile_questions())))
    assert {row["source"] for row in found} == {str(tmp_path / "bad.jsonl")}
    assert "failed" not in {row["reason"] for row in found}
