"""No picture of the probe split that a copy in training shows: the same photo saved anew has other pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.window import Looks, looks, thumbnail_difference
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.release_stage import Couple
from contextpairs.pipelines.run.build import Build

HASH_BITS, LEVELS = 10, 48
"""How far perceptual hashes (of 64 bits) and thumbnails (in levels of 255, in any place) of copies are apart at most.
Rendered scenes saved as JPEG of quality 92 stay within 9 and 35; other scenes with so near a hash are beyond 110."""
BLOCK = 1 << 22
"""Hashes that are compared at a time."""


def apart(build: Build[ImagesConfig], couples: Sequence[Couple]) -> list[Couple]:
    """Couples without those of the probe split that show what looks identical in training, counted into the funnel.

    Args:
        build: the build.
        couples: of both splits.
    """
    shown: dict[str, dict[str, ImageFacts]] = {"train": {}, "probe": {}}
    for couple in couples:
        shown[couple.split].update({side.facts.pixel_hash: side.facts for side in couple.sides})
    probe, train = list(shown["probe"].values()), list(shown["train"].values())
    near = _copied(looks([*probe, *train]), len(probe))
    copied = {facts.pixel_hash for facts, is_near in zip(probe, near, strict=True) if is_near}
    if not copied:
        return list(couples)
    kept = [each for each in couples if each.split == "train" or _hashes(each).isdisjoint(copied)]
    build.line("copies", "couples", len(couples), len(kept), {"copy-in-train": len(couples) - len(kept)})
    return kept


def _hashes(couple: Couple) -> set[str]:
    return {side.facts.pixel_hash for side in couple.sides}


def _copied(seen: Looks, first: int) -> npt.NDArray[np.bool_]:
    """Which of the first pictures look identical to one of the others, shape (first,)."""
    near = np.zeros(first, bool)
    others = seen.phash[first:]
    step = max(1, BLOCK // max(1, len(others)))
    for start in range(0, first, step):
        bits = np.bitwise_count(seen.phash[start : min(first, start + step), None] ^ others[None]).astype(np.int16)
        one, other = np.nonzero(bits <= HASH_BITS)
        alike = thumbnail_difference(seen, one + start, other + first) <= LEVELS
        near[one[alike] + start] = True
    return near
