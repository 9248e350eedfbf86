"""Build a version of image pairs: read, embed, retrieve, edit, verify, audit, publish. Runnable without Prefect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.editing.image_editor import check_editor
from contextpairs.builders.images.retrieval.question_rows import contradictory
from contextpairs.data.pairs.splits import least_linked, split_of
from contextpairs.data.store.store import Published, Store
from contextpairs.filters.images.contamination import EvaluationImage, EvaluationImages, Rule, count_rules
from contextpairs.pipelines.images.build_models import models_told, with_models
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.copies_stage import copies_partition
from contextpairs.pipelines.images.copies_step import KnownCopies, contradicted
from contextpairs.pipelines.images.edit_route import edit
from contextpairs.pipelines.images.edit_stage import edits_partition
from contextpairs.pipelines.images.encoder_stage import encoder_partition, texts_partition, vectors_partition
from contextpairs.pipelines.images.encoder_step import encoder_key
from contextpairs.pipelines.images.evaluation_copies import evaluation_copies
from contextpairs.pipelines.images.judge_step import judged
from contextpairs.pipelines.images.nearness_stage import altered_partition
from contextpairs.pipelines.images.publish_step import publish_images
from contextpairs.pipelines.images.question_codes import QuestionCodes, coded
from contextpairs.pipelines.images.read_step import (
    READ_STAGES,
    Read,
    Vectors,
    read_evaluation,
    read_sources,
    vectors_of,
)
from contextpairs.pipelines.images.release_stage import (
    Couple,
    ImageReleasePayload,
    chunks,
    key_of,
    release_images,
    side_of,
)
from contextpairs.pipelines.images.retrieval_route import Retrieved, looks_of, pictures, retrieve, reworded
from contextpairs.pipelines.images.split_copies import apart
from contextpairs.pipelines.images.tables import ImageTable, QuestionTable
from contextpairs.pipelines.images.vector_step import evaluation_vectors, with_vectors
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Mapper, Output, digest, reasons_of
from contextpairs.pipelines.run.holding import one_at_a_time
from contextpairs.pipelines.run.recording import recorded
from contextpairs.pipelines.run.reporting import Reporter

Bools = npt.NDArray[np.bool_]
STAGES = (
    *READ_STAGES,
    encoder_partition,
    vectors_partition,
    texts_partition,
    altered_partition,
    copies_partition,
    edits_partition,
    release_images,
)


def build_images(given: ImagesConfig, mapper: Mapper, reporter: Reporter) -> Published:
    """Build and publish; equal inputs give equal bytes, and a rerun does only what is not yet done.

    Raises:
        ConfigError: a model that the build needs is not named.
        SourceError: nothing could be read, or a mapping does not fit.
        ModelError: a model cannot be loaded, or is none of the kind that is needed.
        EditorFailed: the editor failed time and again.
        StorageError: the store's URL cannot hold versions, or its storage refuses.
        Held: another build works for the store, and `wait` is false.
        NothingToPublish: no pair survived.
        Shrunk: far fewer than before.
    """
    config = with_models(given)
    for line in models_told(given, config):
        reporter.note(line)
    if config.editing.enabled and given.editing.model:
        check_editor(config.editing.editor())
    build = Build(config, mapper, reporter, STAGES)
    store = Store(config.out, config.storage)
    with one_at_a_time("build images", config, reporter), recorded(build, store, "images", given):
        key = encoder_key(build)
        read = read_sources(build, key)
        vectors = vectors_of(build, read.images, key)
        usable = with_vectors(build, read, vectors)
        with build.step("questions"):
            codes = coded(build, read.questions)
        kept, contamination = _uncontaminated(build, key, read, vectors, usable)
        kept = _consistent(build, read, codes, kept)
        known = KnownCopies(build, read, looks_of(read.images))
        kept = _without_copies(build, known, codes, kept, vectors)
        edited = edit(build, read, codes, kept, vectors, key) if config.editing.enabled else ()
        room = None if config.limit is None else config.limit // 2 - len(edited)
        wanted = config.retrieval.enabled and room != 0
        found = retrieve(build, read.images, codes, kept, vectors, key, room, known) if wanted else None
        couples = [*edited, *(_couples(read, codes, found, vectors, config.probe_share) if found else ())]
        couples = apart(build, couples)
        if not couples:
            raise build.nothing_left()
        chosen = judged(build, _ordered(_grouped(couples)))
        released = _release(build, chosen)
        return publish_images(build, store, key, read, chosen, released, contamination, found.scale if found else None)


def _uncontaminated(
    build: Build[ImagesConfig], key: str, read: Read, vectors: Vectors, usable: Bools
) -> tuple[Bools, dict[str, int]]:
    """Which of the rows that may be used still may, and the hits on evaluation images by rule."""
    evaluation = read_evaluation(build, key)
    if evaluation is None:
        return usable, {}
    theirs = _evaluation_vectors(build, key, evaluation[0])
    index = EvaluationImages(build.config.contamination, _evaluation_images(*evaluation, theirs))
    facts = read.images.many(range(len(read.images)))
    places = np.flatnonzero(usable)
    images = read.questions.image[places]
    rows = [(facts[image], read.questions.question[row]) for row, image in zip(places.tolist(), images, strict=True)]
    copied = evaluation_copies(build, (read.images, vectors), (evaluation[0], theirs))
    hits: list[tuple[Rule, ...]] = [
        (*rules, "copy") if copied[image] else rules
        for rules, image in zip(index.check_many(rows, vectors[images]), images.tolist(), strict=True)
    ]
    reasons = Counter(f"contaminated-{rules[0]}" for rules in hits if rules)
    kept = usable.copy()
    kept[places[[bool(rules) for rules in hits]]] = False
    build.line("contamination", "questions", len(places), int(kept.sum()), dict(sorted(reasons.items())))
    return kept, count_rules(hits)


def _consistent(build: Build[ImagesConfig], read: Read, codes: QuestionCodes, kept: Bools) -> Bools:
    """Rows that may be used without those whose picture has another answer to the question anywhere."""
    bad = contradictory(codes.topic, codes.meaning, pictures(read.images)[read.questions.image]) & kept
    if not bad.any():
        return kept
    left = kept & ~bad
    build.line("consistency", "questions", int(kept.sum()), int(left.sum()), {"contradictory": int(bad.sum())})
    return left


def _without_copies(
    build: Build[ImagesConfig], known: KnownCopies, codes: QuestionCodes, kept: Bools, vectors: Vectors
) -> Bools:
    """Those of them whose picture has no copy with another answer to the question."""
    bad = contradicted(build, known, codes, kept, vectors)
    if not bad.any():
        return kept
    left = kept & ~bad
    build.line("copies", "questions", int(kept.sum()), int(left.sum()), {"contradictory": int(bad.sum())})
    return left


def _evaluation_images(images: ImageTable, questions: QuestionTable, vectors: Vectors) -> Iterator[EvaluationImage]:
    asked: dict[int, list[str]] = {}
    for row, image in enumerate(questions.image.tolist()):
        asked.setdefault(image, []).append(questions.question[row])
    for image, facts in enumerate(images.many(range(len(images)))):
        yield EvaluationImage(facts, tuple(asked.get(image, ())), vectors[image])


def _evaluation_vectors(build: Build[ImagesConfig], key: str, images: ImageTable) -> Vectors:
    vectors = vectors_of(build, images, key)
    evaluation_vectors(build, vectors)
    return vectors


def _couples(read: Read, codes: QuestionCodes, found: Retrieved, vectors: Vectors, share: float) -> Iterator[Couple]:
    questions = read.questions
    shown = np.unique(questions.image[np.concatenate([found.first, found.second])]).tolist()
    facts = dict(zip(shown, read.images.many(shown), strict=True))
    for first, second, measures in zip(found.first.tolist(), found.second.tolist(), found.measures, strict=True):
        sides = tuple(side_of(read, row, vectors, facts[int(questions.image[row])]) for row in (first, second))
        couple = Couple(
            strategy="retrieval",
            query=questions.question[first],
            sides=(sides[0], sides[1]),
            group="",
            split=split_of(sides[0].facts.pixel_hash, share),
            domain=questions.domain[first],
            license=questions.license[first] or questions.license[second],
            scores=measures,
        )
        yield reworded(couple, (first, second), questions, codes)


def _grouped(couples: Sequence[Couple]) -> list[Couple]:
    """Couples that share a picture or its source, directly or through others, share a group."""
    shown = [(couple.sides[0].facts.pixel_hash, couple.sides[1].facts.pixel_hash) for couple in couples]
    edited = [(couple.sides[0].facts.pixel_hash, couple.source) for couple in couples if couple.source]
    least = least_linked([*shown, *edited])
    return [replace(couple, group=f"image-{least[one]}") for couple, (one, _) in zip(couples, shown, strict=True)]


def _ordered(couples: Sequence[Couple]) -> list[Couple]:
    """By a hash of what they say: neighbours in the file have nothing in common."""
    return [couple for _, couple in sorted({key_of(couple): couple for couple in couples}.items())]


def _release(build: Build[ImagesConfig], couples: Sequence[Couple]) -> list[Output]:
    works = [build.work(release_images, ImageReleasePayload(chunk), digest(chunk)) for chunk in chunks(couples)]
    outputs = build.run(works)
    reasons = reasons_of(outputs, "release")
    build.line("release", "couples", len(couples), sum(output.rows for output in outputs) // 2, reasons)
    return outputs
