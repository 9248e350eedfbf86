"""Pictures whose vector is of no use are counted and named; the others' pairs are as they were without them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contextpairs.builders.images.encoder.encoder import EmbeddingOptions, Encoder, load_encoder
from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.data.demo.models import SCENE_ENCODER
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.stages import read_table
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.images import encoder_stage
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Recorded
from tests.builders.images.encoder.tiny_clip import CONFIG, save_model

Matrix = np.ndarray[Any, np.dtype[np.float32]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty charts, two of them all black and all white: their pixels tell an encoder what to do with them."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("charts")
    rows = []
    for number in range(40):
        shown = scene("charts", 3, number).draw()
        shown = {7: Image.new("RGB", (64, 64)), 8: Image.new("RGB", (64, 64), "white")}.get(number, shown)
        shown.save(folder / f"{number}.png")
        rows.append({"image": f"{number}.png", "question": "Is it high?", "answer": ("yes", "no")[number % 2]})
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


class Flawed:
    """An encoder's model that gives a black picture no direction and a white one no numbers."""

    def __init__(self, model: Any, value: float, every: bool) -> None:
        self._model, self._value, self._every = model, value, every

    def encode_image(self, batch: Any) -> Any:
        features = self._model.encode_image(batch)
        flat = batch.flatten(1)
        even = flat.std(dim=1) < flat.std(dim=1).max() * 0 + 0.2
        features[even & (flat.mean(dim=1) < 0)] = 0
        features[even & (flat.mean(dim=1) > 0)] = self._value
        return features * math.nan if self._every else features

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


@pytest.fixture
def flawed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(value: float = math.nan, every: bool = False) -> None:
        def loaded(options: EmbeddingOptions) -> Encoder:
            encoder = load_encoder(options)
            encoder._model = Flawed(encoder._model, value, every)
            return encoder

        encoder_stage._encoder.cache_clear()
        monkeypatch.setattr(encoder_stage, "load_encoder", loaded)

    return install


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    yield
    encoder_stage._encoder.cache_clear()


def build(source: Path, out: Path, *overrides: str, recorded: Recorded | None = None) -> Published:
    given = [
        f"sources={source}",
        f"out={out}",
        "demo_models=true",
        "editing.enabled=false",
        "limit=null",
        "source.rendered=true",
        *overrides,
    ]
    return build_images(load(ImagesConfig, [], given), thread_mapper(1), recorded or Recorded(None))


def pictures(published: Published) -> set[bytes]:
    store = Store(Path(published.path).parents[1])
    splits = [split for split in SPLITS if split in published.rows]
    rows = [row for split in splits for row in store.read(published.version, split).to_pylist()]
    return {row[side]["bytes"] for row in rows for side in ("positive", "negative")}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_pictures_without_a_vector_are_counted_and_named(
    value: float, source: Path, flawed: Callable[..., None], tmp_path: Path
) -> None:
    """At the first build and at the next, which finds their vectors in the cache."""
    flawed(value)
    for _ in range(2):
        recorded = Recorded(None)
        made = build(source, tmp_path, recorded=recorded)
        manifest = Store(tmp_path).manifest(made.version)
        [line] = [line for line in recorded.lines if line.stage == "vectors"]
        assert (line.unit, line.rows_in, line.rows_out) == ("images", 40, 38)
        assert line.reasons == {"zero-vector": 1, "not-finite-vector": 1}
        assert line in manifest.funnel
        for reason, row in (("zero-vector", 7), ("not-finite-vector", 8)):
            [note] = [note for note in recorded.notes if note.startswith(f"{reason}: ")]
            assert f"qa.jsonl row {row} (image " in note
    assert pictures(made).isdisjoint({(source / "7.png").read_bytes(), (source / "8.png").read_bytes()})
    assert len(pictures(made)) > 20
    stage = (tmp_path / ".work/vectors").glob("*.rejected.parquet")
    kept = [row for path in stage for row in read_table(str(path)).to_pylist()]
    assert sorted(row["reason"] for row in kept) == ["not-finite-vector", "zero-vector"]
    assert all(len(row["key"]) == 64 for row in kept)


def test_an_encoder_without_a_single_vector_is_an_error(
    source: Path, flawed: Callable[..., None], tmp_path: Path
) -> None:
    flawed(every=True)
    with pytest.raises(ModelError, match=r"no picture has a vector that can be used \(not-finite-vector 40\).*float32"):
        build(source, tmp_path)


def test_evaluation_images_without_a_vector_are_told(source: Path, flawed: Callable[..., None], tmp_path: Path) -> None:
    """Their hashes keep them out all the same."""
    flawed()
    exam = tmp_path / "exam"
    exam.mkdir()
    for number in (7, 12):
        (exam / f"{number}.png").write_bytes((source / f"{number}.png").read_bytes())
    recorded = Recorded(None)
    made = build(source, tmp_path / "out", f"contamination.evaluation_sets=['{exam}']", recorded=recorded)
    said = "evaluation sets: 1 images are kept out by hashes alone, for want of a vector: zero-vector 1"
    assert said in Store(tmp_path / "out").manifest(made.version).notes
    assert (source / "12.png").read_bytes() not in pictures(made)


def segments(out: Path) -> list[Path]:
    return sorted((out / ".work/vectors").glob("*/*.parquet"))


def damaged(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    match how:
        case "gone":
            path.unlink()
            return
        case "cut":
            content = content[:-20]
        case "a page":
            content[len(content) // 3 : len(content) // 3 + 40] = bytes(40)
        case "a bit":
            content[len(content) // 2] ^= 1
        case "another file":
            content = bytearray(b"PAR1 is how it begins")
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("how", ["gone", "cut", "a page", "a bit", "another file"])
def test_a_damaged_segment_is_made_again_as_often_as_it_is_damaged(how: str, source: Path, tmp_path: Path) -> None:
    """The stage's own output says that it was made, and would hide it."""
    made = build(source, tmp_path)
    [segment] = segments(tmp_path)
    whole = segment.read_bytes()
    for _ in range(3):
        damaged(segment, how)
        recorded = Recorded(None)
        assert not build(source, tmp_path, recorded=recorded).created
        assert "40 images embedded, 0 vectors found" in recorded.notes
        assert segment.read_bytes() == whole
    assert Store(tmp_path).verify(made.version) == []


def test_a_damaged_segment_of_texts_is_made_again(source: Path, tmp_path: Path) -> None:
    build(source, tmp_path)
    [segment] = (tmp_path / ".work/texts").glob("*/*.parquet")
    for _ in range(2):
        damaged(segment, "cut")
        assert not build(source, tmp_path).created


def test_an_encoder_to_which_all_looks_alike_is_warned_of(source: Path, tmp_path: Path) -> None:
    """As one does whose mean is far from that of its training."""
    model = tmp_path / "model"
    save_model(model)
    config = json.loads((model / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["std"] = [1, 1, 1]
    (model / "open_clip_config.json").write_text(json.dumps(config))
    made = build(source, tmp_path / "out", f"retrieval.model={model}", "retrieval.window={default: {cosine_max: 1}}")
    [note] = [note for note in Store(tmp_path / "out").manifest(made.version).notes if "look alike" in note]
    assert "of a sample of their cosines are 0.98 or more" in note


def test_the_demonstration_is_not_warned_of(tmp_path: Path) -> None:
    recorded = Recorded(None)
    given = [f"out={tmp_path}", "scenes.images=200", "editing.enabled=false"]
    build_images(load(ImagesConfig, [], given), thread_mapper(1), recorded)
    assert not [note for note in recorded.notes if "look alike" in note]


def test_what_no_file_says_of_the_preprocessing_is_told(source: Path, tmp_path: Path) -> None:
    """At every build, for the card of each has to say it."""
    model = save_model(tmp_path / "model")
    (model / "open_clip_config.json").write_text(json.dumps({"model_cfg": CONFIG["model_cfg"]}))
    for limit in ("null", "20"):
        made = build(source, tmp_path / "out", f"retrieval.model={model}", f"limit={limit}")
        said = [note for note in Store(tmp_path / "out").manifest(made.version).notes if "nothing says" in note]
        assert [note.split(" says ")[1].split(" of ")[0] for note in said] == ["the mean", "the std"]
        assert "[0.48145466, 0.4578275, 0.40821073] stands in" in said[0]
    assert not load_encoder(EmbeddingOptions(model=str(SCENE_ENCODER))).notes
