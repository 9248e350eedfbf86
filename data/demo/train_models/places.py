"""What stands where in a scene of objects, as classes: a target that teaches what pixels alone teach slowly."""

from __future__ import annotations

from itertools import product

from contextpairs.data.demo.scenes.objects import COLORS, PLACES, SHAPES, SIZES, ObjectsScene

KINDS = [None, *product(COLORS, SHAPES, SIZES)]
"""What can stand at a place."""
CLASSES = len(PLACES) * len(KINDS)
"""Logits of a linear reader."""


def places_of(scene: ObjectsScene) -> list[int]:
    """What stands at each place, as an index into KINDS."""
    kinds = {thing.place: KINDS.index((thing.color, thing.shape, thing.size)) for thing in scene.things}
    return [kinds.get(place, 0) for place in range(len(PLACES))]
