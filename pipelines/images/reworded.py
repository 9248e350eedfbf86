"""Couples of images that were asked one question in two wordings."""

from __future__ import annotations

from dataclasses import replace

from contextpairs.pipelines.images.question_codes import QuestionCodes
from contextpairs.pipelines.images.release_stage import Couple, Side
from contextpairs.pipelines.images.tables import QuestionTable


def reworded(couple: Couple, rows: tuple[int, int], questions: QuestionTable, codes: QuestionCodes) -> Couple:
    """The couple under the first wording of its question, where one of its images was asked in other words.

    Mirrors share their query, so one wording stands for both. What the images were asked is in the provenance, and in
    the scores the lower cosine of that with the query.

    Args:
        couple: as it was made of the rows.
        rows: rows of the question table, one a side.
        questions: all of them.
        codes: the same as codes.
    """
    own = [int(codes.wording[row]) for row in rows]
    if codes.wordings is None or (first := int(codes.wordings.leader[own[0]])) == own[0] == own[1]:
        return couple
    here, there = (_worded(side, questions.question[row]) for side, row in zip(couple.sides, rows, strict=True))
    cosine = round(min(codes.wordings.cosine(first, each) for each in own), 5)
    scores = {**couple.scores, "question_cosine": cosine}
    return replace(couple, query=codes.asked[first], sides=(here, there), scores=scores)


def _worded(side: Side, question: str) -> Side:
    return replace(side, provenance={**side.provenance, "question": question})
