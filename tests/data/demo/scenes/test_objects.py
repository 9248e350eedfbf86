"""Scenes of objects: what is asked has one answer, and the picture shows what the description says."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from contextpairs.data.demo.scenes.objects import COLORS, PLACES, SHAPES, ObjectsScene, Thing, objects_scene
from contextpairs.data.demo.scenes.reading import read_scene

SCENE = ObjectsScene(
    ground=(240, 240, 240),
    shift=(2, 2),
    things=(Thing("red", "circle", "large", 0), Thing("blue", "square", "small", 4), Thing("red", "cross", "large", 8)),
)


def answers(scene: ObjectsScene) -> dict[str, str]:
    return {asked.question: asked.answer for asked in scene.asked()}


def test_answers_follow_from_the_description() -> None:
    found = answers(SCENE)
    assert found["What color is the circle?"] == "red"
    assert found["What shape is the blue object?"] == "square"
    assert found["What size is the square?"] == "small"
    assert found["Where is the red cross?"] == "bottom right"
    assert found["How many objects are there?"] == "3"
    assert found["How many triangles are there?"] == "0"
    assert found["Is there a blue square?"] == "yes"
    assert found["Is there a blue circle?"] == "no"


def test_what_has_no_single_answer_is_not_asked() -> None:
    assert "What shape is the red object?" not in answers(SCENE)
    assert "What color is the triangle?" not in answers(SCENE)


def test_a_question_is_asked_once() -> None:
    for seed in range(50):
        asked = objects_scene(Random(seed)).asked()
        assert len({each.question for each in asked}) == len(asked)


def test_equal_seeds_give_equal_pixels_and_others_do_not() -> None:
    first, again, other = (objects_scene(Random(seed)).draw().tobytes() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("noise", [0, 20])
def test_the_picture_reads_back_as_the_scene(noise: int) -> None:
    generator = np.random.default_rng(0)
    for seed in range(40):
        scene = objects_scene(Random(seed))
        flawed = np.asarray(scene.draw(), float) + generator.normal(0, noise, (64, 64, 3))
        reading = read_scene(np.clip(flawed, 0, 255).astype(np.uint8), scene)
        assert reading.scene == scene


def test_another_picture_reads_back_as_another_scene() -> None:
    other = ObjectsScene(SCENE.ground, SCENE.shift, (SCENE.things[0]._replace(color="green"), *SCENE.things[1:]))
    assert read_scene(np.asarray(other.draw()), SCENE).scene == other != SCENE


def test_things_are_within_the_vocabulary() -> None:
    for seed in range(200):
        for thing in objects_scene(Random(seed)).things:
            assert thing.color in COLORS
            assert thing.shape in SHAPES
            assert thing.place in range(len(PLACES))
