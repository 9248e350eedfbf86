"""Read a picture back into the scene that it shows: the renderer's inverse, for scenes of objects."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from contextpairs.data.demo.scenes.objects import CELL, COLORS, PLACES, SHAPES, SIZES, ObjectsScene, Thing

MARGIN = 2
"""Pixels around a cell that a thing may reach into."""


class SceneReading(NamedTuple):
    """What a picture shows.

    Attributes:
        scene: the things, on the ground and the grid that were given.
        error: largest mean absolute difference of a cell from the thing that it was read as, 0 to 255.
    """

    scene: ObjectsScene
    error: float


def read_scene(pixels: np.ndarray[Any, Any], like: ObjectsScene) -> SceneReading:
    """The scene whose drawing is nearest, place by place.

    Args:
        pixels: (64, 64, 3) uint8.
        like: gives the ground and the shift of the grid; its things are not looked at.
    """
    empty = replace(like, things=())
    things, errors = [], []
    for place in range(len(PLACES)):
        kinds, drawings = _drawings(empty, place)
        window = _window(pixels.astype(np.int16), empty, place)
        distances = np.abs(drawings - window).mean((1, 2, 3))
        best = int(distances.argmin())
        errors.append(float(distances[best]))
        if kind := kinds[best]:
            things.append(Thing(*kind, place))
    return SceneReading(replace(like, things=tuple(things)), max(errors))


def _drawings(empty: ObjectsScene, place: int) -> tuple[list[tuple[str, str, str] | None], np.ndarray[Any, Any]]:
    """What can stand at a place (None: nothing) and how each looks there, (n, height, width, 3)."""
    kinds: list[tuple[str, str, str] | None] = [None, *product(COLORS, SHAPES, SIZES)]
    scenes = [replace(empty, things=(Thing(*kind, place),)) if kind else empty for kind in kinds]
    drawn = [_window(np.asarray(scene.draw(), np.int16), empty, place) for scene in scenes]
    return kinds, np.stack(drawn)


def _window(pixels: np.ndarray[Any, Any], scene: ObjectsScene, place: int) -> np.ndarray[Any, Any]:
    x, y = scene.center(place)
    half = CELL // 2 - MARGIN + 1
    left, top = max(0, int(x) - half), max(0, int(y) - half)
    return pixels[top : int(y) + half, left : int(x) + half]
