"""What vectors of pictures can't be used, and whether they tell pictures apart at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.builders.images.encoder.vector_faults import NEAR, share_alike, vector_faults
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.read_step import Read, Vectors
from contextpairs.pipelines.run.build import Build

Bools = npt.NDArray[np.bool_]
MOST_ALIKE = 0.5
"""Share of the couples of pictures that may be about the same to the encoder, without a warning."""
SHOWN = 3
"""Pictures that are named for each reason; all of them stand in the rejections of the stage."""


def with_vectors(build: Build[ImagesConfig], read: Read, vectors: Vectors) -> Bools:
    """Which rows show a picture whose vector can be used; others are counted and named, and their vectors made zero.

    Raises:
        ModelError: no vector can be used.
    """
    faults = vector_faults(vectors)
    good = np.ones(len(vectors), bool)
    good[list(faults)] = False
    if faults:
        _told(build, read, faults)
        vectors[~good] = 0
    alike = share_alike(vectors[good])
    if alike > MOST_ALIKE:
        build.note(
            f"to the encoder most pictures look alike: {alike:.0%} of a sample of their cosines are {NEAR} or more; "
            "its preprocessing (mean, std) or its weights may not be those of its training, or the pictures are alike"
        )
    return good[read.questions.image]


def _told(build: Build[ImagesConfig], read: Read, faults: Mapping[int, str]) -> None:
    reasons = dict(sorted(Counter(faults.values()).items()))
    count = len(read.images)
    if len(faults) == count:
        said = ", ".join(f"{reason} {number}" for reason, number in reasons.items())
        model = build.config.retrieval
        raise ModelError(
            f"model {model.model}: no picture has a vector that can be used ({said}); weights are broken, or dtype "
            f"{model.dtype} is too narrow for them: try float32"
        )
    build.line("vectors", "images", count, count - len(faults), reasons)
    for reason in reasons:
        named = [_name(read, image) for image, each in faults.items() if each == reason]
        more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
        build.reporter.note(f"{reason}: {', '.join(named[:SHOWN])}{more}")


def _name(read: Read, image: int) -> str:
    """Where a picture was first asked about, and its id."""
    row = int(np.flatnonzero(read.questions.image == image)[0])
    questions = read.questions
    return f"{questions.source[row]} row {questions.row[row]} (image {read.images.at(image).image_id[:16]})"


def evaluation_vectors(build: Build[ImagesConfig], vectors: Vectors) -> None:
    """Make those vectors of evaluation images zero that can't be used, and say how many; other rules still hold."""
    faults = vector_faults(vectors)
    vectors[list(faults)] = 0
    if faults:
        said = ", ".join(f"{reason} {count}" for reason, count in sorted(Counter(faults.values()).items()))
        build.note(f"evaluation sets: {len(faults)} images are kept out by hashes alone, for want of a vector: {said}")
