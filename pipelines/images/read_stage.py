"""What workers do first in an image build: read and check images, or render scenes; functions of payloads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any

import pyarrow as pa

from contextpairs.data.answers.languages import of_file, told
from contextpairs.data.answers.lexicon import ENGLISH
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.demo.scenes.scene import Scene, SceneQuestion
from contextpairs.data.imaging.animations import animated
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import Fault, ImageLimits
from contextpairs.data.imaging.send import as_png
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.sources.vqa.reading import read_shown, read_vqa
from contextpairs.data.sources.vqa.record import ImageFacts, Question, VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions, VqaPartition
from contextpairs.pipelines.images.tables import IMAGES, ROW_GROUP, ROW_GROUP_BYTES
from contextpairs.pipelines.run.stage import Again, Batch, stage

SCENES_LICENSE = "Apache-2.0"
BLANK = 2.0
"""Standard deviation in levels below which a picture shows nothing, as for edits."""
IN_MEMORY = 32 * 2**20
"""Bytes up to which no file is needed: more than a partition of the usual size has."""


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


@dataclass(frozen=True, slots=True)
class Seen:
    """How a source's pictures are to be seen.

    Attributes:
        rendered: whether they were drawn by a program.
        first_frame: whether of an animation the first frame is meant.
        outlined: whether copies of them are looked for.
    """

    rendered: bool
    first_frame: bool
    outlined: bool = False

    def inspected(self, content: bytes, limits: ImageLimits) -> ImageFacts | Fault:
        """Facts of an image, or why it is set aside: it is broken, shows nothing, or more than one frame can say."""
        found = inspect(content, limits, self.outlined)
        if isinstance(found, Fault):
            return found
        if not self.first_frame and (fault := animated(content, found)):
            return fault
        if not self.rendered and found.contrast < BLANK:
            detail = f"one colour: its channels vary by {found.contrast:.1f} levels, at least {BLANK:g} show something"
            return Fault("blank", f"{detail}; if it was rendered so: source.rendered=true")
        return found


@stage("images", again=Again())
def images_partition(payload: ImagesPayload) -> Iterator[Batch]:
    """Images of a partition with their questions; broken and hostile ones are set aside with their reason.

    An image is held once, and on disk where there are many: memory grows with the texts of a partition, not with its
    images.
    """
    yield from _read(read_vqa(payload.partition), payload.limits, _seen(payload.partition))


@stage("evaluation", again=Again())
def evaluation_partition(payload: ImagesPayload) -> Iterator[Batch]:
    """As `images_partition`, of an evaluation set: every image that a row shows, whatever else it holds."""
    yield from _read(
        read_shown(payload.partition), payload.limits, Seen(rendered=True, first_frame=True, outlined=True)
    )


def _seen(partition: Partition) -> Seen:
    options = partition.vqa if isinstance(partition, VqaPartition) else VqaOptions()
    return Seen(options.rendered, options.frame == "first", outlined=not options.rendered)


def _read(items: Iterable[VqaRow | Rejection], limits: ImageLimits, seen: Seen) -> Iterator[Batch]:
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
        yield from _checked(rows, held, limits, seen)


@stage("images")
def scenes_partition(payload: ScenesPayload) -> Iterator[Batch]:
    """Rendered images with some of their questions."""
    with HeldImages() as held:
        rows = [_held(_rendered(payload, number), held) for number in range(payload.start, payload.stop)]
        yield Batch(counts={"rows": len(rows), "questions": sum(len(row.questions) for _, row in rows)})
        yield from _checked(rows, held, payload.limits, Seen(rendered=True, first_frame=True))


def _rendered(payload: ScenesPayload, number: int) -> VqaRow:
    shown = scene(payload.domain, payload.seed, number)
    name = f"{payload.domain}-{payload.seed}-{number}"
    random = Random(f"questions {name}")
    asked = tuple(
        Question(each.question, each.answer, locale=ENGLISH) for each in _chosen(shown, payload.questions, random)
    )
    source = f"scenes:{payload.domain}"
    drawn = as_png(shown.draw(), level=1)
    return VqaRow(source, number, name, payload.domain, SCENES_LICENSE, f"{name}.png", drawn, asked)


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


def _checked(rows: Sequence[_HeldRow], held: HeldImages, limits: ImageLimits, seen: Seen) -> Iterator[Batch]:
    """Each distinct image once, with the questions of all rows that show it."""
    rows = _in_languages(rows)
    facts: dict[str, ImageFacts | Fault | Rejection] = {}
    shown: dict[str, list[VqaRow]] = {}
    for name, row in rows:
        found = facts.get(name)
        if found is None:
            work = partial(seen.inspected, held[name], limits)
            found = facts[name] = guarded(work, "images", row.source, row.row, row.key)
        if isinstance(found, Rejection):
            failed = replace(found, source=row.source, row=row.row, key=row.key)
            yield Batch(rejections=[failed] * max(1, len(row.questions)))
        elif isinstance(found, Fault):
            yield Batch(rejections=[_broken(row, found)] * max(1, len(row.questions)))
        else:
            shown.setdefault(name, []).append(row)
    known = [(name, found) for name in shown if isinstance(found := facts[name], ImageFacts)]
    for group in _row_groups(known):
        entries = [_entry(found, shown[name], held[name], seen.rendered) for name, found in group]
        yield Batch(table=pa.Table.from_pylist(entries, schema=IMAGES))
    yield Batch(table=IMAGES.empty_table())


def _in_languages(rows: Sequence[_HeldRow]) -> list[_HeldRow]:
    """Rows whose questions have their locale: that of the source, else their own, else that of their file's questions,
    as far as this partition holds it."""
    texts: dict[str, list[str]] = {}
    for _, row in rows:
        texts.setdefault(row.source, []).extend(each.question for each in row.questions)
    files = {source: of_file(questions) for source, questions in texts.items()}
    return [(name, row._replace(questions=_with_locale(row, files[row.source]))) for name, row in rows]


def _with_locale(row: VqaRow, of_others: str) -> tuple[Question, ...]:
    return tuple(each._replace(locale=each.locale or told(each.question) or of_others) for each in row.questions)


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


def _entry(facts: ImageFacts, rows: Sequence[VqaRow], image: bytes, rendered: bool) -> dict[str, Any]:
    questions = [
        {
            "question": each.question,
            "answer": each.answer,
            "choices": list(each.choices),
            "locale": each.locale,
            "domain": row.domain,
            "license": row.license,
            "source": row.source,
            "row": row.row,
            "key": row.key,
            "rendered": rendered,
        }
        for row in rows
        for each in row.questions
    ]
    return {**facts._asdict(), "questions": questions, "name": rows[0].name, "image": image}


class HeldImages:
    """Distinct images by the sha256 of their bytes; a context manager, which gives back what it holds."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        """Args: in_memory: bytes beyond which all are on disk, where TMPDIR says."""
        self._file = SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 (closed on exit)
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0

    def __enter__(self) -> HeldImages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep(self, content: bytes) -> str:
        """Hold an image, once however often it comes. Returns the sha256 of its bytes, 64 hex digits.

        Raises:
            OSError: the disk is full.
        """
        name = hashlib.sha256(content).hexdigest()
        if name not in self._places:
            self._file.seek(self._end)
            self._file.write(content)
            self._places[name] = (self._end, len(content))
            self._end += len(content)
        return name

    def __getitem__(self, name: str) -> bytes:
        start, size = self._places[name]
        self._file.seek(start)
        return self._file.read(size)
