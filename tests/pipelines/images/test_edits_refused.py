"""An editor that does not take an image costs the build that image, not the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contextpairs.builders.images.editing.edit_outcomes import EditorFailed
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.store.store import Store
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent
from tests.builders.images.editing.tiny_editors import save_klein

EXTRA = "editing.extra={max_sequence_length: 32, text_encoder_out_layers: [1, 2, 3]}"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FLUX.2, which refuses images more than eight times as long as wide; its weights are random."""
    return save_klein(tmp_path_factory.mktemp("klein"))


def source(folder: Path, images: int, longest: int) -> Path:
    """Scenes of objects, of which the first few are stretched to one tenth of their height."""
    lines = []
    for number in range(images):
        shown = scene("objects", 11, number)
        drawn = shown.draw()
        drawn = drawn.resize((640, 64)) if number < longest else drawn
        drawn.save(folder / f"{number}.png")
        for asked in shown.asked():
            lines.append({"image": f"{number}.png", "question": asked.question, "answer": asked.answer})
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder / "qa.jsonl"


def configured(path: Path, editor: Path, out: Path) -> ImagesConfig:
    given = [
        f"sources={path}",
        f"out={out}",
        f"editing.model={editor}",
        "limit=null",
        "editing.tries=1",
        EXTRA,
        "demo_models=true",
    ]
    return load(ImagesConfig, [], given)


def test_a_refused_image_is_counted_and_the_build_goes_on(editor: Path, tmp_path: Path) -> None:
    config = configured(source(tmp_path, 24, longest=2), editor, tmp_path / "out")
    made = build_images(config, process_mapper(1), Silent())
    manifest = Store(tmp_path / "out").manifest(made.version)
    [edits] = [line for line in manifest.funnel if line.stage == "edits"]
    [proposals] = [line for line in manifest.funnel if line.stage == "proposals"]
    assert edits.rows_in == proposals.rows_out
    assert edits.reasons["editor-refused"] == 2
    assert edits.rows_in == edits.rows_out + sum(edits.reasons.values())


def test_an_editor_that_refuses_everything_stops_the_build(editor: Path, tmp_path: Path) -> None:
    config = configured(source(tmp_path, 12, longest=12), editor, tmp_path / "out")
    expected = r"no picture for all of 12 edits.*editor-refused: .*Aspect ratio too extreme"
    with pytest.raises(EditorFailed, match=expected):
        build_images(config, process_mapper(1), Silent())
    assert Store(tmp_path / "out").versions() == []
