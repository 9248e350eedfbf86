"""The key of an encoder and vectors of texts, without the encoder where a build had them before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from contextpairs.builders.images.encoder.encoder_files import ModelError, fingerprints
from contextpairs.data.demo.models import SCENE_ENCODER
from contextpairs.pipelines.images import encoder_stage
from contextpairs.pipelines.images.build_models import with_models
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.encoder_stage import encoder_of, encoder_partition, texts_partition
from contextpairs.pipelines.images.encoder_step import encoder_key, text_vectors
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent

TEXTS = ["two red circles", "one blue square", "two red circles"]


def build_in(folder: Path) -> Build[ImagesConfig]:
    config = with_models(load(ImagesConfig, [], [f"out={folder}"]))
    return Build(config, process_mapper(1), Silent(), (encoder_partition, texts_partition))


def test_the_key_is_the_encoders_and_is_found_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = build_in(tmp_path)
    key = encoder_key(build)
    assert key == encoder_of(build.config.retrieval_encoder()).key
    monkeypatch.delattr(encoder_stage, "encoder_of")
    assert encoder_key(build) == key


def test_texts_are_embedded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = build_in(tmp_path)
    encoder = encoder_of(build.config.retrieval_encoder())
    first = text_vectors(build, encoder.key, TEXTS)
    assert sorted(first) == sorted(set(TEXTS))
    for text, vector in first.items():
        np.testing.assert_allclose(vector, encoder.texts([text])[0], atol=1e-3)
    more = text_vectors(build, encoder.key, [*TEXTS, "three charts"])
    np.testing.assert_array_equal(more[TEXTS[0]], first[TEXTS[0]])
    monkeypatch.delattr(encoder_stage, "encoder_of")
    np.testing.assert_array_equal(
        text_vectors(build, encoder.key, ["three charts"])["three charts"], more["three charts"]
    )
    assert text_vectors(build, encoder.key, []) == {}


def test_files_tell_models_apart(tmp_path: Path) -> None:
    marks = fingerprints(str(SCENE_ENCODER), None)
    assert marks is not None
    other = tmp_path / "model"
    other.mkdir()
    for path in Path(SCENE_ENCODER).iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    assert fingerprints(str(other), None) == marks
    config = other / "open_clip_config.json"
    config.write_text(config.read_text() + "\n")
    assert fingerprints(str(other), None) != marks
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"weights")
    assert fingerprints("ViT-B-32", str(weights)) is not None
    assert fingerprints("ViT-B-32", "openai") is None
    with pytest.raises(ModelError, match=r"no open_clip_config\.json"):
        fingerprints(str(tmp_path), None)


def test_options_are_part_of_the_key(tmp_path: Path) -> None:
    build = build_in(tmp_path)
    lower = build.config.model_copy(
        update={"retrieval": build.config.retrieval.model_copy(update={"dtype": "bfloat16"})}
    )
    assert encoder_key(Build(lower, build.mapper, Silent(), build.stages)) != encoder_key(build)
