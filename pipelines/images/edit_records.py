"""Edits on their way through the editing route: from candidate over task to what was kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from contextpairs.builders.images.proposals.propose import Proposal
from contextpairs.pipelines.run.engine import Output


class EditCandidate(NamedTuple):
    """An image with a question whose answer is to change.

    Attributes:
        row: of the question table.
        choices: options of the question.
        proposals: what can be tried.
        rows: all usable rows of the image.
    """

    row: int
    choices: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EditAttempt:
    """One edit to try.

    Attributes:
        answer: what the question is to be answered with on the edited image.
        instruction: what the editor is told.
        kind: of the change: colour, count, ...
        rivals: other known answers, all certainly different from the new and the old one.
    """

    answer: str
    instruction: str
    kind: str
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionWithRivals:
    """A question with its answer and the other known answers, all certainly different from it."""

    question: str
    answer: str
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditTask:
    """What a worker does for a candidate: an image, a question, and the edits to try until one is kept.

    Attributes:
        path: stage output that holds the image.
        place: its row there.
        image_id: of the image.
        asked: the question whose answer is to change.
        attempts: tried in this order.
        others: the image's other questions, whose answers are to stay.
    """

    path: str
    place: int
    image_id: str
    asked: QuestionWithRivals
    attempts: tuple[EditAttempt, ...]
    others: tuple[QuestionWithRivals, ...]

    def seed(self, attempt: int, base: int) -> int:
        """Seed of an attempt: a function of what is edited and how often it was tried."""
        said = json.dumps([base, self.image_id, self.asked.question, attempt])
        return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=4).digest()) >> 1


class KeptEdit(NamedTuple):
    """A kept edit.

    Attributes:
        candidate: what it was made for.
        output: the stage output that holds it.
        row: what the output says of it, without the image, and its `place` there.
        original: the same of the original after its way through the editor's codec; None where it stays as it came.
    """

    candidate: EditCandidate
    output: Output
    row: dict[str, Any]
    original: dict[str, Any] | None = None
