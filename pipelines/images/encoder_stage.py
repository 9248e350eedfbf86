"""What workers do with the encoder: make vectors of images and texts; functions of payloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from contextpairs.builders.images.encoder.encoder import EmbeddingOptions, Encoder, Halves, embed, load_encoder
from contextpairs.builders.images.encoder.vector_cache import write_segment, write_segments
from contextpairs.builders.images.encoder.vector_faults import vector_faults
from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.pipelines.images.tables import images_by_group
from contextpairs.pipelines.run.stage import Batch, stage

if TYPE_CHECKING:
    from PIL import Image

Places = tuple[tuple[str, tuple[int, ...]], ...]
"""Stage outputs with rows of each."""


@dataclass(frozen=True, slots=True)
class VectorsPayload:
    """Images that have no vector yet, and where the vectors go."""

    images: Places
    options: EmbeddingOptions
    limits: ImageLimits
    cache: str


@stage("vectors", runs_model=True)
def vectors_partition(payload: VectorsPayload) -> Iterator[Batch]:
    """Store the vectors of some images; those are the output, the batch counts them and names those of no use."""
    encoder = encoder_of(payload.options)
    faults: dict[str, str] = {}
    batches = _looked_at(embed(encoder, _files(payload.images), decoder(payload.limits)), faults)
    stored = write_segments(payload.cache, encoder.key, batches)
    rejected = [Rejection("vectors", reason, key=name) for name, reason in faults.items()]
    yield Batch(table=pa.table({"stored": [stored]}), rejections=rejected, counts={"embedded": stored})


def _looked_at(
    batches: Iterable[tuple[list[str], Halves]], faults: dict[str, str]
) -> Iterator[tuple[list[str], Halves]]:
    """The batches as they are; vectors that can't be used are noted with their reason."""
    for ids, vectors in batches:
        faults |= {ids[at]: reason for at, reason in vector_faults(vectors).items()}
        yield ids, vectors


@dataclass(frozen=True, slots=True)
class TextsPayload:
    """Texts that have no vector yet, with their ids, and where the vectors go."""

    texts: tuple[tuple[str, str], ...]
    options: EmbeddingOptions
    cache: str


@stage("texts", runs_model=True)
def texts_partition(payload: TextsPayload) -> Iterator[Batch]:
    """Store the vectors of some texts; those are the output, the batch only counts them."""
    encoder = encoder_of(payload.options)
    ids, texts = (list(each) for each in zip(*payload.texts, strict=True))
    write_segment(payload.cache, encoder.key, ids, encoder.texts(texts))
    yield Batch(table=pa.table({"stored": [len(ids)]}), counts={"embedded": len(ids)})


@stage("encoder", runs_model=True)
def encoder_partition(payload: EmbeddingOptions) -> Iterator[Batch]:
    """The key of an encoder, and what is to be said of it."""
    encoder = encoder_of(payload)
    notes = pa.array([list(encoder.notes)], pa.list_(pa.string()))
    yield Batch(table=pa.table({"key": [encoder.key], "notes": notes}))


def _files(places: Places) -> Iterable[tuple[str, bytes]]:
    for path, rows in places:
        for found in images_by_group(path, rows):
            yield from ((name, content) for name, content, _ in found.values())


def decoder(limits: ImageLimits) -> Any:
    """Bytes to a picture as models see it."""

    def decode(content: bytes) -> Image.Image:
        return rgb(content, limits)

    return decode


def encoder_of(options: EmbeddingOptions) -> Encoder:
    """A loaded encoder; each process loads it once."""
    return _encoder(options.model_dump_json())


@cache
def _encoder(options: str) -> Encoder:
    return load_encoder(EmbeddingOptions.model_validate_json(options))
