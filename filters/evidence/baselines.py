"""What the shortcut audits of both wings share: results of baselines, and how learned ones are cross-validated."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDS = 5
LEARNABLE = 40
"""Couples from which learned baselines are asked: on fewer they fit noise, and a choice would obey it."""


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """How often a baseline picks the positive over the rows of a split, with its 95 % Wilson interval."""

    name: str
    accuracy: float
    low: float
    high: float
    rows: int


def folds_of(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """The fold of each group's rows: a group is held out whole."""
    return np.array([zlib.crc32(group.encode("utf-8", "surrogatepass")) % FOLDS for group in groups], dtype=np.int64)


def turning(rows: int) -> npt.NDArray[np.float64]:
    """Signs that turn every second row "own minus other" around, which gives a model its two classes."""
    return np.where(np.arange(rows) % 2, 1.0, -1.0)


def decided(margins: npt.NDArray[np.float64], tie: float) -> npt.NDArray[np.float64]:
    """Credit by margin: 1 above `tie`, 0 below its negative, 1/2 between."""
    return np.asarray(np.where(margins > tie, 1.0, np.where(margins < -tie, 0.0, 0.5)))


def narrow(matrix: Any) -> Any:
    """The matrix with 32-bit indices where it is sparse: scikit-learn takes no others."""
    if hasattr(matrix, "indptr"):
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix
