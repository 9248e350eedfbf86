"""Write image tasks: read images with their questions, leave out what the probe shows, keep answers in balance."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from contextpairs.data.answers.canonical import canonical
from contextpairs.data.answers.matching import SHORT, matches
from contextpairs.data.answers.options import LETTERS
from contextpairs.data.answers.question_key import question_key
from contextpairs.data.imaging.plain import plain_image
from contextpairs.data.pairs.contexts import IMAGE
from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.data.pairs.splits import split_of
from contextpairs.data.store.manifest import portable_uri
from contextpairs.filters.images.contamination import EvaluationImage, EvaluationImages
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.read_step import READ_STAGES, Read, read_evaluation, read_sources
from contextpairs.pipelines.images.tables import ImageTable, QuestionTable, images_by_group
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Mapper
from contextpairs.pipelines.run.holding import in_work_dir
from contextpairs.pipelines.run.reporting import Reporter
from contextpairs.pipelines.tasks.caps import TaskQuestion, capped
from contextpairs.pipelines.tasks.images_config import ImageTasksConfig
from contextpairs.pipelines.tasks.prompts import image_prompt, image_reference
from contextpairs.pipelines.tasks.storing import TasksManifest, task_id, write_tasks

SHARED = ("sources", "out", "source", "scenes", "limits", "contamination", "probe_share", "engine")
"""What a build of pairs reads by: with its work directory, what it read is not read again."""


@in_work_dir("tasks images")
def build_image_tasks(config: ImageTasksConfig, mapper: Mapper, reporter: Reporter) -> TasksManifest:
    """Write image tasks; equal inputs give equal bytes, and a rerun does only what is not yet done.

    Raises:
        SourceError: nothing could be read, or a mapping does not fit.
        NoTasks: no task is left.
    """
    build = Build(ImagesConfig(**{name: getattr(config, name) for name in SHARED}), mapper, reporter, READ_STAGES)
    read = read_sources(build)
    rows = _uncontaminated(build, read, range(len(read.questions)))
    asked = _comparable(build, read, _outside_probe(build, read, rows))
    kept, reasons = capped(sorted(asked, key=lambda one: _rank(read, one.row)), config.caps)
    build.line("caps", "questions", len(asked), len(kept), dict(reasons))
    drawn = kept[: config.limit]
    build.line("limit", "questions", len(kept), len(drawn), {"over-limit": len(kept) - len(drawn)})
    manifest = TasksManifest(
        kind="images",
        configuration=config.content(),
        sources=read.sources,
        code_version=build.code_version(),
        funnel=tuple(build.funnel),
        counts=dict(sorted(Counter(f"domain {one.domain}" for one in drawn).items())),
        notes=tuple(build.notes),
    )
    return write_tasks(_rows(read, [one.row for one in drawn]), manifest, Path(config.out))


def _uncontaminated(build: Build[ImagesConfig], read: Read, rows: Iterable[int]) -> list[int]:
    """Rows that show and ask nothing of an evaluation set."""
    rows = list(rows)
    evaluation = read_evaluation(build)
    if evaluation is None:
        return rows
    index = EvaluationImages(build.config.contamination, _evaluation_images(*evaluation))
    facts = read.images.many(range(len(read.images)))
    hits = index.check_many([(facts[read.questions.image[row]], read.questions.question[row]) for row in rows])
    kept = [row for row, rules in zip(rows, hits, strict=True) if not rules]
    reasons = Counter(f"contaminated-{rules[0]}" for rules in hits if rules)
    build.line("contamination", "questions", len(rows), len(kept), dict(sorted(reasons.items())))
    return kept


def _evaluation_images(images: ImageTable, questions: QuestionTable) -> Iterator[EvaluationImage]:
    asked: dict[int, list[str]] = {}
    for row, image in enumerate(questions.image.tolist()):
        asked.setdefault(image, []).append(questions.question[row])
    for image, facts in enumerate(images.many(range(len(images)))):
        yield EvaluationImage(facts, tuple(asked.get(image, ())))


def _outside_probe(build: Build[ImagesConfig], read: Read, rows: Sequence[int]) -> list[int]:
    """Rows whose picture the pairs, split by its pixels, have in training."""
    hashes = read.images.facts["pixel_hash"].to_pylist()
    held = [split_of(name, build.config.probe_share) == "probe" for name in hashes]
    kept = [row for row in rows if not held[read.questions.image[row]]]
    build.line("probe", "questions", len(rows), len(kept), {"held-out": len(rows) - len(kept)})
    return kept


def _comparable(build: Build[ImagesConfig], read: Read, rows: Sequence[int]) -> list[TaskQuestion]:
    """Rows whose right answer would be rewarded, and with options one letter alone."""
    asked, reasons = [], Counter[str]()
    hashes = read.images.facts["pixel_hash"].to_pylist()
    for row in rows:
        found = _asked(read.questions, row, hashes[read.questions.image[row]])
        if isinstance(found, str):
            reasons[found] += 1
        else:
            asked.append(found)
    build.line("answers", "questions", len(rows), len(asked), dict(sorted(reasons.items())))
    return asked


def _asked(questions: QuestionTable, row: int, picture: str) -> TaskQuestion | str:
    """A row as the caps see it, or why no answer to it can be rewarded."""
    question, answer, choices = _row_texts(questions, row)
    locale = questions.locale[row]
    if len(choices) > len(LETTERS):
        return "too-many-options"
    meant = canonical(answer, question, choices, locale)
    is_prose = not meant.comparable and len(answer.split()) > SHORT
    if is_prose or not matches(_tagged(answer), answer, question, choices, locale):
        return "incomparable-answer"
    given = LETTERS[: len(choices)]
    letters = [letter for letter in given if matches(_tagged(letter), answer, question, choices, locale)]
    if choices and len(letters) != 1:
        return "unclear-options"
    return TaskQuestion(
        row, picture, questions.domain[row], question_key(question), meant.key, letters[0] if letters else ""
    )


def _row_texts(questions: QuestionTable, row: int) -> tuple[str, str, tuple[str, ...]]:
    return questions.question[row], questions.answer[row], tuple(json.loads(questions.choices[row]))


def _tagged(answer: str) -> str:
    return f"<answer>{answer}</answer>"


def _rank(read: Read, row: int) -> tuple[bytes, int]:
    """Order by a hash of what is asked of which picture; then by row."""
    picture = read.images.facts["image_id"][int(read.questions.image[row])].as_py()
    said = f"{picture}\n{read.questions.question[row]}\n{read.questions.answer[row]}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest(), row


def _rows(read: Read, rows: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Task rows in the order of the sources, the images of one row group in memory."""
    images = read.images
    wanted: dict[int, dict[int, list[int]]] = {}
    for row in sorted(rows):
        image = int(read.questions.image[row])
        wanted.setdefault(int(images.output[image]), {}).setdefault(int(images.place[image]), []).append(row)
    for output in sorted(wanted):
        places = sorted(wanted[output])
        for found in images_by_group(images.paths[output], places):
            for place, (image_id, content, name) in sorted(found.items()):
                picture, original = plain_image({"bytes": content, "path": name or ""})
                source = {"image_id": image_id} | ({"original": original.as_dict()} if original else {})
                for row in wanted[output][place]:
                    yield _row(read.questions, row, source, picture)


def _row(questions: QuestionTable, row: int, source: dict[str, Any], image: dict[str, Any]) -> dict[str, Any]:
    question, answer, choices = _row_texts(questions, row)
    asked = image_prompt(question, choices)
    reference = image_reference(answer, question, choices, questions.locale[row])
    provenance = {
        "source": portable_uri(questions.source[row]),
        "row": int(questions.row[row]),
        "key": questions.key[row],
        **source,
        "domain": questions.domain[row],
        "license": questions.license[row],
    }
    return {
        "task_id": task_id(asked, source["image_id"], reference),
        "prompt": [{"role": "user", "content": asked}],
        "images": [IMAGE.stored("images", image, f"image {source['image_id']}")],
        "reference": reference,
        "provenance": canonical_json({name: value for name, value in provenance.items() if value != ""}),
    }
