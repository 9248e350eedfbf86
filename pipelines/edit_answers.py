"""A judge that answers in place of the encoder: of each image by itself it has to read what it is to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from data.answers import relation
from filters.judge import ImageQuestion, Owed, answer_images, flips
from pipelines.building import Build
from pipelines.edits import Edit
from pipelines.image_config import ImagesConfig
from pipelines.image_judging import png_of
from pipelines.image_reading import Read
from pipelines.image_table import read_images
from pipelines.judging import StillOwed


def answered(build: Build[ImagesConfig], edits: Sequence[Edit], read: Read) -> list[Edit]:
    """The edits whose both images the judge answers as they are to be answered.

    Raises:
        StillOwed: the endpoint failed or a limit was reached before all had an answer.
    """
    options = build.config.editing.judge
    assert options is not None
    said = answer_images(_asked(edits, read), options, convert=png_of(build.config.limits))
    kept: list[Edit] = []
    reasons: Counter[str] = Counter()
    for edit, on_original, on_edited in zip(edits, said, said, strict=True):
        reason = flips(*_answers(edit, read), _had(on_original), _had(on_edited), _same(read, edit))
        if reason:
            reasons[reason] += 1
        else:
            kept.append(edit)
    build.line("answers", "edits", len(edits), len(kept), dict(sorted(reasons.items())))
    return kept


def _asked(edits: Sequence[Edit], read: Read) -> Iterator[ImageQuestion]:
    """The original and the edited image of each edit, one after the other."""
    images, questions = read.images, read.questions
    for edit in edits:
        row = edit.candidate.row
        image = int(questions.image[row])
        places = ((images.paths[images.output[image]], int(images.place[image])), (edit.output.path, edit.row["place"]))
        for path, place in places:
            content = read_images(path, [place])[place][1]
            yield ImageQuestion(questions.question[row], edit.candidate.choices, content)


def _answers(edit: Edit, read: Read) -> tuple[str, str]:
    return read.questions.answer[edit.candidate.row], edit.row["answer"]


def _had(said: str | Owed | None) -> str | None:
    if isinstance(said, Owed):
        raise StillOwed(f"{said}; what is answered is kept, so a new run asks only the rest")
    return said


def _same(read: Read, edit: Edit) -> Callable[[str, str], bool]:
    question, choices = read.questions.question[edit.candidate.row], edit.candidate.choices

    def same(first: Any, second: Any) -> bool:
        return relation(first, second, question, choices) == "same"

    return same
