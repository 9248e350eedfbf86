"""Copies of ten kinds under right and wrong answers, in scenes that were made apart: no false row, and no pair lost."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.imaging.alignment import SightMaps
from contextpairs.data.imaging.copies import is_copy
from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.store.store import Store
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent
from tests.pipelines.images.landscapes.written import KINDS, write

pytestmark = pytest.mark.slow
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("source")


@pytest.fixture(scope="module")
def rows(source: Path) -> Rows:
    """Of 40 scenes with ten copies each, and 40 clean couples."""
    return write(source)


def test_each_kind_of_copy_is_told_from_its_original(source: Path, rows: Rows) -> None:
    sights = {row["image"]: SightMaps(rgb((source / row["image"]).read_bytes(), ImageLimits())) for row in rows}
    originals = {row["scene"]: sights[row["image"]] for row in rows if row["kind"] == "original"}
    copies = [row for row in rows if row["kind"] in KINDS]
    found = Counter(row["kind"] for row in copies if is_copy(originals[row["scene"]], sights[row["image"]]))
    assert {kind: number for kind, number in found.items() if number < 36} == {}
    assert set(found) == set(KINDS)


def test_no_row_is_false_and_clean_couples_are_published(source: Path, rows: Rows, tmp_path: Path) -> None:
    """The window takes all that retrieval finds: what it leaves out would be no merit of telling copies."""
    given = [f"sources={source}", f"out={tmp_path}", "demo_models=true", "editing.enabled=false", "limit=null"]
    wide = ["retrieval.window.default.lower.value=0", "probe_share=0"]
    made = build_images(load(ImagesConfig, [], [*given, *wide]), process_mapper(2), Silent())
    store = Store(tmp_path)
    told = [json.loads(row["provenance"]) for row in store.read(made.version, "train").to_pylist()]
    pairs = [tuple(rows[each[side]["row"]] for side in ("positive", "negative")) for each in told]
    assert not [(one, other) for one, other in pairs if not (one["right"] and other["right"])]
    assert not [(one, other) for one, other in pairs if one["scene"] == other["scene"]]
    clean = {one["scene"][:3] for one, other in pairs if one["kind"] == other["kind"] == "clean"}
    assert len(clean) >= 36
    gone = sum(line.reasons.get("contradictory", 0) for line in store.manifest(made.version).funnel)
    assert gone >= 396
