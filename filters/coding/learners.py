"""Two learners without any reading that try to tell which context belongs to an answer, from simple measures alone.

They are shown each answer with "own context minus the other" of every measure, beside how the answer differs from the
couple's other one, and are asked in folds that hold every group whole. What they see of an answer turns its sign when
the contexts are swapped, and so does what they say: a context alone, and an answer alone, stand at one half.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.filters.coding.measures import AuditCouple
from contextpairs.filters.evidence.baselines import FOLDS, decided

Values = npt.NDArray[np.float64]
LINEAR, BOOSTED = "linear model of all measures", "boosted trees of all measures"
LEARNERS = (LINEAR, BOOSTED)
REPORTING = ("reporting 1", "reporting 2")
"""Seeds of the folds in which what is reported is learned; the choice never sees them."""
MOST_FITTED = 1_000
"""Couples that one fit sees at most, drawn by seed: more cost time and find little more."""
MOST_SURE = 10.0
"""Where a margin is cut, in mean margins: no single couple counts for more."""
TIE = 1e-9


def choosing(turn: int) -> tuple[str, str]:
    """Seeds of the folds that the choice learns in: others each time, or it would obey the luck of the first."""
    return f"choosing {2 * turn}", f"choosing {2 * turn + 1}"


class Learned(NamedTuple):
    """What a learner says of couples that it was not fitted on, as the mean over seeds of folds.

    Attributes:
        credit: shape (n,): right 1, wrong 0, tie 1/2, the mean of a couple's two rows.
        sureness: shape (n,): how surely right, in mean margins; negative where wrong.
    """

    credit: Values
    sureness: Values


def learned(couples: Sequence[AuditCouple], scores: Mapping[str, Values], seeds: Sequence[str]) -> dict[str, Learned]:
    """Ask both learners about each couple, in folds by group, on one thread: equal couples give equal bytes.

    Args:
        couples: all of them measured.
        scores: further scores of answer beside context, each of shape (n, answer, context).
        seeds: of the folds, one round of learning each.
    """
    from threadpoolctl import threadpool_limits

    rows = couple_rows(couples, scores)
    groups = [couple.group for couple in couples]
    with threadpool_limits(1):
        return {
            name: _judged([_margins(rows, seeded_folds(groups, seed), fit) for seed in seeds])
            for name, fit in zip(LEARNERS, (_linear, _boosted), strict=True)
        }


def seeded_folds(groups: Sequence[str], seed: str) -> npt.NDArray[np.int64]:
    """The fold of each couple: groups are dealt whole, in an order by hash, each into the fold that holds least."""
    sizes = Counter(groups)
    filled, fold = [0] * FOLDS, dict[str, int]()
    for group in sorted(sizes, key=lambda name: (zlib.crc32(f"{seed}\n{name}".encode("utf-8", "replace")), name)):
        fold[group] = filled.index(min(filled))
        filled[fold[group]] += sizes[group]
    return np.array([fold[group] for group in groups], np.int64)


def couple_rows(couples: Sequence[AuditCouple], scores: Mapping[str, Values]) -> Values:
    """What a learner sees of each answer: shape (2 n, features), answers 0 first, rows "own context minus other".

    Differences of contexts are relative to their size. Their signs are crossed with those of the answers' differences:
    does the answer of more hunks go with the trace of more marks?
    """
    answers, contexts, beside = _stacked(couples)
    beside = np.concatenate([beside, *(each[..., None] for each in scores.values())], axis=3)
    rows = []
    for side in (0, 1):
        mine, other = contexts[:, side], contexts[:, 1 - side]
        differences = (mine - other) / np.maximum(1.0, np.abs(mine) + np.abs(other))
        shapes = np.sign(answers[:, side] - answers[:, 1 - side])
        crossed = np.sign(differences)[:, :, None] * shapes[:, None, :]
        overlaps = beside[:, side, side] - beside[:, side, 1 - side]
        rows.append(np.concatenate([differences, overlaps, crossed.reshape(len(couples), -1)], axis=1))
    return np.concatenate(rows)


def _stacked(couples: Sequence[AuditCouple]) -> tuple[Values, Values, Values]:
    """Measures of answers, contexts, and answers beside contexts, a couple a row."""
    measured = [couple.measured for couple in couples if couple.measured is not None]
    answers, contexts, overlaps = (np.stack(part).astype(np.float64) for part in zip(*measured, strict=True))
    return answers, contexts, overlaps


def _judged(margins: Sequence[Values]) -> Learned:
    """Margins (2 n,) of each seed -> what they come to, couple by couple."""
    credit = np.mean([_by_couple(decided(each, TIE)) for each in margins], axis=0)
    scaled = [np.clip(each / (np.abs(each).mean() or 1.0), -MOST_SURE, MOST_SURE) for each in margins]
    return Learned(credit, np.mean([_by_couple(each) for each in scaled], axis=0))


def _by_couple(rows: Values) -> Values:
    return np.asarray(rows.reshape(2, -1).mean(axis=0))


Fit = Callable[[Values, Values], Callable[[Values], Values]]
"""From rows and their signs to what tells the margin of other rows."""


def _margins(rows: Values, folds: npt.NDArray[np.int64], fit: Fit) -> Values:
    """Margins (2 n,) of rows whose fold was held out; 0 where nothing is left to learn from."""
    n = len(folds)
    margins = np.zeros(2 * n)
    for held_out in np.unique(folds):
        train, test = _drawn(np.flatnonzero(folds != held_out)), np.flatnonzero(folds == held_out)
        if not len(train):
            continue
        known, asked = rows[np.r_[train, n + train]], np.r_[test, n + test]
        signs = np.where(np.arange(2 * len(train)) % 2, 1.0, -1.0)
        say = fit(known * signs[:, None], signs)
        margins[asked] = say(rows[asked]) - say(-rows[asked])
    return margins


def _drawn(couples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """At most `MOST_FITTED` of them, in their order."""
    if len(couples) <= MOST_FITTED:
        return couples
    return np.sort(np.random.default_rng(len(couples)).choice(couples, MOST_FITTED, replace=False))


def _linear(rows: Values, signs: Values) -> Callable[[Values], Values]:
    from sklearn.linear_model import LogisticRegression

    scale = rows.std(axis=0)
    scale[scale == 0.0] = 1.0
    model = LogisticRegression(C=0.01, solver="liblinear", fit_intercept=False, random_state=0).fit(rows / scale, signs)
    return lambda asked: np.asarray((asked / scale) @ model.coef_[0])


def _boosted(rows: Values, signs: Values) -> Callable[[Values], Values]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    options: dict[str, Any] = {"max_iter": 50, "learning_rate": 0.1, "max_leaf_nodes": 8, "min_samples_leaf": 20,
                               "max_bins": 32, "l2_regularization": 1.0, "early_stopping": False}  # fmt: skip
    model = HistGradientBoostingClassifier(**options, random_state=0).fit(rows, signs)
    return lambda asked: np.asarray(model.decision_function(asked))
