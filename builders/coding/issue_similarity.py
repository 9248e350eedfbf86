"""Cosine similarity of issue texts: TF-IDF by default, a local sentence-transformers model on request.

Vectors of both kinds are compared by FAISS, exactly, one cluster of linked issues at a time: a cascade asks only for
issues that already share a place in the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from contextpairs.data.store.settings import Settings

Codes = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]
FEATURES = 4096
CLUSTER = 256
ROWS = 1024
BATCH = 2048


class SimilarityOptions(Settings):
    """How issue texts are compared."""

    method: Literal["tfidf", "embedding"] = "tfidf"
    """`tfidf` needs no model; `embedding` runs the sentence-transformers model at `model`."""
    model: str | None = None
    """Folder of a sentence-transformers model, for `embedding`. Never downloaded."""

    @model_validator(mode="after")
    def _model_given(self) -> SimilarityOptions:
        if self.method == "embedding" and not self.model:
            raise ValueError("method 'embedding' needs similarity.model: the folder of a sentence-transformers model")
        if self.model and not Path(self.model).is_dir():
            raise ValueError(f"similarity.model: there is no folder {self.model}; models are never downloaded")
        return self


def issue_similarity(texts: Iterable[str], options: SimilarityOptions) -> IssueVectors:
    """Vectors of the issues, in the order of their codes; texts are read once, in batches."""
    if options.method == "embedding":
        return IssueVectors(_embedding_rows(texts, Path(str(options.model))))
    return IssueVectors(_tfidf_rows(texts))


class IssueVectors:
    """Cosine similarity of issues by code, over unit vectors that are made dense only where they are compared."""

    def __init__(self, rows: Callable[[Codes], Matrix]) -> None:
        """Args: rows: unit vectors of the given codes, shape (n, d)."""
        self._rows = rows

    def __call__(self, first: Codes, second: Codes) -> npt.NDArray[np.float32]:
        """Similarity of each (first[k], second[k]), shape (m,)."""
        if not len(first):
            return np.empty(0, np.float32)
        bound = int(max(first.max(), second.max())) + 1
        unique, inverse = np.unique(first * bound + second, return_inverse=True)
        one, two = unique // bound, unique % bound
        values = np.empty(len(unique), np.float32)
        for pairs in _clusters(one, two):
            values[pairs] = self._cluster(one[pairs], two[pairs])
        return values[inverse]

    def _cluster(self, first: Codes, second: Codes) -> npt.NDArray[np.float32]:
        import faiss

        ids = np.unique(np.concatenate([first, second]))
        vectors = self._rows(ids)
        at, other = np.searchsorted(ids, first), np.searchsorted(ids, second)
        values = np.empty(len(first), np.float32)
        for start in range(0, len(ids), ROWS):
            inside = (at >= start) & (at < start + ROWS)
            if inside.any():
                block = faiss.pairwise_distances(vectors[start : start + ROWS], vectors, faiss.METRIC_INNER_PRODUCT)
                values[inside] = block[at[inside] - start, other[inside]]
        return values


def _clusters(first: Codes, second: Codes) -> Iterable[Codes]:
    """Index sets of pairs such that each connected component of issues lies in one set of some `CLUSTER` issues."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids, compact = np.unique(np.concatenate([first, second]), return_inverse=True)
    one, two = compact[: len(first)], compact[len(first) :]
    graph = coo_array((np.ones(len(one), np.int8), (one, two)), shape=(len(ids), len(ids)))
    component = connected_components(graph, directed=False)[1]
    cluster = (np.cumsum(np.bincount(component)) // CLUSTER)[component[one]]
    order = np.argsort(cluster, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)


def _tfidf_rows(texts: Iterable[str]) -> Callable[[Codes], Matrix]:
    from scipy.sparse import vstack
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    hashing = HashingVectorizer(
        n_features=FEATURES, alternate_sign=True, norm=None, stop_words="english", dtype=np.float32
    )
    parts = [hashing.transform(batch) for batch in _batches(texts)]
    if not parts:
        return lambda codes: np.zeros((len(codes), 1), np.float32)
    weighted = TfidfTransformer(sublinear_tf=False).fit_transform(vstack(parts).tocsr())
    return lambda codes: np.ascontiguousarray(weighted[codes].toarray(), dtype=np.float32)


def _embedding_rows(texts: Iterable[str], model: Path) -> Callable[[Codes], Matrix]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ImportError("similarity.method=embedding needs the extra: pip install -e '.[embed]'") from error
    encoder: Any = SentenceTransformer(str(model), device="cpu", local_files_only=True, trust_remote_code=False)
    parts = [
        encoder.encode(batch, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
        for batch in _batches(texts)
    ]
    vectors = np.concatenate(parts).astype(np.float32) if parts else np.zeros((0, 1), np.float32)
    return lambda codes: np.ascontiguousarray(vectors[codes])


def _batches(texts: Iterable[str]) -> Iterable[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
