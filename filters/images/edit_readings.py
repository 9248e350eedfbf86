"""What an image-text encoder reads off an image before and after its edit.

A question is read by comparing statements: one for each known answer, the nearest to the image counts as its answer.
Margins are plain differences of cosines, not logits: they need no scale, which not every encoder has, and stand on the
row beside the other cosines. For CLIP, whose scale is 100, a margin of 0.01 is one unit of log odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Cosines = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]


class AskedReading(NamedTuple):
    """The question whose answer the edit is to change, read off both images.

    Attributes:
        original: cosines of the original with the statements of the known answers, (n,); answers that may mean the
            same as the old or the new one are left out.
        edited: those of the edited image, (n,).
        old: place of the answer that the original supports.
        new: place of the answer that the edited image is to support.
    """

    original: Cosines
    edited: Cosines
    old: int
    new: int


class Other(NamedTuple):
    """A question whose answer is to stay, read off both images.

    Attributes:
        original: cosines of the original with the statements of the known answers, (n,).
        edited: those of the edited image, (n,).
        answer: place of its answer.
    """

    original: Cosines
    edited: Cosines
    answer: int


def flip_measures(asked: AskedReading) -> dict[str, float]:
    """How surely the answer changes, in cosines.

    - original_margin: of the old answer over the best other one, on the original;
    - original_over_new: of the old answer over the new one, on the original;
    - flip_margin: of the new answer over the best other one, on the edited image;
    - flip_over_old: of the new answer over the old one, on the edited image.

    Raises:
        ValueError: the arrays do not fit each other or the places, or hold what is no number.
    """
    original, edited = _read("the question of the edit", asked.original, asked.edited, (asked.old, asked.new))
    if asked.old == asked.new:
        raise ValueError(f"the question of the edit: old and new answer are both at place {asked.old}")
    return {
        "original_margin": _margin(original, asked.old),
        "original_over_new": float(original[asked.old] - original[asked.new]),
        "flip_margin": _margin(edited, asked.new),
        "flip_over_old": float(edited[asked.new] - edited[asked.old]),
    }


def rest_measures(others: Sequence[Other]) -> dict[str, float]:
    """Whether the answers of the other questions stay.

    - others: questions with at least two known answers, which alone can tell anything;
    - others_unread: those among them whose answer the encoder does not read off the original already;
    - others_margin: least margin of an answer over its best rival on the edited image, in cosines, over the others that
      are read; missing where there are none.

    Raises:
        ValueError: as `flip_measures`.
    """
    margins = [_margins(number, other) for number, other in enumerate(others) if len(other.original) > 1]
    read = [edited for original, edited in margins if original > 0]
    counts = {"others": float(len(margins)), "others_unread": float(len(margins) - len(read))}
    return counts | ({"others_margin": min(read)} if read else {})


def _margins(number: int, other: Other) -> tuple[float, float]:
    original, edited = _read(f"other question {number}", other.original, other.edited, (other.answer,))
    return _margin(original, other.answer), _margin(edited, other.answer)


def _margin(cosines: Floats, place: int) -> float:
    return float(cosines[place] - np.delete(cosines, place).max())


def _read(name: str, original: Cosines, edited: Cosines, places: tuple[int, ...]) -> tuple[Floats, Floats]:
    one, other = np.asarray(original, np.float64), np.asarray(edited, np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"{name}: cosines of shapes {one.shape} and {other.shape}; expected (n,) for both images")
    if not all(0 <= place < len(one) for place in places):
        raise ValueError(f"{name}: answers at places {places} of {len(one)}; expected places from 0")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError(f"{name}: a cosine is no number; expected -1 to 1: look at the encoder's vectors")
    return one, other
