"""Nearness in a whole build: on rows, in manifest and card, and as a floor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Silent

Scores = list[dict[str, float]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 scenes of objects."""
    folder = tmp_path_factory.mktemp("source")
    lines = []
    for number in range(90):
        shown = scene("objects", 5, number)
        shown.draw().save(folder / f"{number}.png")
        lines += [{"image": f"{number}.png", "question": a.question, "answer": a.answer} for a in shown.asked()]
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def build(source: Path, out: Path, *overrides: str) -> tuple[Scores, Manifest, str]:
    """Scores of the rows, the manifest and the card."""
    given = [f"sources={source}", f"out={out}", "demo_models=true", "editing.enabled=false", "limit=null"]
    drawn = [*given, "source.rendered=true", "probe_share=0", *overrides]
    made = build_images(load(ImagesConfig, [], drawn), thread_mapper(1), Silent())
    store = Store(out)
    scores = [json.loads(row["scores"]) for row in store.read(made.version, "train").to_pylist()]
    return scores, store.manifest(made.version), (Path(made.path) / "README.md").read_text()


def gone(manifest: Manifest) -> int:
    return next(line.reasons.get("not-near", 0) for line in manifest.funnel if line.stage == "window")


def test_nearness_stands_on_the_row_its_scale_in_manifest_and_card(source: Path, tmp_path: Path) -> None:
    scores, manifest, card = build(source, tmp_path, "retrieval.window.min_nearness=-10")
    scale = manifest.nearness
    assert scale is not None
    assert (scale.pictures, gone(manifest)) == (64, 0)
    for each in scores:
        expected = (each["cosine"] - scale.random) / (scale.same - scale.random)
        assert each["nearness"] == pytest.approx(expected, abs=0.01)
    assert f"(median {scale.random:.3f})" in card
    assert Manifest.parsed(manifest.to_bytes(), "manifest.json") == manifest


def test_what_is_less_near_than_the_floor_goes_with_its_reason(source: Path, tmp_path: Path) -> None:
    scores, manifest, _ = build(source, tmp_path, "retrieval.window.min_nearness=0.8")
    assert scores
    assert min(each["nearness"] for each in scores) >= 0.79
    assert gone(manifest) > 0


def test_of_few_pictures_nothing_is_said(source: Path, tmp_path: Path) -> None:
    lines = (source / "qa.jsonl").read_text().splitlines()
    few = [line for line in lines if int(json.loads(line)["image"].removesuffix(".png")) < 40]
    (tmp_path / "qa.jsonl").write_text("\n".join(few))
    scores, manifest, _ = build(
        tmp_path / "qa.jsonl",
        tmp_path / "out",
        f"source.image_root={source}",
        "retrieval.window.min_nearness=1",
    )
    assert scores
    assert all("nearness" not in each for each in scores)
    assert manifest.nearness is None
    assert any("nearness is not measured" in note for note in manifest.notes)
