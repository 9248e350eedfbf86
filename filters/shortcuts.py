"""The shortcut audit: cheap baselines that try to pick the positive from the published text alone.

A baseline scores how well an answer goes with a context; on a couple it is asked twice, once per mirror, so what lies
in a context alone (its length, its number of turns) stands at one half by construction. What remains is overlap
between answer and context, and the adversarial choice drops the couples that carry it.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from data.settings import Settings
from filters.intervals import wilson

TERM = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
PATH = re.compile(r"^(?:---|\+\+\+) (?:[ab]/)?(\S+)", re.M)
BUCKETS = 1 << 18
FOLDS = 5
Scores = npt.NDArray[np.float64]


class AuditOptions(Settings):
    """What the shortcut audit demands of a published split."""

    max_accuracy: float = Field(default=0.55, gt=0.5, le=1.0)
    """No baseline may be right, nor reliably wrong, more often than this on a published split."""
    enforce: bool = True
    """Drop couples until it holds; without it the audit only reports."""


@dataclass(slots=True)
class Features:
    """What the baselines see of one text: hashed term counts, its paths or whether it names them, its size."""

    terms: dict[int, int]
    characters: int
    turns: int


def features_of(text: str, turns: int = 1) -> Features:
    """Hash the identifiers of a text. Deterministic across processes and machines."""
    counts = Counter(TERM.findall(text))
    hashed: Counter[int] = Counter()
    for term, count in counts.items():
        hashed[zlib.crc32(term.lower().encode()) % BUCKETS] += count
    return Features(dict(sorted(hashed.items())), len(text), turns)


def file_names(answer: str, contexts: Sequence[str]) -> list[float]:
    """For each context the number of mentions of the answer's files, by base name."""
    names = {path.rsplit("/", 1)[-1] for path in PATH.findall(answer)} - {"null"}
    return [float(sum(context.count(name) for name in names)) for context in contexts]


@dataclass(slots=True)
class Couple:
    """One couple as the audit sees it: two answers, two contexts; answer k belongs to context k.

    Attributes:
        answers, contexts: features, two each.
        names: names[a][c]: mentions of the files of answer a in context c.
        group: what cross-validation keeps together.
    """

    answers: tuple[Features, Features]
    contexts: tuple[Features, Features]
    names: tuple[tuple[float, float], tuple[float, float]]
    group: str


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """How often a baseline picks the positive over the rows of a split, with its 95 % Wilson interval."""

    name: str
    accuracy: float
    low: float
    high: float
    rows: int


def baselines(couples: Sequence[Couple]) -> dict[str, Scores]:
    """Credit of every baseline on every couple: mean of its two rows, right 1, wrong 0, tie 1/2. Shape (n,)."""
    if not couples:
        return {}
    matrix = _Matrices(couples)
    credits = {name: _credit(scores) for name, scores in matrix.overlap_scores().items()}
    credits["file names"] = _credit(np.array([c.names for c in couples], dtype=np.float64))
    for name, value in (("length", "characters"), ("turn count", "turns")):
        alone = np.array([[getattr(x, value) for x in c.contexts] for c in couples], dtype=np.float64)
        credits[name] = _credit(np.repeat(alone[:, None, :], 2, axis=1))
    credits["bag of words"] = matrix.classifier_credit([c.group for c in couples])
    return credits


def _credit(scores: Scores) -> Scores:
    """Scores (n, answer, context) -> credit (n,): each answer picks the context of the higher score."""
    own = np.stack([scores[:, 0, 0], scores[:, 1, 1]], axis=1)
    other = np.stack([scores[:, 0, 1], scores[:, 1, 0]], axis=1)
    return np.asarray(np.where(own > other, 1.0, np.where(own < other, 0.0, 0.5)).mean(axis=1))


class _Matrices:
    """Term counts of all texts as sparse matrices: answers and contexts of side 0 and 1."""

    def __init__(self, couples: Sequence[Couple]) -> None:
        self.answers = [_sparse([c.answers[side] for c in couples]) for side in (0, 1)]
        self.contexts = [_sparse([c.contexts[side] for c in couples]) for side in (0, 1)]
        documents = self.contexts[0].astype(bool).sum(axis=0) + self.contexts[1].astype(bool).sum(axis=0)
        self.idf = np.log((1 + 2 * len(couples)) / (1 + np.asarray(documents).ravel())) + 1.0

    def overlap_scores(self) -> dict[str, Scores]:
        """TF-IDF cosine, and Jaccard and containment of identifiers: each (n, answer, context)."""
        n = self.answers[0].shape[0]
        scores = {name: np.zeros((n, 2, 2)) for name in ("TF-IDF", "identifier Jaccard", "identifier overlap")}
        for a, answer in enumerate(self.answers):
            for c, context in enumerate(self.contexts):
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
        from sklearn.linear_model import LogisticRegression

        n = len(groups)
        rows = _narrow(vstack([self._difference(0), self._difference(1)]).tocsr())
        fold = np.tile([zlib.crc32(group.encode()) % FOLDS for group in groups], 2)
        credit = np.full(2 * n, 0.5)
        for held_out in np.unique(fold):
            train, test = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
            if len(train) < 2:
                continue
            # Every row says "own minus other"; turning every second one around gives the model two classes.
            sign = np.where(np.arange(len(train)) % 2, 1.0, -1.0)
            model = LogisticRegression(C=10.0, solver="liblinear", fit_intercept=False, random_state=0)
            model.fit(_narrow(rows[train].multiply(sign[:, None]).tocsr()), sign)
            margins = model.decision_function(rows[test])
            credit[test] = np.where(margins > 1e-12, 1.0, np.where(margins < -1e-12, 0.0, 0.5))
        return np.asarray((credit[:n] + credit[n:]) / 2)

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


def _narrow(matrix: Any) -> Any:
    """scikit-learn takes 32-bit indices alone."""
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix


def _binary(counts: Any) -> Any:
    binary = counts.copy()
    binary.data = np.ones_like(binary.data)
    return binary


def _row_dots(one: Any, two: Any) -> Scores:
    return np.asarray(one.multiply(two).sum(axis=1)).ravel()


def _row_sums(matrix: Any) -> Scores:
    return np.asarray(matrix.sum(axis=1)).ravel()


def report(credits: Mapping[str, Scores]) -> list[BaselineResult]:
    """Accuracy and interval per baseline over rows, two a couple; `position` (always A) joins them as 1/2 exactly."""
    results = []
    for name, credit in credits.items():
        rows = 2 * len(credit)
        right = float(credit.sum() * 2)
        results.append(BaselineResult(name, right / rows if rows else 0.5, *wilson(right, rows), rows))
    return results


def choose(
    order: npt.NDArray[np.int64], target: int, credits: Mapping[str, Scores], limit: float
) -> npt.NDArray[np.int64]:
    """The adversarial choice: at most `target` couples, in order of preference, on which no baseline passes `limit`.

    Starts from the first `target` couples; while a baseline is right (or wrong) too often, the couple that carries
    most of the excess leaves, and the next in order that carries none of it takes its place.

    Returns:
        Indexes of the chosen couples, in order of preference.
    """
    excess = np.stack(list(credits.values()), axis=1) - 0.5
    chosen = list(order[:target])
    waiting = list(order[target:])
    while chosen:
        total = excess[chosen].sum(axis=0)
        bound = (limit - 0.5) * len(chosen) + 1e-9
        signs = np.where(total > bound, 1.0, np.where(total < -bound, -1.0, 0.0))
        if not signs.any():
            break
        harm = excess[chosen] @ signs
        chosen.pop(len(harm) - 1 - int(np.argmax(harm[::-1])))
        substitute = next((k for k, c in enumerate(waiting) if (excess[c] * signs).sum() < 0), None)
        if substitute is not None:
            chosen.append(waiting.pop(substitute))
    return np.array(chosen, dtype=np.int64)
