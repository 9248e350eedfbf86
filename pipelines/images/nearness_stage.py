"""What workers do for the scale of nearness: make vectors of altered pictures; a function of its payload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contextpairs.builders.images.encoder.encoder import EmbeddingOptions
from contextpairs.builders.images.retrieval.nearness import altered
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.pipelines.images.encoder_stage import Places, decoder, encoder_of
from contextpairs.pipelines.images.tables import images_by_group
from contextpairs.pipelines.run.stage import Batch, stage

ALTERED = pa.schema([("image_id", pa.large_string()), ("vector", pa.large_binary())])


@dataclass(frozen=True, slots=True)
class AlteredPayload:
    """Images that are embedded altered, and the seed by which they are."""

    images: Places
    options: EmbeddingOptions
    limits: ImageLimits
    seed: int


@stage("altered", runs_model=True)
def altered_partition(payload: AlteredPayload) -> Iterator[Batch]:
    """Unit vectors (float32) of images as `altered` makes them, with their ids."""
    encoder, decode = encoder_of(payload.options), decoder(payload.limits)
    for path, rows in payload.images:
        for group in images_by_group(path, rows):
            ids = [name for name, _, _ in group.values()]
            pictures = [altered(decode(content), name, payload.seed) for name, content, _ in group.values()]
            vectors = encoder.images(pictures).astype(np.float32)
            made = {"image_id": ids, "vector": [each.tobytes() for each in vectors]}
            yield Batch(table=pa.table(made, schema=ALTERED), counts={"embedded": len(ids)})
