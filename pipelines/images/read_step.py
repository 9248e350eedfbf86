"""The first steps of an image build: read, check, and make vectors of what is new."""

from __future__ import annotations

import json
import os
import posixpath
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contextpairs.builders.images.encoder.vector_cache import SEGMENT_ROWS, load_vectors, missing
from contextpairs.data.demo.scenes.rendering import DOMAINS
from contextpairs.data.sources.files.files import is_local
from contextpairs.data.sources.trajectories.partition import Located, Partition, SourceError
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.row_files import images_alone
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.data.store.manifest import SourceUse
from contextpairs.data.store.stages import put_file
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.encoder_stage import Places, VectorsPayload, vectors_partition
from contextpairs.pipelines.images.read_stage import (
    ImagesPayload,
    ScenesPayload,
    evaluation_partition,
    images_partition,
    scenes_partition,
)
from contextpairs.pipelines.images.tables import ImageTable, QuestionTable, load_images, load_questions, read_part
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Output, Work, counts_of, digest, examples_of, reasons_of, unmade
from contextpairs.pipelines.run.stage import Stage

READ_STAGES = (images_partition, scenes_partition, evaluation_partition)
"""What reading alone may run."""
SCENES_OF_A_PARTITION = 1000
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: images, their questions, and the sources for the manifest."""

    images: ImageTable
    questions: QuestionTable
    sources: tuple[SourceUse, ...]


def read_sources(build: Build[ImagesConfig], key: str | None = None) -> Read:
    """Everything that the build chooses from, counted into the funnel.

    Args:
        build: the build.
        key: of its encoder, which then makes the vectors that are missing.
    """
    config = build.config
    works, uses, unreadable = _source_works(build, config.sources) if config.sources else _scene_works(build)
    outputs, images, questions = _read(build, works, key)
    counts = counts_of(outputs)
    read_reasons = reasons_of(outputs, "read")
    if unreadable:
        read_reasons["unreadable-file"] = unreadable
    rows = counts.get("rows", 0) + unreadable
    build.line("read", "rows", rows, rows - sum(read_reasons.values()), read_reasons)
    # For who runs it, and not for the card: a detail names places on this machine.
    for reason, detail in examples_of(outputs, "read").items():
        build.reporter.note(f"{reason}, for example {detail}")
    asked = counts.get("questions", 0)
    build.line("images", "questions", asked, len(questions), reasons_of(outputs, "images"))
    build.note(f"{len(images)} distinct images with {len(questions)} questions")
    sources = tuple(
        SourceUse(uri=uri, fingerprint=mark, rows=output.counts.get("rows", 0))
        for (uri, mark), output in zip(uses, outputs, strict=True)
    )
    return Read(images, questions, _joined(sources))


def read_evaluation(build: Build[ImagesConfig], key: str | None = None) -> tuple[ImageTable, QuestionTable] | None:
    """Images and questions that must not enter, or None where none are named; `key` as in `read_sources`.

    Raises:
        SourceError: nothing could be read, or no image.
    """
    config = build.config
    sets = config.contamination.evaluation_sets
    if not (config.contamination.enabled and sets):
        return None
    partitions, unreadable = _evaluation_partitions(build, sets)
    works = [_images_work(build, evaluation_partition, each) for each in partitions]
    outputs, images, questions = _read(build, works, key)
    lost = Counter(reasons_of(outputs, "read")) + Counter(reasons_of(outputs, "images"))
    said = ", ".join(f"{reason} {count}" for reason, count in sorted(lost.items()))
    if not len(images):
        raise SourceError(f"contamination.evaluation_sets: no image could be read ({said or 'no rows'})")
    build.note(
        f"evaluation sets: {len(images)} images, {len(questions)} questions, {unreadable} unreadable files"
        + (f"; not kept out, for they cannot be read: {said}" if said else "")
    )
    return images, questions


def _evaluation_partitions(build: Build[ImagesConfig], sets: Sequence[str]) -> tuple[list[Partition], int]:
    """What is read of evaluation sets, and how many of their files cannot be; a folder of images needs no rows."""
    options = build.config.source
    columns = {field: column for field, column in options.columns.items() if field in ("image", "question")}
    options = options.model_copy(update={"columns": columns})
    alone = {each: images_alone(each, options) for each in sets}
    rows = [each for each in sets if not alone[each]]
    partitions, unreadable = _planned(build, rows, options) if rows else ([], 0)
    for images in filter(None, alone.values()):
        listed = _list_of(images, f"{build.config.work_dir}/evaluation")
        build.uses(listed)
        root = os.path.commonpath(images) if is_local(images[0]) else posixpath.commonprefix(images).rpartition("/")[0]
        partitions += _planned(build, [listed], options.model_copy(update={"image_root": root, "columns": {}}))[0]
    return partitions, unreadable


def _list_of(images: Sequence[str], folder: str) -> str:
    """A file of rows that name these images."""
    rows = "".join(json.dumps({"image": image, "question": ""}) + "\n" for image in images)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(rows)
        file.flush()
        return put_file(file.name, f"{folder}/{digest(rows)}.jsonl")


def vectors_of(build: Build[ImagesConfig], images: ImageTable, key: str) -> Vectors:
    """Unit vectors of images that were read, shape (n, d); those that can't be used as `load_vectors` gives them.

    Args:
        build: the build.
        images: the images.
        key: of the build's encoder.
    """
    return load_vectors(_cache(build), key, images.facts["image_id"].to_pylist())


def _read(
    build: Build[ImagesConfig], works: Sequence[Work], key: str | None
) -> tuple[list[Output], ImageTable, QuestionTable]:
    """Outputs of partitions, their images and questions: read while workers make others, and then the vectors."""
    parts: dict[str, Future[pa.Table]] = {}
    with ThreadPoolExecutor(1) as aside:

        def part(output: Output) -> Future[pa.Table]:
            return parts.get(output.path) or parts.setdefault(output.path, aside.submit(read_part, output.path))

        outputs = build.run(works, part)
        images, asked = load_images([each.path for each in outputs], [part(each).result() for each in outputs])
        parts.clear()
        questions = aside.submit(load_questions, asked)
        if key:
            _embed(build, images, key)
        return outputs, images, questions.result()


def _embed(build: Build[ImagesConfig], images: ImageTable, key: str) -> None:
    ids = images.facts["image_id"].to_pylist()
    owed = set(missing(_cache(build), key, ids))
    places = [at for at, name in enumerate(ids) if name in owed]
    build.run([_vectors_work(build, images, chunk) for chunk in _runs(places, SEGMENT_ROWS)])
    # No note for the card: how often a build was interrupted is no property of its version.
    build.reporter.note(f"{len(owed)} images embedded, {len(ids) - len(owed)} vectors found")


def _cache(build: Build[ImagesConfig]) -> str:
    return f"{build.config.work_dir}/vectors"


def _source_works(
    build: Build[ImagesConfig], sources: Sequence[str | Located]
) -> tuple[list[Work], list[tuple[str, str]], int]:
    partitions, unreadable = _planned(build, sources, build.config.source)
    works = [_images_work(build, images_partition, each) for each in partitions]
    return works, [(each.uri, each.fingerprint) for each in partitions], unreadable


def _planned(
    build: Build[ImagesConfig], sources: Sequence[str | Located], options: VqaOptions
) -> tuple[list[Partition], int]:
    with build.step("sources"):
        partitions, unreadable = plan_vqa(sources, options)
    build.log.rejected += [replace(rejection, reason="unreadable-file") for rejection in unreadable]
    for rejection in unreadable:
        build.note(f"{rejection.source}: {rejection.reason}: {rejection.detail}")
    return partitions, len(unreadable)


def _images_work(build: Build[ImagesConfig], stage: Stage[ImagesPayload], partition: Partition) -> Work:
    limits = build.config.limits
    return build.work(stage, ImagesPayload(partition, limits), [partition, limits])


def _scene_works(build: Build[ImagesConfig]) -> tuple[list[Work], list[tuple[str, str]], int]:
    config = build.config
    works, uses = [], []
    share = -(-config.scenes.images // len(DOMAINS))
    for domain in DOMAINS:
        for start in range(0, share, SCENES_OF_A_PARTITION):
            stop = min(share, start + SCENES_OF_A_PARTITION)
            scenes = config.scenes
            payload = ScenesPayload(domain, scenes.seed, start, stop, scenes.questions, config.limits)
            works.append(build.work(scenes_partition, payload, payload))
            uses.append((f"scenes:{domain}", f"seed {scenes.seed}"))
    return works, uses, 0


def _joined(sources: Sequence[SourceUse]) -> tuple[SourceUse, ...]:
    """One line a file, however many partitions it was cut into."""
    rows: dict[tuple[str, str], int] = {}
    for each in sources:
        rows[each.uri, each.fingerprint] = rows.get((each.uri, each.fingerprint), 0) + each.rows
    return tuple(SourceUse(uri=uri, fingerprint=mark, rows=count) for (uri, mark), count in rows.items())


def _runs(places: Sequence[int], length: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), length):
        yield places[start : start + length]


def _vectors_work(build: Build[ImagesConfig], images: ImageTable, chunk: Sequence[int]) -> Work:
    """A work is named by the images it embeds; were its segment lost or damaged since, the name must not hide it."""
    config, cache = build.config, _cache(build)
    places: dict[str, list[int]] = {}
    for image in chunk:
        places.setdefault(images.paths[images.output[image]], []).append(int(images.place[image]))
    wanted: Places = tuple((path, tuple(rows)) for path, rows in places.items())
    payload = VectorsPayload(wanted, config.retrieval_encoder(), config.limits, cache)
    ids = images.facts["image_id"].take(np.asarray(chunk)).to_pylist()
    inputs = [ids, payload.options, cache]
    return unmade(build.work(vectors_partition, payload, inputs if not n else [*inputs, n]) for n in count())
