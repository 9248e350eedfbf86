"""The shortcut audit: cheap baselines that try to pick the positive from the published text alone.

A baseline scores how well an answer goes with a context; on a couple it is asked twice, once per mirror, so what lies
in a context alone (its length, its number of turns) stands at one half by construction. What remains is overlap
between answer and context, and the adversarial choice drops the couples that carry it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.data.store.settings import Settings
from contextpairs.filters.coding.learners import Learned, learned
from contextpairs.filters.coding.measures import BUCKETS, AuditCouple, Features
from contextpairs.filters.evidence.baselines import LEARNABLE, BaselineResult, decided, folds_of, narrow, turning
from contextpairs.filters.evidence.intervals import Z_95, wilson

TIE = 1e-12
SURENESS = 0.2
"""What a mean margin of the learners counts beside a wrong row's half, where the choice has several couples to take."""
OTHER_FOLDS = 0.7
"""Share of the limit's excess over one half that the choice leaves to learners."""
STEP = 0.02
"""Share of couples that leave because of the learners before these learn anew: what is left gives less away."""
Scores = npt.NDArray[np.float64]


class AuditOptions(Settings):
    """What the shortcut audit demands of a published split."""

    max_accuracy: float = Field(default=0.55, gt=0.5, le=1.0)
    """No baseline may be right, nor reliably wrong, more often than this on a published split; of a handful
    of couples, and for learners over all measures, only where the 95 % interval excludes one half."""
    max_dropped: float = Field(default=0.1, ge=0.0, le=1.0)
    """Share of a split's couples that may be dropped because of the learners over all measures."""
    enforce: bool = True
    """Drop couples until it holds; without it the audit only reports."""


def baselines(couples: Sequence[AuditCouple]) -> dict[str, Scores]:
    """Credit of every baseline on every couple: mean of its two rows, right 1, wrong 0, tie 1/2. Shape (n,).

    A context's size alone is right in exactly one of two mirrors; so length, turns and masks are asked with the size
    of the answer: does the longer answer go with the longer trace, the one of more hunks with more masked edits?
    """
    from threadpoolctl import threadpool_limits

    if not couples:
        return {}
    with threadpool_limits(1):  # idle threads of so small a computation spin for six times its own time
        return _credits(couples)


def _credits(couples: Sequence[AuditCouple]) -> dict[str, Scores]:
    groups = [c.group for c in couples]
    matrix = _Matrices(couples)
    scores = _overlaps(couples, matrix)
    for name, of_answer, of_context in SIZES:
        scores[name] = _sized(couples, of_answer, of_context)
    credits = {name: _credit(values) for name, values in scores.items()}
    if len(couples) >= LEARNABLE:
        credits["bag of words"] = matrix.classifier_credit(groups)
        credits["all together"] = _combined_credit(scores, groups)
    return credits


def learners(couples: Sequence[AuditCouple], seeds: Sequence[str]) -> dict[str, Learned]:
    """What the learners over all measures say of each couple; nothing of fewer than `LEARNABLE`, or of unmeasured ones.

    Args:
        couples: of one split.
        seeds: of their folds.
    """
    if len(couples) < LEARNABLE or any(couple.measured is None for couple in couples):
        return {}
    return learned(couples, _overlaps(couples, _Matrices(couples)), seeds)


SIZES = (
    ("length", "characters", "characters"),
    ("turn count", "characters", "turns"),
    ("masked edits", "pieces", "pieces"),
)


def _overlaps(couples: Sequence[AuditCouple], matrix: _Matrices) -> dict[str, Scores]:
    """Overlap of answers with contexts, in words and in names of files: each (n, answer, context)."""
    return {**matrix.overlap_scores(), "file names": np.array([c.names for c in couples], dtype=np.float64)}


def _sized(couples: Sequence[AuditCouple], of_answer: str, of_context: str) -> Scores:
    """Size of an answer, above or below the median, times size of a context: (n, answer, context)."""
    answers = np.array([[getattr(x, of_answer) for x in c.answers] for c in couples], dtype=np.float64)
    contexts = np.array([[getattr(x, of_context) for x in c.contexts] for c in couples], dtype=np.float64)
    return np.asarray((answers - np.median(answers))[:, :, None] * contexts[:, None, :])


def _combined_credit(scores: Mapping[str, Scores], groups: Sequence[str]) -> Scores:
    """A linear model over all other scores: own context minus the other, in folds by group."""
    columns = []
    for values in scores.values():
        differences = np.concatenate([values[:, 0, 0] - values[:, 0, 1], values[:, 1, 1] - values[:, 1, 0]])
        columns.append(differences / (differences.std() or 1.0))
    return _learned_credit(np.stack(columns, axis=1), groups)


def _learned_credit(rows: Any, groups: Sequence[str]) -> Scores:
    """Credit (n,) of a logistic regression on rows "own minus other" (2n, features), cross-validated by group."""
    from sklearn.linear_model import LogisticRegression

    n = len(groups)
    fold = np.tile(folds_of(groups), 2)
    credit = np.full(2 * n, 0.5)
    for held_out in np.unique(fold):
        train, test = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        if len(train) < 2:
            continue
        sign = turning(len(train))
        turned = rows[train].multiply(sign[:, None]).tocsr() if hasattr(rows, "tocsr") else rows[train] * sign[:, None]
        model = LogisticRegression(C=10.0, solver="liblinear", fit_intercept=False, random_state=0)
        model.fit(narrow(turned), sign)
        credit[test] = decided(model.decision_function(rows[test]), TIE)
    return np.asarray((credit[:n] + credit[n:]) / 2)


def _credit(scores: Scores) -> Scores:
    """Scores (n, answer, context) -> credit (n,): each answer picks the context of the higher score."""
    own = np.stack([scores[:, 0, 0], scores[:, 1, 1]], axis=1)
    other = np.stack([scores[:, 0, 1], scores[:, 1, 0]], axis=1)
    return np.asarray(np.where(own > other, 1.0, np.where(own < other, 0.0, 0.5)).mean(axis=1))


class _Matrices:
    """Term counts of all texts as sparse matrices: answers and contexts of side 0 and 1."""

    def __init__(self, couples: Sequence[AuditCouple]) -> None:
        self.answers = [_sparse([c.answers[side] for c in couples]) for side in (0, 1)]
        self.contexts = [_sparse([c.contexts[side] for c in couples]) for side in (0, 1)]
        documents = self.contexts[0].astype(bool).sum(axis=0) + self.contexts[1].astype(bool).sum(axis=0)
        self.idf = np.log((1 + 2 * len(couples)) / (1 + np.asarray(documents).ravel())) + 1.0

    def overlap_scores(self) -> dict[str, Scores]:
        """TF-IDF, identifiers by Jaccard and containment, those of one answer alone: each (n, answer, context)."""
        n = self.answers[0].shape[0]
        names = ("TF-IDF", "identifier Jaccard", "identifier overlap", "identifiers of one answer alone")
        scores = {name: np.zeros((n, 2, 2)) for name in names}
        for a, answer in enumerate(self.answers):
            own = _binary(answer) - _binary(answer).multiply(_binary(self.answers[1 - a]))
            for c, context in enumerate(self.contexts):
                scores["identifiers of one answer alone"][:, a, c] = _row_dots(own.multiply(self.idf), _binary(context))
                scores["TF-IDF"][:, a, c] = _row_dots(self._tfidf(answer), self._tfidf(context))
                both = _row_dots(_binary(answer), _binary(context))
                sizes = _row_sums(_binary(answer)), _row_sums(_binary(context))
                scores["identifier Jaccard"][:, a, c] = both / np.maximum(1, sizes[0] + sizes[1] - both)
                scores["identifier overlap"][:, a, c] = both / np.maximum(1, sizes[0])
        return {name: np.round(values, 12).astype(np.float64) for name, values in scores.items()}

    def _tfidf(self, counts: Any) -> Any:
        from sklearn.preprocessing import normalize

        weighted = counts.astype(np.float64)
        weighted.data = (1.0 + np.log(weighted.data)) * self.idf[weighted.indices]
        return normalize(weighted)

    def classifier_credit(self, groups: Sequence[str]) -> Scores:
        """Logistic regression on the words of an answer, weighted by how much more its own context holds of them.

        Words outside the answer are no feature: mirrors show each difference of contexts once with either sign, so
        nothing can be learned from them. Cross-validated by group.
        """
        from scipy.sparse import vstack

        return _learned_credit(narrow(vstack([self._difference(0), self._difference(1)]).tocsr()), groups)

    def _difference(self, side: int) -> Any:
        """TF-IDF of answer `side`'s words: its own context minus the other."""
        difference = self._tfidf(self.contexts[side]) - self._tfidf(self.contexts[1 - side])
        return difference.multiply(_binary(self.answers[side])).tocsr()


def _sparse(features: Sequence[Features]) -> Any:
    from scipy.sparse import csr_array

    indptr = np.cumsum([0, *(len(f.terms) for f in features)])
    indices = np.fromiter((term for f in features for term in f.terms), np.int32, indptr[-1])
    values = np.fromiter((count for f in features for count in f.terms.values()), np.float64, indptr[-1])
    return csr_array((values, indices, indptr), shape=(len(features), BUCKETS))


def _binary(counts: Any) -> Any:
    binary = counts.copy()
    binary.data = np.ones_like(binary.data)
    return binary


def _row_dots(one: Any, two: Any) -> Scores:
    return np.asarray(one.multiply(two).sum(axis=1)).ravel()


def _row_sums(matrix: Any) -> Scores:
    return np.asarray(matrix.sum(axis=1)).ravel()


def report(credits: Mapping[str, Scores]) -> list[BaselineResult]:
    """Accuracy per baseline over rows, two a couple; the interval is over couples, for mirrors are not independent."""
    results = []
    for name, credit in credits.items():
        couples, right = len(credit), float(credit.sum())
        results.append(BaselineResult(name, right / couples if couples else 0.5, *wilson(right, couples), 2 * couples))
    return results


def choose(
    order: Sequence[int],
    target: int,
    credits: Mapping[str, Scores],
    limit: float,
    sureness: Scores | None = None,
    few: bool = False,
) -> tuple[list[int], list[int]]:
    """The adversarial choice: at most `target` couples, in order of preference, on which no baseline passes `limit`.

    Starts from the first `target` couples. While a baseline is right (or wrong) too often, the couple that carries most
    of the excess leaves, and the next in order that counteracts it takes its place. Then free places are filled, in
    order, with couples that keep every baseline within its bound.

    Args:
        order: indexes of couples.
        target: how many to choose.
        credits: by baseline, one a couple.
        limit: accuracy that no baseline may pass.
        sureness: of learners, one a couple: among couples that carry an excess, those of which they are surer go first.
        few: the limit holds only where the number of couples can tell: one couple is right or wrong, and says nothing.

    Returns:
        Indexes of the chosen, and of those that had to leave.
    """
    excess = np.stack(list(credits.values()), axis=1) - 0.5
    sure = np.zeros(len(excess)) if sureness is None else SURENESS * sureness
    chosen, waiting, left = list(order[:target]), list(order[target:]), list[int]()
    while chosen and (signs := _violated(excess[chosen].sum(axis=0), len(chosen), limit, few)).any():
        harm = excess[chosen] @ signs
        harm = np.where(harm > 0, harm + sure[chosen], -np.inf)
        left.append(chosen.pop(len(harm) - 1 - int(np.argmax(harm[::-1]))))
        substitute = next((k for k, c in enumerate(waiting) if (excess[c] * signs).sum() < 0), None)
        if substitute is not None:
            chosen.append(waiting.pop(substitute))
    total = excess[chosen].sum(axis=0)
    for candidate in waiting:
        if len(chosen) >= target:
            break
        if not _violated(total + excess[candidate], len(chosen) + 1, limit, few).any():
            chosen.append(candidate)
            total = total + excess[candidate]
    return chosen, left


def _violated(total: Scores, couples: int, limit: float, few: bool) -> Scores:
    """For each baseline 1 where it is right too often, -1 where wrong too often, else 0."""
    reach = _telling(couples, limit) if few else limit - 0.5
    bound = reach * couples + 1e-9
    return np.where(total > bound, 1.0, np.where(total < -bound, -1.0, 0.0))


def _telling(couples: int, limit: float) -> float:
    """How far from one half an accuracy must lie to pass the limit and to keep one half out of its 95 % interval."""
    return max(limit - 0.5, Z_95 / 2 / float(np.sqrt(couples)))


def _learners_reach(couples: int, limit: float) -> float:
    """How far from one half learners may be: other folds show them a point or two better, so that less is left them."""
    reach = _telling(couples, limit)
    return reach if reach > limit - 0.5 else OTHER_FOLDS * reach


def telltales(told: Mapping[str, Learned], limit: float, most: int) -> list[int]:
    """The couples, `most` at most, that leave because a learner knows too well, surest first; then it learns anew."""
    harm, over = knowing(told, limit)
    leaving = min(most, max(1, min(int(np.ceil(over)), int(STEP * len(harm)))))
    return [int(at) for at in np.argsort(-harm, kind="stable")[:leaving]]


def knowing(told: Mapping[str, Learned], limit: float) -> tuple[Scores, float]:
    """How much each couple tells the learners that know too well, (n,) or empty, and the rows beyond the worst's bound.

    A learner is bounded on both sides, as far as the number of couples can tell: below 400 that is beyond `limit`.
    """
    harms, over = list[Scores](), 0.0
    for each in told.values():
        excess, couples = float(each.credit.mean()) - 0.5, len(each.credit)
        beyond = abs(excess) - _learners_reach(couples, limit)
        if beyond > TIE:
            harms.append(np.sign(excess) * each.sureness)
            over = max(over, beyond * couples)
    return (np.mean(harms, axis=0) if harms else np.zeros(0)), over
