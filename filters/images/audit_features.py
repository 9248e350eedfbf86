"""What the learned baselines of the image audit see: sparse matrices, one row a published row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.filters.evidence.evaluation_ngrams import plain_words

Matrix = npt.NDArray[np.float64]

FREQUENT = 10
"""Rows of an answer from which it is a class of its own; the others are the class of rare answers."""
BINS = 8
FORMATS = ("GIF", "JPEG", "PNG", "WEBP")

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def text_features(queries: Sequence[str], answers: Sequence[str], others: Sequence[str]) -> tuple[Any, Any]:
    """TF-IDF of question with answer, and of question with the other answer: two of (n, terms), terms in common.

    Terms are the words of both, the answer as a whole, and each word of the question with the answer.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    own = [list(_terms(query, answer)) for query, answer in zip(queries, answers, strict=True)]
    other = [list(_terms(query, answer)) for query, answer in zip(queries, others, strict=True)]
    vectorizer = TfidfVectorizer(analyzer=list).fit([*own, *other])
    return vectorizer.transform(own), vectorizer.transform(other)


def _terms(query: str, answer: str) -> Iterator[str]:
    whole = plain_words(answer)
    yield f"answer is {whole}"
    yield from (f"answer has {word}" for word in whole.split())
    for word in plain_words(query).split():
        yield f"question has {word}"
        yield f"question has {word}, answer is {whole}"


def image_differences(positives: Sequence[ImageFacts], negatives: Sequence[ImageFacts]) -> Any:
    """Measures of the positive minus those of the negative, then the same in bins: sparse (n, 58).

    Bins let a linear model learn that sizes in the middle, say, tell.
    """
    from scipy.sparse import csr_array

    measures = _measures([*positives, *negatives])
    numbers = measures[:, : -len(FORMATS)]
    edges = np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1], axis=0)
    bins = [_one_hot(numbers[:, k], edges[:, k]) for k in range(numbers.shape[1])]
    scaled = (measures - measures.mean(axis=0)) / np.maximum(measures.std(axis=0), 1e-9)
    features = np.concatenate([scaled, *bins], axis=1)
    return csr_array(features[: len(positives)] - features[len(positives) :])


def _measures(facts: Sequence[ImageFacts]) -> Matrix:
    """Per image: size, pixels, shape and bytes a pixel as logarithms, sharpness, brightness; then its format."""
    rows = [
        (f.size, f.width * f.height, f.width / max(1, f.height), f.size / max(1, f.width * f.height), 1 + f.sharpness)
        for f in facts
    ]
    logarithms = np.log(np.maximum(np.array(rows, np.float64), 1e-9))
    brightness = np.array([[f.brightness] for f in facts])
    formats = np.array([[float(f.format == name) for name in FORMATS] for f in facts])
    return np.concatenate([logarithms, brightness, formats], axis=1)


def _one_hot(values: Matrix, edges: Matrix) -> Matrix:
    return np.asarray(np.eye(len(edges) + 1)[np.searchsorted(edges, values)])


def crossed(queries: Sequence[str], answers: Sequence[str], differences: Any) -> Any:
    """Each row's difference of images, once for every class of its answer: sparse (n, classes x features).

    The classes are the answer, the answer to this question, and how large a number it is.
    """
    from scipy.sparse import hstack

    answers = [plain_words(answer) for answer in answers]
    to_question = [(plain_words(query), answer) for query, answer in zip(queries, answers, strict=True)]
    classes = [_classes(answers), _classes(to_question)]
    sized = differences.multiply(_sizes(answers)).tocsr()
    return hstack([*(_in_class(differences, of_row) for of_row in classes), sized]).tocsr()


def _in_class(differences: Any, classes: npt.NDArray[np.int64]) -> Any:
    """The features of each row in the columns of its class."""
    from scipy.sparse import csr_array

    n, features = differences.shape
    columns = differences.indices + np.repeat(classes, np.diff(differences.indptr)) * features
    shape = (n, (int(classes.max()) + 1) * features)
    return csr_array((differences.data, columns, differences.indptr), shape=shape)


def _classes(keys: Sequence[Hashable]) -> npt.NDArray[np.int64]:
    """The class of each key, in order of appearance; 0 for all rare ones."""
    counts = Counter(keys)
    places: dict[Hashable, int] = {}
    return np.array([1 + places.setdefault(key, len(places)) if counts[key] >= FREQUENT else 0 for key in keys])


def _sizes(answers: Sequence[str]) -> Matrix:
    """How far a numeric answer lies from the usual one, on a logarithmic scale; 0 for words. Shape (n, 1)."""
    numeric = np.array([bool(_NUMBER.fullmatch(answer)) for answer in answers])
    sizes = np.zeros(len(answers))
    if numeric.any():
        values = np.array([float(answer) for answer, is_number in zip(answers, numeric, strict=True) if is_number])
        logarithms = np.sign(values) * np.log1p(np.abs(values))
        sizes[numeric] = (logarithms - logarithms.mean()) / max(float(logarithms.std()), 1e-9)
    return sizes[:, None]
