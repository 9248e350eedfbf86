"""No picture of the probe split that a copy in training shows: the same photo saved anew has other pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contextpairs.data.imaging.looks import Bools, Looks, hash_index, near_by_hash
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.release_stage import Couple
from contextpairs.pipelines.run.build import Build

HASH_BITS, LEVELS = 10, 48
"""How far perceptual hashes (of 64 bits) and thumbnails (in levels of 255, in any place) of copies are apart at most.
Rendered scenes saved as JPEG of quality 92 stay within 9 and 35; other scenes with so near a hash are beyond 110."""


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
    near = _copied(Looks.of(probe), Looks.of(train))
    copied = {facts.pixel_hash for facts, is_near in zip(probe, near, strict=True) if is_near}
    if not copied:
        return list(couples)
    kept = [each for each in couples if each.split == "train" or _hashes(each).isdisjoint(copied)]
    build.line("copies", "couples", len(couples), len(kept), {"copy-in-train": len(couples) - len(kept)})
    return kept


def _hashes(couple: Couple) -> set[str]:
    return {side.facts.pixel_hash for side in couple.sides}


def _copied(probe: Looks, train: Looks) -> Bools:
    """Which pictures of the probe split look identical to one in training, shape (n,)."""
    copied = np.zeros(len(probe), bool)
    for own, theirs in near_by_hash(hash_index(train), probe, HASH_BITS):
        copied[own[probe.levels_apart(own, train, theirs) <= LEVELS]] = True
    return copied
