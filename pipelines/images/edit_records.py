"""Edits on their way through the editing route."""

from __future__ import annotations

from typing import Any, NamedTuple

from contextpairs.builders.images.proposals.propose import Proposal
from contextpairs.pipelines.run.engine import Output


class Candidate(NamedTuple):
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


class Edit(NamedTuple):
    """A kept edit.

    Attributes:
        candidate: what it was made for.
        output: the stage output that holds it.
        row: what the output says of it, without the image, and its `place` there.
    """

    candidate: Candidate
    output: Output
    row: dict[str, Any]
