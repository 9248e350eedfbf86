"""Which couples are alike enough to confuse, and not so alike that their answers cannot both be right.

Edges are set per domain, since one cosine cannot span tables and photos. Couples of equal pictures with different
answers are label noise: they go whatever their cosine. Copies are told by
`contextpairs.data.imaging.copies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from contextpairs.builders.images.retrieval.nearness import Scale
from contextpairs.builders.images.retrieval.question_rows import Codes, Rows
from contextpairs.builders.images.retrieval.search import RowCouples
from contextpairs.data.imaging.looks import Looks
from contextpairs.data.store.settings import Settings

KEPT = ""
REASONS = (KEPT, "same-pixels", "above-cosine", "below-window", "above-window", "not-near")


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
    """Couples above this cosine go as well, whatever `upper` says: the encoder sees no difference at all. It does not
    hold between rendered pictures (`source.rendered`)."""


class WindowOptions(Settings):
    """Windows of all domains."""

    default: DomainWindow = DomainWindow()
    """For domains that `domains` does not name."""
    domains: dict[str, DomainWindow] = Field(default_factory=dict)
    """By domain name."""
    min_nearness: float = Field(default=0.35, ge=-10.0, le=1.0)
    """Couples less near go, whatever the windows say: 0 is as near as random pictures of the set, 1 as a picture and
    its own crop. Of photos by an ImageNet encoder nearly all couples from 0.45 on show like scenes, most from 0.35 on,
    half from 0.25 on, and hardly any below. It does not hold where nearness is not measured (fewer than 50
    pictures)."""


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


def in_window(
    found: RowCouples,
    rows: Rows,
    seen: Looks,
    domains: Sequence[str],
    options: WindowOptions,
    rendered: npt.NDArray[np.bool_],
    scale: Scale | None = None,
) -> Windowed:
    """Judge every candidate.

    Args:
        found: candidates.
        rows: what they index.
        seen: facts of the images that the rows index.
        domains: names of the domains by code.
        options: the windows.
        rendered: which images are rendered, shape (images,): `cosine_max` does not hold between them, for two that
            differ in the asked detail alone are the best contrast there is.
        scale: of nearness, where it was measured.
    """
    first, second = rows.image[found.first], rows.image[found.second]
    bits = seen.distances(first, seen, second)
    reason = np.zeros(len(found.first), np.int8)
    domain = rows.domain[found.first]
    for code in np.unique(domain).tolist():
        window = options.domains.get(domains[code], options.default)
        places = np.flatnonzero(domain == code)
        cosine, rank = found.cosine[places], found.rank[places]
        verdict = _outside(cosine, rank, window)
        photo = ~(rendered[first[places]] & rendered[second[places]])
        verdict[photo & (cosine > window.cosine_max)] = REASONS.index("above-cosine")
        reason[places] = verdict
    if scale:
        reason[(reason == 0) & (found.cosine < scale.cosine(options.min_nearness))] = REASONS.index("not-near")
    reason[seen.pictures[first] == seen.pictures[second]] = REASONS.index("same-pixels")
    return Windowed(reason, bits)


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
