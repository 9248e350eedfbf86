"""An original and its edit differ in the edit's area alone, and in it both are the codec's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from contextpairs.builders.images.editing.editor_options import EditorOptions
from contextpairs.builders.images.editing.image_editor import load_editor
from contextpairs.builders.images.editing.scene_codec import LEVEL, MARGIN, alike
from contextpairs.data.demo.models import SCENE_EDITOR
from contextpairs.data.demo.scenes.rendering import scene

SIDES = st.integers(1, 40)


def picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels.astype(np.uint8))


@given(high=SIDES, wide=SIDES, seed=st.integers(0, 2**32 - 1), data=st.data())
def test_both_are_the_original_outside_of_the_area_and_the_codecs_inside(
    high: int, wide: int, seed: int, data: st.DataObject
) -> None:
    random = np.random.default_rng(seed)
    original = random.integers(0, 256, (high, wide, 3))
    redrawn = random.integers(0, 200, (high, wide, 3))
    edited = redrawn + random.integers(-LEVEL // 2, LEVEL // 2, redrawn.shape).clip(-redrawn, None)
    places = data.draw(st.lists(st.tuples(st.integers(0, high - 1), st.integers(0, wide - 1)), max_size=4))
    for place in places:
        edited[place] = redrawn[place] + LEVEL + 1
    shown = alike(picture(original), picture(redrawn), picture(edited))
    inside = np.zeros((high, wide), bool)
    for row, column in places:
        inside[max(0, row - MARGIN) : row + MARGIN + 1, max(0, column - MARGIN) : column + MARGIN + 1] = True
    assert np.array_equal(np.asarray(shown.original), np.where(inside[..., None], redrawn, original))
    assert np.array_equal(np.asarray(shown.edited), np.where(inside[..., None], edited, original))


def test_the_embedded_codec_draws_a_scene_about_as_it_was_and_always_alike() -> None:
    editor = load_editor(EditorOptions(model=str(SCENE_EDITOR)))
    image = scene("objects", 0, 0).draw()
    first, second = editor.redrawn(image), editor.redrawn(image)
    assert first.tobytes() == second.tobytes() != image.tobytes()
    assert np.abs(np.asarray(first, np.int16) - np.asarray(image)).mean() < 6
