"""An inverted-file index for questions of too many rows: the same restriction on answers, at a price in recall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.one_question import knn

if TYPE_CHECKING:
    from contextpairs.builders.images.retrieval.one_question import Part, QuestionSearch

ROWS_PER_CELL = 64
TRAINING_PER_CELL = 64


def approximate_search(question: QuestionSearch, k: int, probes: int, seed: int) -> Iterator[Part]:
    """The k nearest rows of another answer for every row, by an IVF index.

    The build is deterministic: cells are trained from a fixed seed on rows at even distances, and every row is assigned
    and searched on its own, so that the number of threads changes nothing.

    Args:
        question: its rows.
        k: neighbours of each row.
        probes: cells looked into.
        seed: of the training.
    """
    import faiss

    vectors = np.ascontiguousarray(question.vectors)
    index = _index(vectors, seed)
    for number in range(question.classes()):
        start, end = int(question.starts[number]), int(question.ends[number])
        barred = _selector(question.barred_ranges(number))
        chosen = faiss.SearchParametersIVF(  # type: ignore[call-arg]
            sel=faiss.IDSelectorNot(barred), nprobe=min(probes, index.nlist)
        )
        cosine, places = index.search(vectors[start:end], k, params=chosen)
        cosine[places < 0] = -np.inf
        yield np.arange(start, end), cosine, np.maximum(places, 0)


def nearest(
    vectors: npt.NDArray[np.float32], k: int, exact_up_to: int, probes: int, seed: int
) -> npt.NDArray[np.int64]:
    """Places of the k nearest of each unit vector among all, itself one of them; (n, k), or less where there are fewer.

    Args:
        vectors: shape (n, d).
        k: neighbours of each.
        exact_up_to: vectors above which an IVF index is searched, deterministic as above.
        probes: cells looked into.
        seed: of the training.
    """
    if len(vectors) <= exact_up_to:
        return knn(vectors, vectors, k)[1]
    index = _index(vectors, seed)
    index.nprobe = min(probes, index.nlist)
    _, places = index.search(vectors, k)
    # Where the cells hold too few, a vector stands for the missing: it is no neighbour of its own.
    return np.where(places < 0, np.arange(len(vectors))[:, None], places)


def _index(vectors: npt.NDArray[np.float32], seed: int) -> Any:
    import faiss

    cells = max(1, min(len(vectors) // ROWS_PER_CELL, int(4 * np.sqrt(len(vectors)))))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(vectors.shape[1]), vectors.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = seed + 1
    index.cp.max_points_per_centroid = TRAINING_PER_CELL
    sample = np.linspace(0, len(vectors) - 1, min(len(vectors), TRAINING_PER_CELL * cells)).astype(np.int64)
    index.train(vectors[sample])
    index.add(vectors)
    return index


def _selector(ranges: list[tuple[int, int]]) -> Any:
    import faiss

    if len(ranges) == 1:
        return faiss.IDSelectorRange(*ranges[0])
    return faiss.IDSelectorBatch(np.concatenate([np.arange(start, end) for start, end in ranges]))
