"""Whether edits of a split are told by their editor's marks, measured on the pictures that are published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile

import numpy as np

from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.filters.evidence.baselines import BaselineResult
from contextpairs.filters.images.edit_marks import MarkedCouple, edited_or_not
from contextpairs.pipelines.images.release_stage import Couple, files_of

MOST_COUPLES = 200
MOST_PIXELS = 60_000_000
"""Pixels that are decoded at most, of both pictures together: with them the time is bounded, whatever the machine."""


def marks_of(couples: Sequence[Couple], limits: ImageLimits) -> list[BaselineResult]:
    """What the classifier of patch statistics makes of edits, of so many of the first as the bounds allow.

    Args:
        couples: of a split, in the order of a hash.
        limits: what an image may cost.
    """
    return edited_or_not(list(_pictured(_first_edits(couples), limits)))


def _first_edits(couples: Sequence[Couple]) -> list[Couple]:
    edits = [couple for couple in couples if couple.strategy == "edit"][:MOST_COUPLES]
    pixels = accumulate(sum(side.facts.width * side.facts.height for side in couple.sides) for couple in edits)
    within = sum(1 for _ in takewhile(lambda total: total <= MOST_PIXELS, pixels))
    return edits[:within]


def _pictured(couples: Sequence[Couple], limits: ImageLimits) -> Iterator[MarkedCouple]:
    for couple in couples:
        files = files_of([couple])
        shown = [np.asarray(rgb(files[side.path, side.place][0]["bytes"], limits)) for side in couple.sides]
        original, edited = shown[::-1] if couple.sides[0].edited else shown
        yield MarkedCouple(original, edited, couple.group)
