"""Real sets, read whole and with no configuration. Counts are those of the files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_vqa
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from tests.data.sources.vqa.making import outcomes

SETS = {
    "easy_vqa.parquet": (19_411, 1, {"MIT"}),
    "nlvr.parquet": (3_958, 1, {"CC-BY-4.0"}),
    "shapes.parquet": (1_728, 1, {"BSD-2-Clause (repository)"}),
    "tabmwp.parquet": (1_000, 1, {"CC-BY-NC-SA-4.0"}),
    "blindtest": (1_584, 2, {"MIT"}),
    "coco128": (877, 1, {"CC-BY-4.0 (annotations); photos: Flickr terms per image"}),
}
"""Rows, domains, licences."""


@pytest.fixture(scope="module")
def sets(shared: Path) -> Path:
    if not (shared / "vqa").is_dir():
        pytest.skip(f"no folder vqa in {shared}: set CONTEXTPAIRS_SHARED to the folder that holds it")
    return shared / "vqa"


def stored(path: Path) -> list[dict[str, Any]]:
    """Every row as its file has it, the image as bytes."""
    if path.is_dir():
        rows = [json.loads(line) for line in (path / "qa.jsonl").read_text().splitlines()]
        return [{**row, "image": (path / row["image"]).read_bytes()} for row in rows]
    return [{**row, "image": row["image"]["bytes"]} for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize("name", SETS)
def test_every_row_says_what_the_file_says(name: str, sets: Path) -> None:
    rows, domains, licenses = SETS[name]
    found = [item for item in outcomes(sets / name) if isinstance(item, VqaRow)]
    assert len(found) == rows
    assert len({row.domain for row in found}) == domains
    assert {row.license for row in found} == licenses
    for row, written in zip(found, stored(sets / name), strict=True):
        assert (row.key, row.domain, row.image) == (written["id"], written["domain"], written["image"])
        (asked,) = row.questions
        choices = tuple(written.get("choices") or ())
        assert (asked.question, asked.answer, asked.choices) == (written["question"], written["answer"], choices)


def test_all_of_them_at_once(sets: Path) -> None:
    """Would catch a file that another one hides, or images beside the rows that are taken for rows."""
    partitions, rejections = plan_vqa([str(sets)], VqaOptions())
    assert rejections == []
    found = [item for partition in partitions for item in read_vqa(partition)]
    assert not any(isinstance(item, Rejection) for item in found)
    counts = Counter(Path(item.source).relative_to(sets).parts[0] for item in found)
    assert counts == {name: rows for name, (rows, *_) in SETS.items()}
