"""How alike pictures look, by what `ImageFacts` holds (perceptual hash, thumbnail), and exact searches for such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from contextpairs.data.sources.vqa.record import THUMBNAIL, ImageFacts

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

QUERIES = 512
"""Pictures searched at once: bounds the memory of a search in which everything looks alike."""
PAIRS = 8_192
"""Thumbnails compared at once."""
SIZE = THUMBNAIL * THUMBNAIL * 3
"""Values of a thumbnail."""
FLAT = 1.0
"""Contrast below which a picture counts as of one colour: its differences are noise, and are not blown up."""


@dataclass(frozen=True, eq=False)
class Looks:
    """Pictures as arrays. Picklable; equal pictures in equal order give equal arrays.

    Attributes:
        pictures: code of the pixels, (n,): equal codes, equal pictures.
        hashes: perceptual hashes, uint64 (n,).
        thumbnails: uint8 (n, 768).
    """

    pictures: Places
    hashes: npt.NDArray[np.uint64]
    thumbnails: Levels

    @classmethod
    def of(cls, facts: Sequence[ImageFacts]) -> Looks:
        """Those of images, in their order."""
        codes = {name: code for code, name in enumerate(sorted({each.pixel_hash for each in facts}))}
        return cls(
            np.array([codes[each.pixel_hash] for each in facts], np.int64),
            np.array([each.phash for each in facts], np.int64).view(np.uint64),
            np.frombuffer(b"".join(each.thumbnail for each in facts), np.uint8).reshape(-1, SIZE),
        )

    def __len__(self) -> int:
        return len(self.hashes)

    def take(self, places: Places) -> Looks:
        """Those of some pictures, in the order of their places."""
        return Looks(self.pictures[places], self.hashes[places], self.thumbnails[places])

    @cached_property
    def contrasts(self) -> Floats:
        """Mean distance of a thumbnail's values from their channel's mean, (n,)."""
        found = [np.empty(0, np.float32)]
        for values in self._values():
            found.append(np.abs(values - values.mean(axis=1, keepdims=True)).mean(axis=(1, 2)))
        return np.concatenate(found)

    @cached_property
    def quarters(self) -> Floats:
        """Channel means of the thumbnail's quarters, (n, 12): they differ no more on average than it does."""
        half = THUMBNAIL // 2
        found = [np.empty((0, 2 * 2 * 3), np.float32)]
        for values in self._values():
            found.append(values.reshape(-1, 2, half, 2, half, 3).mean(axis=(2, 4)).reshape(len(values), -1))
        return np.concatenate(found)

    def _values(self) -> Iterator[Floats]:
        """Thumbnails as floats, (m, 256, 3), in pieces: all at once would take four times their memory."""
        for start in range(0, len(self), PAIRS):
            yield self.thumbnails[start : start + PAIRS].astype(np.float32).reshape(-1, THUMBNAIL * THUMBNAIL, 3)

    def differences(self, own: Places, others: Looks, theirs: Places) -> Floats:
        """Difference of pictures `own` from `others[theirs]`, pair by pair.

        Mean difference of the thumbnails over their mean contrast: 0 for equal pictures, about 1 for unrelated ones,
        whether they are photos or thin lines on white.
        """
        return np.concatenate(
            [
                _relative(
                    np.abs(self.thumbnails[a].astype(np.int16) - others.thumbnails[b]).mean(axis=1, dtype=np.float32),
                    self.contrasts[a],
                    others.contrasts[b],
                )
                for a, b in _chunks(own, theirs)
            ]
            or [np.empty(0, np.float32)]
        )

    def distances(self, own: Places | int, others: Looks, theirs: Places) -> npt.NDArray[np.uint8]:
        """Bits, 0 to 64, in which the perceptual hashes of `own` and of `others[theirs]` differ, pair by pair."""
        return np.asarray(np.bitwise_count(others.hashes[theirs] ^ self.hashes[own]))

    def levels_apart(self, own: Places, others: Looks, theirs: Places) -> Levels:
        """Greatest difference of the thumbnails in any place, in levels of 255, pair by pair."""
        found = np.empty(len(own), np.uint8)
        for number, (a, b) in enumerate(_chunks(own, theirs)):
            one, other = self.thumbnails[a], others.thumbnails[b]
            found[number * PAIRS :][: len(a)] = (np.maximum(one, other) - np.minimum(one, other)).max(axis=1)
        return found


def _relative(difference: Floats, one: Floats, two: Floats) -> Floats:
    return np.asarray(difference / np.maximum((one + two) / 2, FLAT), np.float32)


def _chunks(own: Places, theirs: Places) -> Iterator[tuple[Places, Places]]:
    for start in range(0, len(own), PAIRS):
        yield own[start : start + PAIRS], theirs[start : start + PAIRS]


def hash_index(known: Looks) -> Any:
    """An exact FAISS index of the perceptual hashes: 200,000 against 100,000 in seconds, at any distance."""
    import faiss

    index = faiss.IndexBinaryFlat(64)
    index.add(known.hashes.view(np.uint8).reshape(-1, 8))
    return index


def near_by_hash(hashes: Any, asked: Looks, max_hamming: int) -> Iterator[tuple[Places, Places]]:
    """Places in `asked`, and places in what `hash_index` holds, whose hashes are at most so many bits apart; in pieces.

    Args:
        hashes: the `hash_index` of the pictures looked for.
        asked: the pictures in question.
        max_hamming: bits, 0 to 64.
    """
    for start in range(0, len(asked), QUERIES):
        codes = asked.hashes[start : start + QUERIES].view(np.uint8).reshape(-1, 8)
        # FAISS takes what is nearer than the radius, not what is as near.
        limits, _, theirs = hashes.range_search(codes, max_hamming + 1)
        yield start + np.repeat(np.arange(len(codes)), np.diff(limits.astype(np.int64))), theirs


def alike_by_hash(known: Looks, hashes: Any, asked: Looks, max_hamming: int, max_difference: float) -> Bools:
    """Which of `asked` look like one of `known`: (n,).

    Both must hold: perceptual hashes at most `max_hamming` bits apart, and a `difference` of at most `max_difference`,
    for the hash sees no colours.

    Args:
        known: the pictures looked for.
        hashes: their `hash_index`.
        asked: the pictures in question.
        max_hamming: bits, 0 to 64.
        max_difference: see `Looks.differences`.
    """
    found = np.zeros(len(asked), bool)
    for own, theirs in near_by_hash(hashes, asked, max_hamming):
        found[own[asked.differences(own, known, theirs) <= max_difference]] = True
    return found


def alike_by_thumbnail(known: Looks, asked: Looks, max_difference: float) -> Bools:
    """Which of `asked` have the thumbnail of one of `known`, whatever their hashes: (n,).

    Exact: pictures are passed over only where the means of their quarters prove them too far apart.
    """
    from scipy.spatial import KDTree

    tree = KDTree(known.quarters)
    found = np.zeros(len(asked), bool)
    for start in range(0, len(asked), QUERIES):
        part = slice(start, start + QUERIES)
        reach = asked.quarters.shape[1] * _reach(asked.contrasts[part], max_difference)
        near = tree.query_ball_point(asked.quarters[part], reach, p=1)
        own = start + np.repeat(np.arange(len(near)), [len(places) for places in near])
        theirs = np.fromiter((place for places in near for place in places), np.int64, len(own))
        found[own[asked.differences(own, known, theirs) <= max_difference]] = True
    return found


def _reach(contrasts: Floats, max_difference: float) -> Floats:
    """How far thumbnails may differ on average at most, in levels.

    Contrasts differ by at most twice the difference d of two thumbnails, so d <= m (c + c + 2 d) / 2.
    """
    farthest = max_difference * np.maximum(contrasts / (1 - max_difference), FLAT)
    # For the rounding of the means.
    return np.asarray(farthest + 0.001, np.float32)
