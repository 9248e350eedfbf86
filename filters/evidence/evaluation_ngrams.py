"""The word n-grams of evaluation sets: what tells that a text was taken from one, whatever stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

Grams = npt.NDArray[np.uint64]

_WORD = re.compile(r"\w+")


def plain_words(text: str) -> str:
    """Lower case, words apart by one space."""
    return " ".join(_WORD.findall(text.lower()))


@dataclass(frozen=True, slots=True)
class NgramRule:
    """When a text counts as taken from an evaluation set.

    Attributes:
        words: length of the n-grams.
        least: distinct shared n-grams that suffice.
        share: share of its distinct n-grams that suffices too.
        boilerplate: n-grams of this many documents are templates, and are left out.
    """

    words: int
    least: int
    share: float
    boilerplate: int


class EvaluationNgrams:
    """The n-grams of some documents, as sorted hashes. Picklable."""

    def __init__(self, documents: Iterable[Sequence[str]], rule: NgramRule) -> None:
        """Args: documents: the texts of each, in plain words. rule: when a text is a hit."""
        self._rule = rule
        self._grams = _few_have(documents, rule)

    def holds(self, text: str) -> bool:
        """Whether enough n-grams of a text, in plain words, are found here; never for one shorter than an n-gram."""
        grams = _ngrams(text, self._rule.words)
        if not len(grams) or not len(self._grams):
            return False
        places = np.searchsorted(self._grams, grams).clip(max=len(self._grams) - 1)
        shared = int((self._grams[places] == grams).sum())
        return shared >= self._rule.least or shared >= self._rule.share * len(grams)


def _few_have(documents: Iterable[Sequence[str]], rule: NgramRule) -> Grams:
    """N-grams that stand in fewer documents than make them boilerplate."""
    of_each = [np.unique(np.concatenate([_ngrams(text, rule.words) for text in texts])) for texts in documents if texts]
    if not of_each:
        return np.empty(0, np.uint64)
    grams, documents_with = np.unique(np.concatenate(of_each), return_counts=True)
    return grams[documents_with < rule.boilerplate]


def _ngrams(text: str, length: int) -> Grams:
    """Sorted distinct 64-bit hashes of the word n-grams; empty where there are fewer words than `length`."""
    words = text.split(" ")
    if len(words) < length:
        return np.empty(0, np.uint64)
    hashes = np.fromiter((crc32(w.encode("utf-8", "surrogatepass")) for w in words), np.uint64, len(words))
    rolled = np.zeros(len(words) - length + 1, np.uint64)
    for offset in range(length):
        rolled = rolled * np.uint64(0x9E3779B97F4A7C15) + hashes[offset : offset + len(rolled)]
    return np.unique(rolled)
