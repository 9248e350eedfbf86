"""Models are named by who builds; demonstration models run where they are permitted, and are called what they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.data.demo.models import SCENE_EDITOR, SCENE_ENCODER
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.store.card import CARD_NAME
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.filters.images.verify_edit import VerifyOptions
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.build_models import (
    LEFT_OUT,
    demonstration_note,
    models_of,
    models_told,
    redraws_originals,
    with_models,
)
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import ConfigError, load
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Recorded

SOURCES = "sources=[photos.parquet]"
ENCODER = "retrieval.model=/models/clip"
EDITOR = "editing.model=/models/kontext"


def configured(*given: str) -> ImagesConfig:
    return with_models(load(ImagesConfig, [], given))


def told(*given: str) -> list[str]:
    return models_told(load(ImagesConfig, [], given), configured(*given))


@pytest.mark.parametrize("given", [(), (EDITOR,), ("editing.enabled=false",), ("retrieval.enabled=false", EDITOR)])
def test_sources_without_an_encoder_stop_before_any_work(given: tuple[str, ...], tmp_path: Path) -> None:
    """Even before the sources are looked for; both routes need it, whichever is on."""
    recorded = Recorded(None)
    with pytest.raises(ConfigError, match=r"retrieval\.model: no encoder is named.*demo_models=true"):
        build_images(load(ImagesConfig, [], [SOURCES, f"out={tmp_path}/out", *given]), thread_mapper(1), recorded)
    assert not list(tmp_path.iterdir())
    assert recorded.notes == []


def test_sources_without_an_editor_are_not_edited_and_told_so() -> None:
    config = configured(SOURCES, ENCODER)
    assert (config.editing.enabled, config.editing.model) == (False, "")
    assert told(SOURCES, ENCODER) == ["models: encoder clip", LEFT_OUT]
    assert told(SOURCES, ENCODER, "editing.enabled=false") == ["models: encoder clip"]
    with pytest.raises(ConfigError, match=r"editing\.model: editing\.enabled=true, and no editor is named"):
        configured(SOURCES, ENCODER, "editing.enabled=true")
    with pytest.raises(ConfigError, match="no route is left"):
        configured(SOURCES, ENCODER, "retrieval.enabled=false")


def test_originals_are_redrawn_of_scenes_that_the_embedded_editor_edits_alone(tmp_path: Path) -> None:
    copy = shutil.copytree(SCENE_EDITOR, tmp_path / "copy")
    assert redraws_originals(configured())
    assert redraws_originals(configured(f"editing.model={copy}"))
    assert not redraws_originals(configured("editing.redraw_originals=false"))
    assert not redraws_originals(configured(EDITOR))
    assert not redraws_originals(configured("editing.enabled=false"))
    for given in ("demo_models=true", f"editing.model={SCENE_EDITOR}"):
        assert not redraws_originals(configured(SOURCES, ENCODER, given))


def test_named_models_run_and_no_others() -> None:
    config = configured(SOURCES, ENCODER, EDITOR, "editing.revision=abc", "demo_models=true")
    assert [each.in_words() for each in models_of(config)] == ["clip", "kontext (abc)"]
    assert config.editing.enabled
    assert demonstration_note(config) is None
    assert configured(SOURCES, ENCODER, "demo_models=true").editing.model == str(SCENE_EDITOR)


def test_demonstration_models_are_permitted_and_nothing_else() -> None:
    """Thresholds and words of the scenes are a preset of the scenes, whoever embeds and edits."""
    config = configured(SOURCES, "demo_models=true")
    assert (config.retrieval.model, config.editing.model) == (str(SCENE_ENCODER), str(SCENE_EDITOR))
    assert all(each.demonstration for each in models_of(config))
    assert (config.verify(), config.edited_domains()) == (VerifyOptions(), [])
    assert configured().verify() != VerifyOptions()
    assert not configured(SOURCES, "demo_models=true", "editing.enabled=false").editing.enabled


def test_without_sources_the_demonstration_runs_on_its_scenes() -> None:
    config = configured()
    assert config.editing.enabled
    assert [each.in_words() for each in models_of(config)] == [
        "scene-encoder (demonstration)",
        "scene-editor (demonstration)",
    ]
    assert (demonstration_note(config) or "").startswith("Made from rendered scenes by small demonstration models (enc")
    assert demonstration_note(configured(ENCODER, EDITOR)) == (
        "Made from rendered scenes: it shows that the pipeline works, and is no training data."
    )


def test_a_copy_of_a_demonstration_model_is_called_one(tmp_path: Path) -> None:
    copied = shutil.copytree(SCENE_ENCODER, tmp_path / "mine")
    [encoder] = models_of(configured(SOURCES, f"retrieval.model={copied}"))
    assert encoder.in_words() == "mine (demonstration)"
    assert (demonstration_note(configured(SOURCES, f"retrieval.model={copied}")) or "").startswith("Made by small dem")


def test_a_manifest_without_models_is_as_before() -> None:
    assert "models" not in Manifest(domain="coding").model_dump(mode="json")


def charts(folder: Path) -> Path:
    """Twenty charts that are asked the same, with two answers."""
    rows = []
    for number in range(20):
        scene("charts", 3, number).draw().save(folder / f"{number}.png")
        rows.append({"image": f"{number}.png", "question": "Is it high?", "answer": ("yes", "no")[number % 2]})
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_terminal_card_and_manifest_say_demonstration(tmp_path: Path) -> None:
    recorded = Recorded(None)
    given = [
        f"sources={charts(tmp_path)}",
        f"out={tmp_path}/out",
        "demo_models=true",
        "limit=null",
        "source.rendered=true",
    ]
    made = build_images(load(ImagesConfig, [], [*given, "editing.enabled=false"]), thread_mapper(1), recorded)
    manifest = Store(tmp_path / "out").manifest(made.version)
    assert [(each.role, each.name, each.demonstration) for each in manifest.models] == [
        ("encoder", "scene-encoder", True)
    ]
    card = (Path(made.path) / CARD_NAME).read_text()
    assert "| encoder | scene-encoder (demonstration) |" in card
    assert "Made by small demonstration models (encoder), which know rendered scenes alone" in card
    assert "models: encoder scene-encoder (demonstration)" in recorded.notes
    assert manifest.configuration["retrieval"]["model"] == "scene-encoder"


@pytest.mark.parametrize("fault", ["nothing", "no editor", "unknown argument"])
def test_a_wrong_editor_is_found_before_anything_is_read(fault: str, tmp_path: Path) -> None:
    """All images of a source would be embedded first, for hours."""
    folder = tmp_path / "editor"
    folder.mkdir()
    extra = []
    if fault != "nothing":
        index = json.loads((SCENE_EDITOR / "model_index.json").read_text())
        named = {"no editor": "StableDiffusionInpaintPipeline"}.get(fault, index["_class_name"])
        (folder / "model_index.json").write_text(json.dumps({**index, "_class_name": named}))
        extra = ["editing.extra={colour: red}"] if fault == "unknown argument" else []
    expected = {"nothing": "no model_index.json", "no editor": "is no editor", "unknown argument": "no such arguments"}
    given = ["sources=[absent.jsonl]", f"out={tmp_path}/out", ENCODER, f"editing.model={folder}", *extra]
    with pytest.raises(ModelError, match=expected[fault]):
        build_images(load(ImagesConfig, [], given), thread_mapper(1), Recorded(None))
    assert not (tmp_path / "out").exists()
