"""The scale of nearness of a build: what random pictures and altered ones have for cosines, by its own encoder."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.nearness import ALTERED, LEAST, RANDOM, Scale, drawn, scale_of
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.nearness_stage import AlteredPayload, altered_partition
from contextpairs.pipelines.images.read_step import Vectors
from contextpairs.pipelines.images.tables import ImageTable
from contextpairs.pipelines.run.build import Build


def nearness_scale(
    build: Build[ImagesConfig], images: ImageTable, vectors: Vectors, usable: npt.NDArray[np.int64], key: str
) -> Scale | None:
    """The scale of all pictures that may be used; None, and said, where there is none.

    Args:
        build: the build.
        images: its pictures.
        vectors: their unit vectors.
        usable: places of the pictures that may be used.
        key: of the encoder.
    """
    ids = images.facts["image_id"].take(usable).to_pylist()
    if len(ids) < LEAST:
        build.note(f"nearness is not measured: {len(ids)} pictures, and random couples need {LEAST}")
        return None
    places = usable[drawn(ids, build.config.retrieval.search.seed, RANDOM)]
    own = places[:ALTERED]
    found = scale_of(vectors[places], vectors[own], _altered(build, images, own, key))
    if found is None:
        build.note("nearness is not measured: to the encoder random pictures are as near as a picture and its own crop")
    return found


def _altered(build: Build[ImagesConfig], images: ImageTable, which: npt.NDArray[np.int64], key: str) -> Vectors:
    """Vectors of some pictures, altered, in their order."""
    config = build.config
    wanted: dict[str, list[int]] = {}
    for image in which.tolist():
        wanted.setdefault(images.paths[images.output[image]], []).append(int(images.place[image]))
    places = tuple((path, tuple(rows)) for path, rows in wanted.items())
    ids = images.facts["image_id"].take(which).to_pylist()
    payload = AlteredPayload(places, config.retrieval_encoder(), config.limits, config.retrieval.search.seed)
    (output,) = build.run([build.work(altered_partition, payload, [ids, key, payload.options, payload.limits])])
    made = {row["image_id"]: np.frombuffer(row["vector"], np.float32) for row in read_table(output.path).to_pylist()}
    return np.stack([made[name] for name in ids])
