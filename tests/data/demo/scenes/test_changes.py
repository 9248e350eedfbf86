"""Exact edits: an instruction leads to one scene, or to none."""

from __future__ import annotations

from random import Random

import pytest

from contextpairs.data.demo.scenes.changes import apply, random_change
from contextpairs.data.demo.scenes.objects import PLACES, ObjectsScene, Thing, objects_scene

SCENE = ObjectsScene(
    ground=(240, 240, 240),
    shift=(2, 2),
    things=(Thing("red", "circle", "large", 0), Thing("blue", "square", "small", 4), Thing("red", "cross", "large", 8)),
)


def described(scene: ObjectsScene | None) -> list[str]:
    assert scene is not None
    return [f"{t.size} {t.color} {t.shape} {PLACES[t.place]}" for t in scene.things]


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        (
            "make the circle blue",
            ["large blue circle top left", "small blue square center", "large red cross bottom right"],
        ),
        (
            "make the blue object large",
            ["large red circle top left", "large blue square center", "large red cross bottom right"],
        ),
        (
            "turn the blue square into a cross",
            ["large red circle top left", "small blue cross center", "large red cross bottom right"],
        ),
        (
            "move the red cross to the left",
            ["large red circle top left", "large red cross left", "small blue square center"],
        ),
        (
            "add a green circle at the top",
            [
                "large red circle top left",
                "large green circle top",
                "small blue square center",
                "large red cross bottom right",
            ],
        ),
        ("remove the square", ["large red circle top left", "large red cross bottom right"]),
        ("remove all circles", ["small blue square center", "large red cross bottom right"]),
    ],
)
def test_an_instruction_changes_what_it_names_and_nothing_else(instruction: str, expected: list[str]) -> None:
    assert described(apply(instruction, SCENE)) == expected


@pytest.mark.parametrize(
    "instruction",
    [
        "make the red object blue",  # two are red
        "make the triangle blue",  # there is none
        "make the circle red",  # it is
        "move the red cross to the center",  # something stands there
        "add a red circle at the top",  # there would be two alike
        "remove all triangles",
        "paint the sky",
    ],
)
def test_what_means_no_one_scene_gives_none(instruction: str) -> None:
    assert apply(instruction, SCENE) is None


def test_random_changes_are_what_their_instructions_say() -> None:
    random = Random(0)
    for _ in range(300):
        scene = objects_scene(random)
        change = random_change(scene, random)
        assert change.scene == apply(change.instruction, scene) != scene
