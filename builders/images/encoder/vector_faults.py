"""Vectors that compare with nothing, and vectors that are so alike that they tell little."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

ZERO, NOT_FINITE_VECTOR = "zero-vector", "not-finite-vector"
VECTOR_REASONS = (ZERO, NOT_FINITE_VECTOR)
"""Why a picture's vector can't be used: it has no direction, or holds what are no finite numbers."""
SAMPLE = 512
"""Vectors that are compared with each other to see how alike all are."""
NEAR = 0.98
"""Cosine from which two vectors are about the same."""


def vector_faults(vectors: npt.NDArray[np.floating[Any]]) -> dict[int, str]:
    """Places of vectors that can't be used, of shape (n, d), with the reason of each."""
    finite = np.isfinite(vectors).all(axis=1)
    zero = finite & ~vectors.any(axis=1)
    said = {int(at): NOT_FINITE_VECTOR for at in np.flatnonzero(~finite)}
    return dict(sorted({**said, **{int(at): ZERO for at in np.flatnonzero(zero)}}.items()))


def share_alike(vectors: npt.NDArray[np.float32]) -> float:
    """Share of the couples of a sample of unit vectors, shape (n, d), whose cosine is near 1; 0 of fewer than two."""
    if len(vectors) < 2:
        return 0.0
    sample = vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), SAMPLE)).astype(np.int64)]
    cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    return float((cosines >= NEAR).mean())
