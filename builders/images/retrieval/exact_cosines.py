"""Cosines that depend on the two vectors alone, however they were searched.

A sum of many products in single precision differs in the sixth or seventh digit with the shape of the matrices that it
is computed in, with the number of threads, with the processor. Cosines are rounded to four digits, and where an error
of that size could decide how, computed anew in double precision. So rows that are searched among few or among many,
here or elsewhere, have the same neighbours.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.question_rows import Codes

Matrix = npt.NDArray[np.float32]
STEP = 1e-4
"""Cosines are multiples of this ..."""
NEAR_ONE = 0.999
"""... up to here, where pictures differ in so little that finer steps tell them apart."""
FINE_STEP = 1e-6
REPELLED = np.float32(-4.0)
"""Added to the cosine of rows that are not to be found; below -1 in any case."""
BLOCK = 1 << 13
"""Pairs computed anew at a time: what stays in the processor's cache costs least."""


def margin(dimension: int) -> float:
    """How far a single-precision cosine may be off; several times what is seen, and far below a step."""
    return float(np.sqrt(dimension)) * 2.0**-23


def settled(cosine: Matrix, vectors: Matrix, rows: Codes, others: Codes) -> Matrix:
    """Rounded cosines of some rows with others.

    Args:
        cosine: as computed in single precision, shape (n, k); what is below -1 is only rounded.
        vectors: unit vectors, shape (m, d).
        rows: places of the rows among the vectors, shape (n,).
        others: places of the others, shape (n, k).
    """
    exact = cosine.astype(np.float64)
    valid = exact > REPELLED / 2
    exact[~valid] = REPELLED
    off = margin(vectors.shape[1])
    scaled = exact / STEP
    unsure = valid & ((np.abs(scaled - np.floor(scaled) - 0.5) < off / STEP) | (exact > NEAR_ONE - off))
    row, place = np.nonzero(unsure)
    exact[row, place] = dots(vectors, rows[row], others[row, place])
    return rounded(exact)


def dots(vectors: Matrix, first: Codes, second: Codes) -> npt.NDArray[np.float64]:
    """Inner products in double precision, shape (n,): equal for equal vectors wherever these stand."""
    found = np.empty(len(first), np.float64)
    for start in range(0, len(first), BLOCK):
        part = slice(start, start + BLOCK)
        one, other = vectors[first[part]].astype(np.float64), vectors[second[part]].astype(np.float64)
        found[part] = np.einsum("nd,nd->n", one, other)
    return found


def rounded(cosine: npt.NDArray[np.float64]) -> Matrix:
    """Cosines in steps; a greater one never becomes less than a smaller one."""
    coarse, fine = np.rint(cosine / STEP) * STEP, np.rint(cosine / FINE_STEP) * FINE_STEP
    return np.where(cosine < NEAR_ONE, coarse, fine).astype(np.float32)
