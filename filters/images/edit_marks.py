"""Whether an edited picture can be told by the marks that its editor leaves, whatever it shows.

Mirrors keep such marks from telling the label. They do not keep a trainer from learning "edited", which is no context
selection. So a classifier of plain statistics of patches (noise, edges, flatness, colour) is shown both pictures of a
couple, and has to name the edited one. What it finds is reported and not removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.filters.evidence.baselines import LEARNABLE, BaselineResult, decided, folds_of
from contextpairs.filters.evidence.intervals import wilson

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

EDITED_OR_NOT = "names the edited image by patch statistics (marks of the editor, no label)"
GRID = 4
"""Patches along each side of a picture."""
PATCH = 16
"""Side of a patch in pixels: of 64 pixels patches see all, of more a regular sample of it, at full resolution."""
BLOCK = 8
"""Side of the blocks whose energies by frequency are measured: those of JPEG, and of an autoencoder's latents."""
STEPS = 100
"""Trees of the classifier: some five seconds on 200 couples and one thread, statistics and five folds together."""


class MarkedCouple(NamedTuple):
    """Two pictures of which one was edited.

    Attributes:
        original: RGB, (height, width, 3).
        edited: of any size.
        group: what cross-validation keeps together.
    """

    original: Pixels
    edited: Pixels
    group: str


def edited_or_not(couples: Sequence[MarkedCouple]) -> list[BaselineResult]:
    """How often the edited picture is named within couples of other groups than those learned from, ties counting half.

    Returns:
        One result with its 95 % interval over couples; none below `LEARNABLE` couples.
    """
    if len(couples) < LEARNABLE:
        return []
    margins = np.zeros(len(couples))
    originals = statistics([couple.original for couple in couples])
    edits = statistics([couple.edited for couple in couples])
    folds = folds_of([couple.group for couple in couples])
    for fold in np.unique(folds):
        train, test = folds != fold, folds == fold
        if train.any():
            margins[test] = PatchClassifier().fit(originals[train], edits[train]).margins(originals[test], edits[test])
    credit = decided(margins, 0.0)
    accuracy, n = float(credit.mean()), len(credit)
    return [BaselineResult(EDITED_OR_NOT, accuracy, *wilson(accuracy * n, n), rows=2 * n)]


class PatchClassifier:
    """Gradient-boosted trees over the statistics of one picture minus those of the other; seeded.

    Who wants it on one thread says so to OpenMP (`threadpoolctl`).
    """

    def __init__(self) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._model: Any = HistGradientBoostingClassifier(
            max_iter=STEPS, max_leaf_nodes=15, early_stopping=False, random_state=0
        )

    def fit(self, originals: Floats, edits: Floats) -> PatchClassifier:
        """Learn from couples, each shown in both orders."""
        differences = edits - originals
        self._model.fit(np.concatenate([differences, -differences]), np.repeat([1, 0], len(differences)))
        return self

    def margins(self, originals: Floats, edits: Floats) -> Floats:
        """By how much the edited picture looks more edited than the other: positive where it is named, shape (n,)."""
        differences = edits - originals
        return np.asarray(self._model.decision_function(differences) - self._model.decision_function(-differences))


def statistics(pictures: Sequence[Pixels]) -> Floats:
    """Statistics of the patches of pictures: mean, deviation, least and greatest over a picture's patches, (n, 4 k)."""
    rows = []
    for picture in pictures:
        patches = _patch_statistics(_patches(picture))
        rows.append(np.concatenate([patches.mean(0), patches.std(0), patches.min(0), patches.max(0)]))
    # Rounded: the rest differs between machines, and trees cut anywhere.
    return np.round(np.stack(rows), 6)


def _patches(picture: Pixels) -> Floats:
    """Patches on a regular grid, first and last at the borders: (n, side, side, 3); a small picture is padded."""
    high, wide = (max(0, PATCH - side) for side in picture.shape[:2])
    padded = np.pad(picture, ((0, high), (0, wide), (0, 0)), mode="edge").astype(np.float64)
    tops, lefts = (np.linspace(0, side - PATCH, GRID).astype(int) for side in padded.shape[:2])
    return np.stack([padded[top : top + PATCH, left : left + PATCH] for top in tops for left in lefts])


def _patch_statistics(patches: Floats) -> Floats:
    """What is measured of each patch, (n, k)."""
    across, down = np.diff(patches, axis=2), np.diff(patches, axis=1)
    noise = _noise(patches)
    return np.concatenate(
        [
            patches.mean((1, 2)),
            patches.std((1, 2)),
            patches.min((1, 2)),
            patches.max((1, 2)),
            np.abs(across).mean((1, 2)),
            np.abs(down).mean((1, 2)),
            (across == 0).mean((1, 2)),
            (down == 0).mean((1, 2)),
            *(((np.abs(across) > low) & (np.abs(across) <= 2 * low)).mean((1, 2)) for low in (0.5, 2, 8, 32)),
            np.abs(noise).mean((1, 2)),
            np.sqrt((noise**2).mean((1, 2))),
            _energies(patches),
        ],
        axis=1,
    )


def _noise(patches: Floats) -> Floats:
    """What is left of a patch without its smooth part: the second difference both ways."""
    across = patches[:, :, 2:] - 2 * patches[:, :, 1:-1] + patches[:, :, :-2]
    return np.asarray(across[:, 2:] - 2 * across[:, 1:-1] + across[:, :-2])


def _energies(patches: Floats) -> Floats:
    """Logarithms of the luminance's energy in rings of frequency, over the blocks of each patch, (n, rings)."""
    from scipy.fft import dctn

    n, side = len(patches), PATCH // BLOCK
    blocks = patches.mean(3).reshape(n, side, BLOCK, side, BLOCK).transpose(0, 1, 3, 2, 4)
    energy = (dctn(blocks, axes=(3, 4), norm="ortho") ** 2).mean((1, 2))
    ring = np.add.outer(np.arange(BLOCK), np.arange(BLOCK))
    return np.stack([np.log1p(energy[:, ring == at].mean(1)) for at in range(1, 2 * BLOCK - 1)], axis=1)
