"""No picture of the probe split that a copy in training shows: the same photo saved anew has other pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contextpairs.builders.images.retrieval.copy_candidates import HASH_BITS, LEVELS, nearest_across
from contextpairs.data.imaging.looks import Looks, hash_index, near_by_hash
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.copies_stage import Compared
from contextpairs.pipelines.images.copies_step import copies
from contextpairs.pipelines.images.release_stage import Couple, Side
from contextpairs.pipelines.run.build import Build


def apart(build: Build[ImagesConfig], couples: Sequence[Couple]) -> list[Couple]:
    """Couples without those of the probe split that show a copy of what training shows, counted into the funnel.

    Edits are no copies: beside each stands the picture that it was made from.

    Args:
        build: the build.
        couples: of both splits.
    """
    shown: dict[str, dict[str, Side]] = {"train": {}, "probe": {}}
    for couple in couples:
        shown[couple.split].update({side.facts.pixel_hash: side for side in couple.sides if not side.edited})
    copied = _copied(build, list(shown["probe"].values()), list(shown["train"].values()))
    if not copied:
        return list(couples)
    kept = [each for each in couples if each.split == "train" or _hashes(each).isdisjoint(copied)]
    build.line("copies", "couples", len(couples), len(kept), {"copy-in-train": len(couples) - len(kept)})
    return kept


def _hashes(couple: Couple) -> set[str]:
    return {side.facts.pixel_hash for side in couple.sides}


def _copied(build: Build[ImagesConfig], probe: Sequence[Side], train: Sequence[Side]) -> set[str]:
    """Pixels of the probe split's pictures that have a copy in training."""
    if not (probe and train):
        return set()
    sides = [*probe, *train]
    candidates = _candidates(probe, train)
    rendered = [not (sides[first].facts.outline and sides[second].facts.outline) for first, second in candidates]
    pictures = {
        each: Compared(sides[each].facts.image_id, sides[each].path, sides[each].place, sides[each].facts.outline)
        for each in {place for couple in candidates for place in couple}
    }
    found = copies(build, pictures, candidates, rendered)
    return {sides[first].facts.pixel_hash for (first, _), copy in zip(candidates, found, strict=True) if copy}


def _candidates(probe: Sequence[Side], train: Sequence[Side]) -> list[tuple[int, int]]:
    """Places among all of both that are compared: of near hash and thumbnail, and of photos the nearest in any way."""
    own, theirs = (Looks.of([side.facts for side in each]) for each in (probe, train))
    found = set()
    for first, second in near_by_hash(hash_index(theirs), own, HASH_BITS):
        near = own.levels_apart(first, theirs, second) <= LEVELS
        found |= set(zip(first[near].tolist(), (len(probe) + second[near]).tolist(), strict=True))
    photos = tuple([at for at, side in enumerate(each) if side.facts.outline] for each in (probe, train))
    for one, other in _across([probe[at] for at in photos[0]], [train[at] for at in photos[1]]):
        found.add((photos[0][one], len(probe) + photos[1][other]))
    return sorted(found)


def _across(probe: Sequence[Side], train: Sequence[Side]) -> set[tuple[int, int]]:
    if not (probe and train):
        return set()
    own, theirs = ((Looks.of([side.facts for side in each]), _vectors(each)) for each in (probe, train))
    return nearest_across(own, theirs)


def _vectors(sides: Sequence[Side]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.stack([np.frombuffer(side.vector, np.float16) for side in sides]).astype(np.float32)
