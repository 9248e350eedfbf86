"""The answers of six real data sets: closed vocabularies stay productive."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contextpairs.data.answers.canonical import Canonical, canonical
from contextpairs.data.answers.comparing import compare
from contextpairs.data.answers.question_key import question_key

COLUMNS = ["question", "answer", "choices"]
PRODUCTIVE = {"easy_vqa": 0.95, "nlvr": 1.0, "shapes": 1.0, "tabmwp": 1.0, "blindtest": 1.0, "coco128": 1.0}
"""By data set: share of pairs of different answers to one question that are certainly different."""


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    if (folder / name).is_dir():
        return [json.loads(line) for line in (folder / name / "qa.jsonl").read_text("utf-8").splitlines()]
    rows: list[dict[str, Any]] = pq.read_table(folder / f"{name}.parquet", columns=COLUMNS).to_pylist()
    return rows


def grouped(rows: list[dict[str, Any]]) -> dict[str, dict[str, Canonical]]:
    groups: dict[str, dict[str, Canonical]] = defaultdict(dict)
    for row in rows:
        said = canonical(row["answer"], row["question"], tuple(row.get("choices") or ()))
        groups[question_key(row["question"])][said.key] = said
    return groups


@pytest.mark.parametrize("name", PRODUCTIVE)
def test_different_answers_of_real_questions_are_certainly_different(shared: Path, name: str) -> None:
    groups = grouped(rows_of(shared / "vqa", name)).values()
    relations = [compare(*pair) for group in groups for pair in combinations(group.values(), 2)]
    assert relations.count("different") >= PRODUCTIVE[name] * len(relations) > 0
    assert all(said.comparable for group in groups for said in group.values())
