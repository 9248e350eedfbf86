"""Questions that ask the same in other words, by text embedding. Off unless asked for: vectors of texts see wording
better than meaning."""

from __future__ import annotations

import re
from typing import Protocol

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
ROUNDING = 1e-6
"""Products of equal unit vectors fall this short of 1."""
_DECISIVE = re.compile(r"\d+|\b(?:no|not|never|without|left|right|above|below|first|last|more|less|fewer|most|least)\b")


class TextEncoder(Protocol):
    """What makes vectors of texts: `builders.embedding.Encoder` does."""

    def texts(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (n, d)."""
        ...


def similar_questions(texts: list[str], encoder: TextEncoder, threshold: float) -> Codes:
    """Group questions: each joins the first earlier one that leads a group and is at least so similar.

    Joining leaders alone keeps every question within the threshold of its leader; chains cannot drift. Questions whose
    numbers, negations or comparing words differ are never joined: there a small difference is the whole one.

    Args:
        texts: distinct normalised questions.
        encoder: makes their vectors.
        threshold: least cosine.

    Returns:
        For each question the place of its leader, shape (n,).
    """
    import faiss

    vectors = encoder.texts(texts)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    leader = np.arange(len(texts))
    decisive = [sorted(_DECISIVE.findall(text.lower())) for text in texts]
    for start in range(0, len(texts), 4096):
        limits, _, near = index.range_search(vectors[start : start + 4096], threshold - ROUNDING)
        for place in range(start, min(start + 4096, len(texts))):
            others = np.sort(near[limits[place - start] : limits[place - start + 1]])
            joined = [o for o in others.tolist() if o < place and leader[o] == o and decisive[o] == decisive[place]]
            leader[place] = joined[0] if joined else place
    return leader
