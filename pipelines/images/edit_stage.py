"""What workers do in the editing route: edit, verify, try again. A plain function of its payload."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contextpairs.builders.images.editing.edit_cache import EditItem, Outcome, edited
from contextpairs.builders.images.editing.edit_outcomes import Failure, Refusal
from contextpairs.builders.images.editing.editor_options import EditorOptions
from contextpairs.builders.images.editing.image_editor import Editor, load_editor
from contextpairs.builders.images.editing.scene_codec import alike
from contextpairs.builders.images.encoder.encoder import EmbeddingOptions, Encoder
from contextpairs.builders.images.encoder.vector_faults import vector_faults
from contextpairs.data.answers.statements import statement
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.imaging.send import as_png
from contextpairs.data.sources.files.faults import DETAIL_CHARS, Rejection
from contextpairs.data.sources.files.guard import FAILED, guarded
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.filters.images.verify_edit import AskedReading, EditCase, EditVerdict, Other, VerifyOptions, verify
from contextpairs.pipelines.images.edit_records import EditAttempt, EditTask
from contextpairs.pipelines.images.edit_tries import MOST_FAILED, EditTries, Rows
from contextpairs.pipelines.images.encoder_stage import decoder, encoder_of
from contextpairs.pipelines.images.tables import FACTS, read_images
from contextpairs.pipelines.run.stage import BESIDE, Again, Batch, stage

if TYPE_CHECKING:
    from PIL.Image import Image

Matrix = npt.NDArray[np.float32]
EDITS = pa.schema(
    [
        ("task", pa.int32()),
        ("is_original", pa.bool_()),
        ("answer", pa.large_string()),
        ("instruction", pa.large_string()),
        ("kind", pa.string()),
        ("seed", pa.int64()),
        ("attempt", pa.int32()),
        ("measures", pa.large_string()),
        ("vector", pa.large_binary()),
        *FACTS,
        ("name", pa.large_string()),
        ("image", pa.large_binary()),
    ]
)
"""A kept edit a row, and behind it, where that is not the image as it came, its original; an image column as the first
stage writes it, so that both are read alike."""


@dataclass(frozen=True, slots=True)
class EditsPayload:
    """Some of the candidates.

    Attributes:
        redraws: whether originals go through the editor's codec too, in the area of their edits.
        reads: whether the encoder is asked for the answers; else a judge is, later.
        most_failed: candidates that give no picture one after the other, from which the editor is at fault.
        only: places of the candidates that failed and are tried again; None for all.
    """

    tasks: tuple[EditTask, ...]
    editor: EditorOptions
    encoder: EmbeddingOptions
    verify: VerifyOptions
    limits: ImageLimits
    cache: str
    redraws: bool = False
    reads: bool = True
    most_failed: int = MOST_FAILED
    only: tuple[int, ...] | None = None

    @property
    def places(self) -> Sequence[int]:
        """Of the candidates that are tried."""
        return range(len(self.tasks)) if self.only is None else self.only


@dataclass(frozen=True, slots=True)
class _Original:
    """An image before its edit."""

    content: bytes
    vector: Matrix
    name: str


@dataclass(frozen=True, slots=True)
class _Made:
    """An edit beside its original, both as they are to be published."""

    original: _Original
    png: bytes
    vector: Matrix


def _failed_tasks(payload: EditsPayload, failed: Sequence[dict[str, Any]]) -> EditsPayload:
    return replace(payload, only=tuple(sorted(row["row"] for row in failed)))


@stage("edits", runs_model=True, again=Again(_failed_tasks))
def edits_partition(payload: EditsPayload) -> Iterator[Batch]:
    """Edits that were verified, and of each other candidate the reason of its last attempt, or that it failed."""
    bench = _Bench(payload)
    tries = EditTries(payload.places, payload.most_failed)
    for number in range(max((len(payload.tasks[at].attempts) for at in payload.places), default=0)):
        pending = [at for at in tries.open() if number < len(payload.tasks[at].attempts)]
        for at, made in bench.edit(pending, number):
            tries.take(at, bench.outcome(at, number, made), bench.shown(at, number))
    tries.close()
    rows = tries.rows()
    counts = {"attempts": tries.made, BESIDE: sum(row["is_original"] for row in rows)}
    yield Batch(table=pa.Table.from_pylist(rows, schema=EDITS), counts=counts)
    yield Batch(rejections=[_rejected(payload.tasks[at], at, *said) for at, said in tries.without_edit()])


def _rejected(task: EditTask, at: int, reason: str, detail: str) -> Rejection:
    return Rejection("edits", reason, row=at, key=task.image_id, detail=detail[:DETAIL_CHARS])


class _Bench:
    """The models with all that the tasks of a partition need."""

    def __init__(self, payload: EditsPayload) -> None:
        self._payload = payload
        self._encoder = encoder_of(payload.encoder)
        self._decode = decoder(payload.limits)
        tasks = [payload.tasks[at] for at in payload.places]
        self._originals = _originals(tasks, self._encoder, self._decode)
        self._through_codec: dict[bytes, Image] = {}
        self._texts = _vectors_of_texts(tasks, self._encoder) if payload.reads else {}

    def edit(self, pending: Sequence[int], number: int) -> Iterator[tuple[int, Outcome]]:
        """(task, outcome) of an attempt of some tasks."""
        items = (self._item(self._payload.tasks[at], number) for at in pending)
        made = edited(_editor_of(self._payload.editor), self._payload.cache, items, self._decode)
        yield from ((pending[place], outcome) for place, outcome in made)

    def outcome(self, at: int, number: int, made: Outcome) -> EditVerdict | Failure | Rows:
        """The rows of an edit that is kept, else why it is not."""
        if isinstance(made, Failure):
            return made
        if isinstance(made, Refusal):
            return EditVerdict(made.reason, made.detail, {})
        judged = guarded(lambda: self._judged(at, number, made), "edits", self._payload.tasks[at].path, at)
        return EditVerdict(FAILED, judged.detail, {}) if isinstance(judged, Rejection) else judged

    def shown(self, at: int, number: int) -> str:
        """Picture, question and instruction of an attempt, for people."""
        task = self._payload.tasks[at]
        picture = self._originals[task.image_id].name or task.image_id[:16]
        return f"{picture}: {task.asked.question[:60]!r}, told {task.attempts[number].instruction[:120]!r}"

    def _judged(self, at: int, number: int, png: bytes) -> EditVerdict | Rows:
        made = self._made(at, png)
        verdict = self.verify(at, number, made)
        return verdict if verdict.reason else self.rows(at, number, made, verdict)

    def _made(self, at: int, png: bytes) -> _Made:
        """What the editor gave beside its original, or both with the codec's marks in one area."""
        original = self._originals[self._payload.tasks[at].image_id]
        if self._payload.redraws:
            image = self._decode(original.content)
            both = alike(image, self._redrawn(original, image), self._decode(png))
            content, png = as_png(both.original), as_png(both.edited)
            before, after = self._vectors(content, png)
            return _Made(_Original(content, before, original.name), png, after)
        return _Made(original, png, self._vectors(png)[0])

    def _redrawn(self, original: _Original, image: Image) -> Image:
        """An original through the codec, once for all its tries."""
        if original.content not in self._through_codec:
            self._through_codec[original.content] = _editor_of(self._payload.editor).redrawn(image)
        return self._through_codec[original.content]

    def _vectors(self, *files: bytes) -> Matrix:
        """Rounded as vectors are stored, a row a file."""
        return _rounded(self._encoder.images([self._decode(content) for content in files]))

    def verify(self, at: int, number: int, made: _Made) -> EditVerdict:
        """The verdict on an edit."""
        task, before, after = self._payload.tasks[at], made.original.vector, made.vector
        if fault := vector_faults(after[None]).get(0):
            return EditVerdict(fault, "the edited picture has no vector to compare", {})
        case = EditCase(
            original=made.original.content,
            edited=made.png,
            asked=self._asked(task, task.attempts[number], before, after) if self._payload.reads else None,
            others=self._others(task, before, after),
            cosine=float(before @ after),
        )
        return verify(case, self._payload.verify, self._payload.limits)

    def rows(self, at: int, number: int, made: _Made, verdict: EditVerdict) -> Rows:
        """A kept edit as rows of `EDITS`."""
        task = self._payload.tasks[at]
        tried = task.attempts[number]
        edit = {
            **self._shown_row(at, made.png, made.vector),
            "answer": tried.answer,
            "instruction": tried.instruction,
            "kind": tried.kind,
            "seed": task.seed(number, self._payload.editor.seed),
            "attempt": number + 1,
            "measures": json.dumps(verdict.measures, sort_keys=True),
        }
        redrawn = [self._shown_row(at, made.original.content, made.original.vector)] if self._payload.redraws else []
        return [edit, *({**row, "is_original": True} for row in redrawn)]

    def _shown_row(self, at: int, png: bytes, vector: Matrix) -> dict[str, Any]:
        """What either picture of a couple says of itself."""
        facts = inspect(png, self._payload.limits)
        assert isinstance(facts, ImageFacts)
        return {
            **facts._asdict(),
            "task": at,
            "is_original": False,
            "vector": vector.astype(np.float16).tobytes(),
            "name": f"{facts.image_id[:16]}.png",
            "image": png,
        }

    def _item(self, task: EditTask, number: int) -> EditItem:
        seed = task.seed(number, self._payload.editor.seed)
        content = self._originals[task.image_id].content
        return EditItem(task.image_id, content, task.attempts[number].instruction, seed)

    def _asked(self, task: EditTask, tried: EditAttempt, before: Matrix, after: Matrix) -> AskedReading:
        answers = [task.asked.answer, tried.answer, *tried.rivals]
        statements = self._said(task.asked.question, answers)
        return AskedReading(statements @ before, statements @ after, old=0, new=1)

    def _others(self, task: EditTask, before: Matrix, after: Matrix) -> tuple[Other, ...]:
        if not self._payload.reads:
            return ()
        said = [self._said(each.question, [each.answer, *each.rivals]) for each in task.others]
        return tuple(Other(statements @ before, statements @ after, answer=0) for statements in said)

    def _said(self, question: str, answers: Sequence[str]) -> Matrix:
        return np.stack([self._texts[statement(question, answer)] for answer in answers])


def _originals(tasks: Sequence[EditTask], encoder: Encoder, decode: Any) -> dict[str, _Original]:
    """Images of some tasks by id."""
    places: dict[str, set[int]] = {}
    for task in tasks:
        places.setdefault(task.path, set()).add(task.place)
    files = {
        identifier: (content, name or "")
        for path, wanted in sorted(places.items())
        for identifier, content, name in read_images(path, sorted(wanted)).values()
    }
    vectors = _rounded(encoder.images([decode(content) for content, _ in files.values()]))
    found = zip(files.items(), vectors, strict=True)
    return {identifier: _Original(content, vector, name) for (identifier, (content, name)), vector in found}


def _vectors_of_texts(tasks: Sequence[EditTask], encoder: Encoder) -> dict[str, Matrix]:
    """Vectors of everything that is said of the tasks' images."""
    said = {
        statement(task.asked.question, answer)
        for task in tasks
        for tried in task.attempts
        for answer in (task.asked.answer, tried.answer, *tried.rivals)
    }
    said |= {
        statement(other.question, answer)
        for task in tasks
        for other in task.others
        for answer in (other.answer, *other.rivals)
    }
    texts = sorted(said)
    return dict(zip(texts, encoder.texts(texts), strict=True))


def _rounded(vectors: Matrix) -> Matrix:
    """As vectors are stored, so that measures agree with those of the other route."""
    return vectors.astype(np.float16).astype(np.float32)


def _editor_of(options: EditorOptions) -> Editor:
    return _editor(options.model_dump_json())


@cache
def _editor(options: str) -> Editor:
    """A loaded editor; each process loads it once."""
    return load_editor(EditorOptions.model_validate_json(options))
