"""What workers do to find copies: compare couples of pictures; a function of its payload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from contextpairs.data.imaging.alignment import Outline, SightMaps, likely
from contextpairs.data.imaging.copies import is_copy, is_resaved
from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.pipelines.images.tables import images_by_group
from contextpairs.pipelines.run.stage import Batch, stage

if TYPE_CHECKING:
    from PIL.Image import Image

AT_ONCE = 32
"""Couples whose pictures are held at once."""
OUTLINES = 64
"""Outlines that are held at once: 2 MB each."""
KINDS = pa.schema([("kind", pa.large_string())])


@dataclass(frozen=True, slots=True)
class Compared:
    """A picture that is compared.

    Attributes:
        image_id: sha256 of its bytes.
        path: stage output that holds it.
        place: its row there.
        outline: as stored; empty where none was made.
    """

    image_id: str
    path: str
    place: int
    outline: bytes


@dataclass(frozen=True, slots=True)
class CopiesPayload:
    """Couples of places among some pictures, and whether nothing but saving anew makes copies of them."""

    pictures: tuple[Compared, ...]
    couples: tuple[tuple[int, int, bool], ...]
    limits: ImageLimits


@stage("copies")
def copies_partition(payload: CopiesPayload) -> Iterator[Batch]:
    """How the second picture of each couple is a copy of the first; empty where it is none."""
    kinds = [""] * len(payload.couples)
    open_ones = _open(payload)
    for part in (open_ones[start : start + AT_ONCE] for start in range(0, len(open_ones), AT_ONCE)):
        shown = _pictures(payload, [payload.couples[place] for place in part])
        sights: dict[int, SightMaps] = {}
        for place in part:
            kinds[place] = _kind(payload.couples[place], shown, sights)
    yield Batch(table=pa.table({"kind": kinds}, schema=KINDS), counts={"compared": len(kinds)})


def _open(payload: CopiesPayload) -> list[int]:
    """Places of the couples that a first glance at their outlines does not settle."""

    @lru_cache(OUTLINES)
    def outline(picture: int) -> Outline:
        return Outline.read(payload.pictures[picture].outline)

    def is_open(first: int, second: int, rendered: bool) -> bool:
        outlined = payload.pictures[first].outline and payload.pictures[second].outline
        return rendered or not outlined or likely(outline(first), outline(second))

    return [place for place, couple in enumerate(payload.couples) if is_open(*couple)]


def _pictures(payload: CopiesPayload, couples: Sequence[tuple[int, int, bool]]) -> dict[int, Image]:
    """The pictures of some couples, decoded."""
    wanted: dict[str, dict[int, int]] = {}
    for first, second, _ in couples:
        for each in (first, second):
            picture = payload.pictures[each]
            wanted.setdefault(picture.path, {})[picture.place] = each
    return {
        places[place]: rgb(content, payload.limits)
        for path, places in wanted.items()
        for group in images_by_group(path, list(places))
        for place, (_, content, _) in group.items()
    }


def _kind(couple: tuple[int, int, bool], shown: dict[int, Image], sights: dict[int, Any]) -> str:
    first, second, rendered = couple
    if rendered:
        return "resaved" if is_resaved(shown[first], shown[second]) else ""
    for each in (first, second):
        if each not in sights:
            sights[each] = SightMaps(shown[each])
    return is_copy(sights[first], sights[second]) or ""
