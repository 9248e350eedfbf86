"""Pictures that are copies of an evaluation picture in any way that copies are made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.copy_candidates import nearest_across
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.copies_step import compared, copies
from contextpairs.pipelines.images.read_step import Vectors
from contextpairs.pipelines.images.retrieval_route import looks_of
from contextpairs.pipelines.images.tables import ImageTable
from contextpairs.pipelines.run.build import Build

NEAREST = 3
"""Evaluation pictures that each picture is compared with, by vector and by thumbnail."""


def evaluation_copies(
    build: Build[ImagesConfig], own: tuple[ImageTable, Vectors], theirs: tuple[ImageTable, Vectors]
) -> npt.NDArray[np.bool_]:
    """Which pictures are copies, shape (images,); rendered ones are told by hashes and thumbnails alone.

    Args:
        build: the build.
        own: its pictures and their vectors.
        theirs: those of the evaluation sets.
    """
    photos = _outlined(own[0]), _outlined(theirs[0])
    copied = np.zeros(len(own[0]), bool)
    if not (len(photos[0]) and len(photos[1])):
        return copied
    mine, others = (
        (looks_of(images).take(which), vectors[which])
        for (images, vectors), which in zip((own, theirs), photos, strict=True)
    )
    found = nearest_across(mine, others, NEAREST)
    couples = sorted((int(photos[0][one]), int(photos[1][other])) for one, other in found)
    after = len(own[0])
    first, second = (sorted({couple[side] for couple in couples}) for side in (0, 1))
    pictures = compared(own[0], first) | {after + place: each for place, each in compared(theirs[0], second).items()}
    ordered = [(one, after + other) for one, other in couples]
    verdicts = copies(build, pictures, ordered, [False] * len(couples))
    copied[[one for (one, _), copy in zip(couples, verdicts, strict=True) if copy]] = True
    return copied


def _outlined(images: ImageTable) -> npt.NDArray[np.int64]:
    """Places of the pictures that copies are looked for of."""
    return np.array([at for at, outline in enumerate(images.facts["outline"].to_pylist()) if outline], np.int64)
