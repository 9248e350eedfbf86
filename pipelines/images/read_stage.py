"""What workers do in an image build: read and check images, render scenes, make vectors; functions of payloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from contextpairs.builders.images.encoder.encoder import EmbeddingOptions, Encoder, embed, load_encoder
from contextpairs.builders.images.encoder.vector_cache import write_segment, write_segments
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.demo.scenes.scene import Scene, SceneQuestion
from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.fault import Fault
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.sources.vqa.reading import read_shown, read_vqa
from contextpairs.data.sources.vqa.record import ImageFacts, Question, VqaRow
from contextpairs.pipelines.images.image_spool import HeldImages
from contextpairs.pipelines.images.tables import IMAGES, ROW_GROUP, ROW_GROUP_BYTES, images_by_group
from contextpairs.pipelines.run.engine import Batch

if TYPE_CHECKING:
    from PIL import Image

SCENES_LICENSE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class ImagesPayload:
    """A partition of sources."""

    partition: Partition
    limits: ImageLimits


@dataclass(frozen=True, slots=True)
class ScenesPayload:
    """Rendered scenes `start` to `stop` of a domain, with `questions` of each."""

    domain: str
    seed: int
    start: int
    stop: int
    questions: int
    limits: ImageLimits


def images_partition(payload: ImagesPayload) -> Iterator[Batch]:
    """Images of a partition with their questions; broken and hostile ones are set aside with their reason.

    An image is held once, and on disk where there are many: memory grows with the texts of a partition, not with its
    images.
    """
    yield from _read(read_vqa(payload.partition), payload.limits)


def evaluation_partition(payload: ImagesPayload) -> Iterator[Batch]:
    """As `images_partition`, of an evaluation set: every image that a row shows, whatever else it holds."""
    yield from _read(read_shown(payload.partition), payload.limits)


def _read(items: Iterable[VqaRow | Rejection], limits: ImageLimits) -> Iterator[Batch]:
    with HeldImages() as held:
        rows: list[_HeldRow] = []
        read = kept = 0
        for item in items:
            read += 1
            if isinstance(item, Rejection):
                yield Batch(rejections=[item])
            else:
                kept += len(item.questions)
                rows.append(_held(item, held))
        yield Batch(counts={"rows": read, "questions": kept})
        yield from _checked(rows, held, limits)


def scenes_partition(payload: ScenesPayload) -> Iterator[Batch]:
    """Rendered images with some of their questions."""
    with HeldImages() as held:
        rows = [_held(_rendered(payload, number), held) for number in range(payload.start, payload.stop)]
        yield Batch(counts={"rows": len(rows), "questions": sum(len(row.questions) for _, row in rows)})
        yield from _checked(rows, held, payload.limits)


def _rendered(payload: ScenesPayload, number: int) -> VqaRow:
    shown = scene(payload.domain, payload.seed, number)
    drawn = BytesIO()
    shown.draw().save(drawn, "PNG", compress_level=1)
    name = f"{payload.domain}-{payload.seed}-{number}"
    random = Random(f"questions {name}")
    asked = tuple(Question(each.question, each.answer) for each in _chosen(shown, payload.questions, random))
    source = f"scenes:{payload.domain}"
    return VqaRow(source, number, name, payload.domain, SCENES_LICENSE, f"{name}.png", drawn.getvalue(), asked)


def _chosen(shown: Scene, number: int, random: Random) -> list[SceneQuestion]:
    """Some of a scene's questions, of different kinds as far as there are, and "yes" as often as "no"."""
    left = list(shown.asked())
    chosen: list[SceneQuestion] = []
    while left and len(chosen) < number:
        fresh = [each for each in left if each.kind not in {c.kind for c in chosen}] or left
        kind = random.choice(sorted({each.kind for each in fresh}))
        answer = random.choice(sorted({each.answer for each in fresh if each.kind == kind}))
        one = random.choice([each for each in fresh if each.kind == kind and each.answer == answer])
        chosen.append(one)
        left.remove(one)
    return chosen


_HeldRow = tuple[str, VqaRow]
"""A row without its image, after the name that the image is held under."""


def _held(row: VqaRow, held: HeldImages) -> _HeldRow:
    return held.keep(row.image), row._replace(image=b"")


def _checked(rows: Sequence[_HeldRow], held: HeldImages, limits: ImageLimits) -> Iterator[Batch]:
    """Each distinct image once, with the questions of all rows that show it."""
    facts: dict[str, ImageFacts | Fault] = {}
    shown: dict[str, list[VqaRow]] = {}
    for name, row in rows:
        found = facts.get(name)
        if found is None:
            found = facts[name] = inspect(held[name], limits)
        if isinstance(found, Fault):
            yield Batch(rejections=[_broken(row, found)] * max(1, len(row.questions)))
        else:
            shown.setdefault(name, []).append(row)
    known = [(name, found) for name in shown if isinstance(found := facts[name], ImageFacts)]
    for group in _row_groups(known):
        entries = [_entry(found, shown[name], held[name]) for name, found in group]
        yield Batch(table=pa.Table.from_pylist(entries, schema=IMAGES))
    yield Batch(table=IMAGES.empty_table())


def _row_groups(known: Sequence[tuple[str, ImageFacts]]) -> Iterator[list[tuple[str, ImageFacts]]]:
    """Runs of images that are written, and later read, at once."""
    group: list[tuple[str, ImageFacts]] = []
    size = 0
    for each in known:
        if group and (len(group) == ROW_GROUP or size + each[1].size > ROW_GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(each)
        size += each[1].size
    if group:
        yield group


def _broken(row: VqaRow, fault: Fault) -> Rejection:
    return Rejection("images", fault.reason, row.source, row.row, row.key, fault.detail)


def _entry(facts: ImageFacts, rows: Sequence[VqaRow], image: bytes) -> dict[str, Any]:
    questions = [
        {
            "question": each.question,
            "answer": each.answer,
            "choices": list(each.choices),
            "domain": row.domain,
            "license": row.license,
            "source": row.source,
            "row": row.row,
            "key": row.key,
        }
        for row in rows
        for each in row.questions
    ]
    return {**facts._asdict(), "questions": questions, "name": rows[0].name, "image": image}


Places = tuple[tuple[str, tuple[int, ...]], ...]
"""Stage outputs with rows of each."""


@dataclass(frozen=True, slots=True)
class VectorsPayload:
    """Images that have no vector yet, and where the vectors go."""

    images: Places
    options: EmbeddingOptions
    limits: ImageLimits
    cache: str


def vectors_partition(payload: VectorsPayload) -> Iterator[Batch]:
    """Store the vectors of some images; those are the output, the batch only counts them."""
    encoder = encoder_of(payload.options)
    stored = write_segments(payload.cache, encoder.key, embed(encoder, _files(payload.images), decoder(payload.limits)))
    yield Batch(table=pa.table({"stored": [stored]}), counts={"embedded": stored})


@dataclass(frozen=True, slots=True)
class TextsPayload:
    """Texts that have no vector yet, with their ids, and where the vectors go."""

    texts: tuple[tuple[str, str], ...]
    options: EmbeddingOptions
    cache: str


def texts_partition(payload: TextsPayload) -> Iterator[Batch]:
    """Store the vectors of some texts; those are the output, the batch only counts them."""
    encoder = encoder_of(payload.options)
    ids, texts = (list(each) for each in zip(*payload.texts, strict=True))
    write_segment(payload.cache, encoder.key, ids, encoder.texts(texts))
    yield Batch(table=pa.table({"stored": [len(ids)]}), counts={"embedded": len(ids)})


def encoder_partition(payload: EmbeddingOptions) -> Iterator[Batch]:
    """The key of an encoder."""
    yield Batch(table=pa.table({"key": [encoder_of(payload).key]}))


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
