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
    images = own[0], theirs[0]
    near = nearest_across((looks_of(images[0]), own[1]), (looks_of(images[1]), theirs[1]), NEAREST)
    outlined = [set(_outlined(each)) for each in images]
    couples = sorted((one, other) for one, other in near if one in outlined[0] and other in outlined[1])
    mine, others = (sorted({couple[side] for couple in couples}) for side in (0, 1))
    after = len(images[0])
    pictures = compared(images[0], mine) | {after + place: each for place, each in compared(images[1], others).items()}
    found = copies(build, pictures, [(one, after + other) for one, other in couples], [False] * len(couples))
    copied = np.zeros(after, bool)
    copied[[one for (one, _), copy in zip(couples, found, strict=True) if copy]] = True
    return copied


def _outlined(images: ImageTable) -> list[int]:
    """Places of the pictures that copies are looked for of."""
    return [place for place, outline in enumerate(images.facts["outline"].to_pylist()) if outline]
