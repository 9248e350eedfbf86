"""The shortcut audit of image pairs: cheap baselines that try to pick the positive without looking at what it shows.

Three kinds. Text alone: which of a couple's two answers is the row's (and, where letters are given, which letter), from
the question and how answers are spread. Image alone: which picture is the positive, from its file and its plainest
measures. Mirrors show each text and each difference of two images once with either outcome, so that both kinds stand
at one half by construction; on a set without mirrors they do not. What mirrors do not close is answer with image: a
trainer may learn that "5" goes with the larger file, or that a rare answer goes with the edited picture. That is
measured and reported, and not removed: part of it is honest, for five objects do take more bytes than two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.filters.evidence.baselines import (
    FOLDS,
    LEARNABLE,
    BaselineResult,
    decided,
    folds_of,
    narrow,
    turning,
)
from contextpairs.filters.evidence.evaluation_ngrams import plain_words
from contextpairs.filters.evidence.intervals import between_groups, wilson
from contextpairs.filters.images.audit_features import crossed, image_differences, text_features

TIE = 1e-9
DIFFICULTY = "CLIP score of the answer (difficulty, no shortcut)"
Credits = npt.NDArray[np.float64]
Folds = npt.NDArray[np.int64]


class ShownImage(NamedTuple):
    """One image of a row.

    Attributes:
        facts: what is known of it without a model.
        edited: whether an editor made it.
        score: CLIP score of the statement of the row's question and answer with this image; None where not measured.
    """

    facts: ImageFacts
    edited: bool = False
    score: float | None = None


class AuditRow(NamedTuple):
    """One published row.

    Attributes:
        query: the question.
        answer: what the positive supports.
        other_answer: the mirror's answer, which the negative supports.
        group: what never straddles splits, and so what cross-validation keeps together.
        positive: the image that supports `answer`.
        negative: the other one.
        label: the letter under which the positive is shown, where letters are to be audited too.
    """

    query: str
    answer: str
    other_answer: str
    group: str
    positive: ShownImage
    negative: ShownImage
    label: Literal["A", "B"] | None = None


def audit(rows: Sequence[AuditRow]) -> list[BaselineResult]:
    """How often each baseline is right over the rows of a split, ties counting half, with its 95 % interval.

    The interval's n is no number of rows. Two mirrors are one experiment, so their credits are averaged and couples are
    counted. Couples of one group share images and questions: n is divided by the design effect, the variance of the
    accuracy with groups as units over that with couples as units, where that exceeds 1 (Kish 1965).

    Returns:
        One result a baseline, in fixed order; none for no rows. Learned ones are missing below `LEARNABLE` couples,
        letters where a row has no label, the CLIP score where a row has no scores.
    """
    if not rows:
        return []
    couples = _couples(rows)
    groups = [row.group for row in rows]
    credits = _credits(rows, len(set(couples)))
    return [_result(name, credit, couples, groups) for name, credit in credits.items()]


def _couples(rows: Sequence[AuditRow]) -> list[int]:
    """The couple of each row: mirrors share one, a row without its mirror has one of its own."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(_sides(row), len(numbers)) for row in rows]


def _sides(row: AuditRow) -> Hashable:
    sides = (row.answer, row.positive.facts.image_id), (row.other_answer, row.negative.facts.image_id)
    return row.query, *sorted(sides)


def _result(name: str, credit: Credits, couples: Sequence[int], groups: Sequence[str]) -> BaselineResult:
    sizes = np.bincount(couples)
    of_couple = np.bincount(couples, weights=credit) / sizes
    first = np.unique(couples, return_index=True)[1]
    n = _effective(of_couple, [groups[i] for i in first])
    accuracy = float(of_couple.mean())
    return BaselineResult(name, accuracy, *wilson(accuracy * n, n), len(credit))


def _effective(credit: Credits, groups: Sequence[str]) -> int:
    """Couples over the design effect of their groups; 1 where all are one group, for then it cannot be known."""
    names, codes = np.unique(np.array(groups), return_inverse=True)
    if len(names) == 1:
        return 1
    spread = float(((credit - credit.mean()) ** 2).sum())
    if spread < TIE:
        return len(credit)
    return max(1, round(len(credit) / max(1.0, between_groups(credit, codes, len(names)) / spread)))


def _credits(rows: Sequence[AuditRow], couples: int) -> dict[str, Credits]:
    """Credit of every baseline on every row: right 1, wrong 0, tie 1/2."""
    folds = folds_of([row.group for row in rows])
    credits = {
        "question only": _prior_credit(rows, folds, lambda row, answer: (plain_words(row.query), answer)),
        "answer prior": _prior_credit(rows, folds, lambda _, answer: answer),
        **{name: _picked(rows, measure) for name, measure in MEASURES.items()},
    }
    if couples >= LEARNABLE:
        credits |= _learned_credits(rows, folds)
    if all(image.score is not None for row in rows for image in (row.positive, row.negative)):
        credits[DIFFICULTY] = _picked(rows, lambda image: image.score or 0.0)
    return credits


def _learned_credits(rows: Sequence[AuditRow], folds: Folds) -> dict[str, Credits]:
    queries, answers = [row.query for row in rows], [row.answer for row in rows]
    own, other = text_features(queries, answers, [row.other_answer for row in rows])
    differences = image_differences([row.positive.facts for row in rows], [row.negative.facts for row in rows])
    credits = {
        "question and answer text, learned": _held_out_credit(own - other, folds),
        "image alone, learned": _held_out_credit(differences, folds),
        "answer with image measures, learned": _held_out_credit(crossed(queries, answers, differences), folds),
        "answer with edited or not, learned": _held_out_credit(crossed(queries, answers, _edited(rows)), folds),
    }
    if all(row.label for row in rows):
        signs = np.array([1.0 if row.label == "A" else -1.0 for row in rows])
        credits["letter from text, learned"] = _held_out_credit(own.multiply(signs[:, None]).tocsr(), folds)
    return credits


def _edited(rows: Sequence[AuditRow]) -> Any:
    """Whether the positive was edited, minus whether the negative was: (n, 1)."""
    from scipy.sparse import csr_array

    return csr_array([[float(row.positive.edited) - float(row.negative.edited)] for row in rows])


MEASURES: Mapping[str, Callable[[ShownImage], float]] = {
    "picks the unedited image": lambda image: -float(image.edited),
    "picks the larger file": lambda image: float(image.facts.size),
    "picks the larger image": lambda image: float(image.facts.width * image.facts.height),
    "picks the wider image": lambda image: image.facts.width / max(1, image.facts.height),
    "picks the JPEG": lambda image: float(image.facts.format == "JPEG"),
    "picks the sharper image": lambda image: image.facts.sharpness,
    "picks the brighter image": lambda image: image.facts.brightness,
}
"""What each image-only baseline goes by. Reliably wrong tells as much as reliably right."""


def _picked(rows: Sequence[AuditRow], measure: Callable[[ShownImage], float]) -> Credits:
    own = np.array([measure(row.positive) for row in rows])
    other = np.array([measure(row.negative) for row in rows])
    return decided(own - other, TIE)


def _prior_credit(rows: Sequence[AuditRow], folds: Folds, key: Callable[[AuditRow, str], Hashable]) -> Credits:
    """Of the row's two answers, names the one that is more often right in the other folds."""
    own = [key(row, plain_words(row.answer)) for row in rows]
    other = [key(row, plain_words(row.other_answer)) for row in rows]
    everywhere = Counter(own)
    margins = np.zeros(len(rows))
    for fold in range(FOLDS):
        held_out = np.flatnonzero(folds == fold)
        here = Counter(own[i] for i in held_out)
        for i in held_out:
            margins[i] = (everywhere[own[i]] - here[own[i]]) - (everywhere[other[i]] - here[other[i]])
    return decided(margins, TIE)


def _held_out_credit(differences: Any, folds: Folds) -> Credits:
    """Credit of a logistic regression on rows "own minus other", cross-validated by group.

    A row and its negation are one example: every second one is turned around to give the model two classes. Mirrors of
    equal features are each other's negation, in one fold, so exactly one of them is right, or both are ties.
    """
    from sklearn.linear_model import LogisticRegression

    margins = np.zeros(len(folds))
    for fold in np.unique(folds):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(train) < 2:
            continue
        signs = turning(len(train))
        turned = narrow(differences[train].multiply(signs[:, None]).tocsr())
        model = LogisticRegression(C=1.0, solver="liblinear", fit_intercept=False, random_state=0).fit(turned, signs)
        margins[test] = differences[test] @ model.coef_[0]
    return decided(margins, TIE)
