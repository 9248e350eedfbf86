"""The editing route: an image, and the same image edited such that one answer changes, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.editing.edit_cache import edit_id
from contextpairs.builders.images.editing.edit_outcomes import VERDICT_REASONS
from contextpairs.builders.images.editing.editor_files import find_pipeline
from contextpairs.builders.images.encoder.vector_faults import VECTOR_REASONS
from contextpairs.builders.images.proposals.propose import ProposalOptions, propose_for_image
from contextpairs.data.pairs.splits import split_of
from contextpairs.data.sources.vqa.record import ImageFacts, Question
from contextpairs.data.store.manifest import portable_uri
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.images.build_models import redraws_originals
from contextpairs.pipelines.images.config import EditingConfig, ImagesConfig
from contextpairs.pipelines.images.edit_judge import answered
from contextpairs.pipelines.images.edit_records import (
    EditAttempt,
    EditCandidate,
    EditTask,
    KeptEdit,
    QuestionWithRivals,
)
from contextpairs.pipelines.images.edit_stage import EDITS, EditsPayload, edits_partition
from contextpairs.pipelines.images.edit_tries import MOST_FAILED
from contextpairs.pipelines.images.edit_ways import EditWay, both_ways
from contextpairs.pipelines.images.question_codes import KnownAnswers, QuestionCodes, rivals
from contextpairs.pipelines.images.read_step import Read, Vectors
from contextpairs.pipelines.images.release_stage import Couple, Side, side_of
from contextpairs.pipelines.images.vision_proposing import Proposed, proposals_of_a_model
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Output, Work, counts_of, examples_of, reasons_of

TASKS_OF_A_PARTITION = 64
WITHOUT_PICTURE = (*VERDICT_REASONS, *VECTOR_REASONS)
"""Reasons of the models' own, of which an example is shown; what failed is shown by the build."""
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Questions:
    """What is known of the questions."""

    read: Read
    known: KnownAnswers

    def question(self, row: int) -> Question:
        """A row of the question table."""
        table = self.read.questions
        return Question(table.question[row], table.answer[row], tuple(json.loads(table.choices[row])))

    def reading(self, row: int) -> QuestionWithRivals:
        """A row with the answers that it is read against."""
        question = self.question(row)
        return QuestionWithRivals(question.question, question.answer, self.known.others(row))


def edit(
    build: Build[ImagesConfig], read: Read, codes: QuestionCodes, kept: Bools, vectors: Vectors, key: str
) -> tuple[Couple, ...]:
    """Couples of an original and its edit each, counted into the funnel.

    Args:
        build: the build.
        read: images and questions.
        codes: the questions as codes.
        kept: which rows may be used, shape (rows,).
        vectors: unit vectors of the images.
        key: of the encoder that made them.

    Raises:
        ModelError: the editor cannot be loaded.
        EditorFailed: it failed time and again, or its device is lost.
        StillOwed: a model that proposes or answers did not reply to everything.
    """
    config = build.config.editing
    questions = _Questions(read, KnownAnswers(read.questions, codes))
    candidates = _candidates(build, questions, codes, kept)
    tasks = [_task(questions, candidate, config) for candidate in candidates]
    build.uses(*_edit_ids(tasks, config.editor().seed))
    outputs = build.run(_works(build, tasks, key)) if tasks else []
    edits = list(_kept_edits(candidates, outputs))
    build.line("edits", "edits", len(tasks), len(edits), reasons_of(outputs, "edits"))
    for reason, detail in examples_of(outputs, "edits").items():
        if reason in WITHOUT_PICTURE:
            build.reporter.note(f"{reason}, for example {detail}")
    build.reporter.note(f"{counts_of(outputs).get('attempts', 0)} edits tried")
    edits = answered(build, edits, read) if config.judge else edits
    edits = _both_ways(build, read, edits) if redraws_originals(build.config) else edits
    return tuple(_couple(build, read, vectors, each) for each in _within_limit(build, edits))


def _both_ways(build: Build[ImagesConfig], read: Read, edits: list[KeptEdit]) -> list[KeptEdit]:
    """As many edits of a kind one way as the other, so that content does not tell which picture was edited."""
    answers = read.questions.answer
    kept = both_ways(
        edits, [EditWay(each.row["kind"], answers[each.candidate.row], each.row["answer"]) for each in edits]
    )
    build.line("ways", "edits", len(edits), len(kept), {"one-way": len(edits) - len(kept)})
    return kept


def _within_limit(build: Build[ImagesConfig], edits: list[KeptEdit]) -> list[KeptEdit]:
    """As many as may be published; they stand in the order of a hash."""
    most = len(edits) if build.config.limit is None else build.config.limit // 2
    if len(edits) > most:
        build.line("limit", "edits", len(edits), most, {"over-limit": len(edits) - most})
    return edits[:most]


def _candidates(
    build: Build[ImagesConfig], questions: _Questions, codes: QuestionCodes, kept: Bools
) -> list[EditCandidate]:
    """As many images as are to be edited, in the order of a hash, so that sources and their order say nothing."""
    config = build.config.editing
    usable = kept & (codes.rows.answer >= 0)
    by_image = _rows_by_image(questions.read, usable, build.config.edited_domains())
    found: list[EditCandidate] = []
    reasons: Counter[str] = Counter()
    looked_at = 0
    for rows, proposed in _proposed(build, questions, by_image):
        looked_at += 1
        if isinstance(proposed, str):
            reasons[proposed] += 1
        else:
            row, proposals = proposed
            found.append(EditCandidate(row, questions.question(row).choices, proposals, rows))
        if len(found) == config.candidates:
            break
    left = len(by_image) - looked_at
    build.line("proposals", "images", len(by_image), len(found), {**dict(sorted(reasons.items())), "enough": left})
    return found


def _proposed(
    build: Build[ImagesConfig], questions: _Questions, by_image: Sequence[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], Proposed]]:
    """What is proposed for each image: by templates, or by a model that sees it."""
    config = build.config.editing
    if config.proposer:
        yield from proposals_of_a_model(build, questions.read, by_image)
        return
    options = build.config.proposals()
    for rows in by_image:
        yield rows, _by_template(questions, rows, options, config.seed)


def _by_template(questions: _Questions, rows: Sequence[int], options: ProposalOptions, seed: int) -> Proposed:
    asked = [questions.question(row) for row in rows]
    known = {each.question: questions.known.others(row) for each, row in zip(asked, rows, strict=True)}
    image = questions.read.images.at(int(questions.read.questions.image[rows[0]])).image_id
    proposed = propose_for_image(asked, options, f"{seed} {image}", known)
    if isinstance(proposed, str):
        return proposed
    first = proposed[0][0]
    return rows[first], tuple(proposal for place, proposal in proposed if place == first)


def _rows_by_image(read: Read, usable: Bools, domains: Sequence[str]) -> list[tuple[int, ...]]:
    table = read.questions
    wanted = np.array([not domains or word in domains for word in table.domain.words], bool)
    rows = np.flatnonzero(usable & wanted[table.domain.codes])
    found: dict[int, list[int]] = {}
    for row, image in zip(rows.tolist(), table.image[rows].tolist(), strict=True):
        found.setdefault(image, []).append(row)
    ids = read.images.facts["image_id"].to_pylist()
    order = sorted(found, key=lambda image: hashlib.sha256(f"edit {ids[image]}".encode()).digest())
    return [tuple(found[image]) for image in order]


def _task(questions: _Questions, candidate: EditCandidate, config: EditingConfig) -> EditTask:
    images, row = questions.read.images, candidate.row
    image = int(questions.read.questions.image[row])
    asked = questions.reading(row)
    locale = questions.read.questions.locale[row]
    tries = [candidate.proposals[number % len(candidate.proposals)] for number in range(config.tries)]
    attempts = [
        EditAttempt(
            each.answer,
            each.instruction,
            each.kind,
            rivals(asked.rivals, each.answer, asked.question, candidate.choices, locale),
        )
        for each in tries
    ]
    others = tuple(questions.reading(other) for other in candidate.rows if other != row)
    path, place = images.paths[images.output[image]], int(images.place[image])
    return EditTask(path, place, images.at(image).image_id, asked, tuple(attempts), others)


def _edit_ids(tasks: Sequence[EditTask], base: int) -> Iterator[str]:
    """Names of all edits that may be tried, whichever of them are."""
    for task in tasks:
        for number, attempt in enumerate(task.attempts):
            yield edit_id(task.image_id, attempt.instruction, task.seed(number, base))


def _works(build: Build[ImagesConfig], tasks: Sequence[EditTask], key: str) -> list[Work]:
    config = build.config
    editor = config.editing.editor()
    with build.step("editor"):
        marks = [find_pipeline(editor.model, editor.revision).fingerprints(), key]
    works = []
    for start in range(0, len(tasks), TASKS_OF_A_PARTITION):
        payload = EditsPayload(
            tuple(tasks[start : start + TASKS_OF_A_PARTITION]),
            editor,
            config.retrieval_encoder(),
            config.verify(),
            config.limits,
            f"{config.work_dir}/edited",
            redraws=redraws_originals(config),
            reads=config.editing.judge is None,
            most_failed=min(MOST_FAILED, len(tasks)),
        )
        works.append(build.work(edits_partition, payload, [payload, marks]))
    return works


def _kept_edits(candidates: Sequence[EditCandidate], outputs: Sequence[Output]) -> Iterator[KeptEdit]:
    columns = [name for name in EDITS.names if name != "image"]
    for number, output in enumerate(outputs):
        rows = [row | {"place": place} for place, row in enumerate(read_table(output.path, columns).to_pylist())]
        originals = {row["task"]: row for row in rows if row["is_original"]}
        # An edit that had failed stands behind those that had not.
        for row in sorted((row for row in rows if not row["is_original"]), key=lambda each: each["task"]):
            candidate = candidates[number * TASKS_OF_A_PARTITION + row["task"]]
            yield KeptEdit(candidate, output, row, originals.get(row["task"]))


def _couple(build: Build[ImagesConfig], read: Read, vectors: Vectors, found: KeptEdit) -> Couple:
    """The original and its edit; both stand in the split of the original."""
    source = side_of(read, found.candidate.row, vectors)
    original = source if found.original is None else _redrawn_side(source, found.output, found.original)
    table, row = read.questions, found.row
    measures = json.loads(row["measures"])
    return Couple(
        strategy="edit",
        query=table.question[found.candidate.row],
        sides=(original, _edited_side(build, source, found)),
        group="",
        split=split_of(source.facts.pixel_hash, build.config.probe_share),
        domain=table.domain[found.candidate.row],
        license=table.license[found.candidate.row],
        scores={**measures, "attempt": row["attempt"]},
        source=source.facts.pixel_hash,
    )


def _redrawn_side(source: Side, output: Output, row: dict[str, Any]) -> Side:
    """The original after its way through the editor's codec."""
    facts = ImageFacts(**{name: row[name] for name in ImageFacts._fields})
    provenance = {**source.provenance, "image_id": facts.image_id, "redrawn_from": source.facts.image_id}
    return Side(source.answer, output.path, row["place"], facts, provenance, row["vector"])


def _edited_side(build: Build[ImagesConfig], source: Side, found: KeptEdit) -> Side:
    row = found.row
    facts = ImageFacts(**{name: row[name] for name in ImageFacts._fields})
    config = build.config.editing
    provenance = {
        **source.provenance,
        "image_id": facts.image_id,
        "edited_from": source.facts.image_id,
        "instruction": row["instruction"],
        "kind": row["kind"],
        "seed": row["seed"],
        "editor": portable_uri(config.model),
        "revision": config.revision,
        **({"proposed_by": config.proposer.model} if config.proposer else {}),
        **({"answered_by": config.judge.model} if config.judge else {}),
    }
    return Side(row["answer"], found.output.path, row["place"], facts, provenance, row["vector"], edited=True)
