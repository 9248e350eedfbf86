"""Which couples are alike enough to confuse, and not so alike that their answers cannot both be right.

Edges are set per domain, since one cosine cannot span tables and photos. Couples of pictures that are the same to the
eye but have different answers are label noise: they go whatever their cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from contextpairs.builders.images.retrieval.question_rows import Codes, Rows
from contextpairs.builders.images.retrieval.search import RowCouples
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.data.store.settings import Settings

BLOCK = 1 << 15
KEPT = ""
REASONS = (KEPT, "same-pixels", "near-identical", "above-cosine", "below-window", "above-window")


class Edge(Settings):
    """One side of a window."""

    by: Literal["quantile", "rank", "absolute"] = "quantile"
    """`quantile`: share of the domain's candidates whose cosine lies below the edge. `rank`: place among a row's
    neighbours, the nearest being 0. `absolute`: a cosine."""
    value: float = 0.0
    """In the unit of `by`."""

    @model_validator(mode="after")
    def _in_range(self) -> Edge:
        low, high = {"quantile": (0.0, 1.0), "rank": (0.0, float("inf")), "absolute": (-1.0, 1.0)}[self.by]
        if not low <= self.value <= high:
            raise ValueError(f"value {self.value}: an edge by {self.by} lies between {low:g} and {high:g}")
        return self


class DomainWindow(Settings):
    """Both sides, and what counts as identical."""

    lower: Edge = Edge(by="quantile", value=0.5)
    """Less similar couples go. By rank: couples of a greater rank go."""
    upper: Edge = Edge(by="quantile", value=1.0)
    """More similar couples go. By rank: couples of a smaller rank go."""
    cosine_max: float = Field(default=0.99999, ge=-1.0, le=1.0)
    """Couples above this cosine go as well, whatever `upper` says: the encoder sees no difference at all."""
    phash_distance: int = Field(default=4, ge=-1, le=64)
    """Bits of 64 in which perceptual hashes of near-identical pictures differ at most; -1 turns the rule off."""
    thumbnail_difference: int = Field(default=4, ge=0, le=255)
    """Levels of 255 by which the 16 x 16 RGB thumbnails of near-identical pictures differ at most, in any place."""


class WindowOptions(Settings):
    """Windows of all domains."""

    default: DomainWindow = DomainWindow()
    """For domains that `domains` does not name."""
    domains: dict[str, DomainWindow] = Field(default_factory=dict)
    """By domain name."""


class Looks(NamedTuple):
    """Facts of images as columns, shape (images, ...).

    Attributes:
        picture: code of the pixels: equal codes, equal pictures.
        phash: perceptual hashes, 64 bits.
        thumbnail: shape (images, 768).
    """

    picture: Codes
    phash: npt.NDArray[np.uint64]
    thumbnail: npt.NDArray[np.uint8]


class Windowed(NamedTuple):
    """What became of each candidate, shape (m,) each.

    Attributes:
        reason: index into `REASONS`; 0 for those that stay.
        phash_distance: bits.
    """

    reason: npt.NDArray[np.int8]
    phash_distance: npt.NDArray[np.uint8]

    @property
    def kept(self) -> Codes:
        """Places of the candidates that stay."""
        return np.flatnonzero(self.reason == 0)

    def counts(self) -> dict[str, int]:
        """Dropped candidates by reason."""
        number = np.bincount(self.reason, minlength=len(REASONS))
        return {word: int(number[place]) for place, word in enumerate(REASONS) if word and number[place]}


def looks(facts: Sequence[ImageFacts]) -> Looks:
    """Facts of images as columns, in their order."""
    pixels = [fact.pixel_hash for fact in facts]
    codes = {name: code for code, name in enumerate(sorted(set(pixels)))}
    thumbnails = np.frombuffer(b"".join(fact.thumbnail for fact in facts), np.uint8)
    return Looks(
        np.array([codes[name] for name in pixels], np.int64),
        np.array([fact.phash for fact in facts], np.int64).view(np.uint64),
        thumbnails.reshape(len(facts), -1 if facts else 0),
    )


def near_identical(one: ImageFacts, other: ImageFacts, window: DomainWindow) -> bool:
    """Whether two pictures are the same to the eye, or to the byte."""
    pair, first, second = looks([one, other]), np.array([0]), np.array([1])
    near = _near(pair, first, second, _bits(pair, first, second), window)
    return bool(pair.picture[0] == pair.picture[1] or near[0])


def in_window(found: RowCouples, rows: Rows, seen: Looks, domains: Sequence[str], options: WindowOptions) -> Windowed:
    """Judge every candidate.

    Args:
        found: candidates.
        rows: what they index.
        seen: facts of the images that the rows index.
        domains: names of the domains by code.
        options: the windows.
    """
    first, second = rows.image[found.first], rows.image[found.second]
    bits = _bits(seen, first, second)
    reason = np.zeros(len(found.first), np.int8)
    domain = rows.domain[found.first]
    for code in np.unique(domain).tolist():
        window = options.domains.get(domains[code], options.default)
        places = np.flatnonzero(domain == code)
        cosine, rank = found.cosine[places], found.rank[places]
        verdict = _outside(cosine, rank, window)
        verdict[cosine > window.cosine_max] = REASONS.index("above-cosine")
        verdict[_near(seen, first[places], second[places], bits[places], window)] = REASONS.index("near-identical")
        reason[places] = verdict
    reason[seen.picture[first] == seen.picture[second]] = REASONS.index("same-pixels")
    return Windowed(reason, bits)


def thumbnail_difference(seen: Looks, first: Codes, second: Codes) -> npt.NDArray[np.uint8]:
    """Greatest difference of two images' thumbnails in any place, in levels of 255.

    Args:
        seen: facts of images.
        first: indices of images, shape (m,).
        second: the images they are compared with.
    """
    levels = np.empty(len(first), np.uint8)
    for start in range(0, len(first), BLOCK):
        one = seen.thumbnail[first[start : start + BLOCK]]
        other = seen.thumbnail[second[start : start + BLOCK]]
        levels[start : start + BLOCK] = (np.maximum(one, other) - np.minimum(one, other)).max(axis=1)
    return levels


def _bits(seen: Looks, first: Codes, second: Codes) -> npt.NDArray[np.uint8]:
    bits: npt.NDArray[np.uint8] = np.bitwise_count(seen.phash[first] ^ seen.phash[second])
    return bits


def _near(
    seen: Looks, first: Codes, second: Codes, bits: npt.NDArray[np.uint8], window: DomainWindow
) -> npt.NDArray[np.bool_]:
    """Thumbnails cost most, so they are compared only where the hashes are near."""
    near = bits.astype(np.int16) <= window.phash_distance
    places = np.flatnonzero(near)
    near[places] = thumbnail_difference(seen, first[places], second[places]) <= window.thumbnail_difference
    return near


def _outside(
    cosine: npt.NDArray[np.float32], rank: npt.NDArray[np.int32], window: DomainWindow
) -> npt.NDArray[np.int8]:
    verdict = np.zeros(len(cosine), np.int8)
    lower, upper = window.lower, window.upper
    below = rank > lower.value if lower.by == "rank" else cosine < _cosine_at(lower, cosine)
    above = rank < upper.value if upper.by == "rank" else cosine > _cosine_at(upper, cosine)
    verdict[above] = REASONS.index("above-window")
    verdict[below] = REASONS.index("below-window")
    return verdict


def _cosine_at(edge: Edge, cosine: npt.NDArray[np.float32]) -> np.float32:
    if edge.by == "absolute":
        return np.float32(edge.value)
    # One of the cosines themselves, so that no rounding moves a couple over the edge.
    return np.float32(np.quantile(cosine, edge.value, method="lower"))
