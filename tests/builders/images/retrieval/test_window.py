"""Couples that are alike, but not the same; every one that goes has its reason."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from contextpairs.builders.images.retrieval.nearness import Scale
from contextpairs.builders.images.retrieval.question_rows import Rows
from contextpairs.builders.images.retrieval.search import RowCouples
from contextpairs.builders.images.retrieval.window import (
    REASONS,
    DomainWindow,
    Edge,
    WindowOptions,
    in_window,
)
from contextpairs.data.imaging.looks import Looks
from contextpairs.data.sources.vqa.record import ImageFacts


def facts(pixels: str, phash: int = 0, level: int = 100, spot: int | None = None) -> ImageFacts:
    thumbnail = bytearray([level] * 768)
    thumbnail[0] = level if spot is None else spot
    return ImageFacts(pixels, "PNG", 64, 64, 1, 1, pixels, phash, bytes(thumbnail), 0.0, 0.0)


PHOTOS = np.zeros(12, bool)
DIFFERENT = [facts(f"{place}", phash=-(1 << (3 * place)) - 1, level=20 * place) for place in range(12)]


def rows_of(images: int, domains: list[int] | None = None) -> Rows:
    numbers = np.arange(images)
    return Rows(numbers, numbers * 0, numbers % 2, np.array(domains) if domains else numbers * 0)


def couples(pairs: list[tuple[int, int]], cosine: list[float], rank: list[int] | None = None) -> RowCouples:
    first, second = np.array(pairs).T
    ranks = np.array(rank or [0] * len(pairs), np.int32)
    return RowCouples(first, second, np.array(cosine, np.float32), ranks)


STAR = [(0, other) for other in range(1, 11)]
TENTHS = [round(0.9 - 0.1 * place, 1) for place in range(10)]


def reasons(options: WindowOptions, rank: list[int] | None = None) -> list[str]:
    found = in_window(couples(STAR, TENTHS, rank), rows_of(12), Looks.of(DIFFERENT), ["all"], options, PHOTOS)
    return [REASONS[number] for number in found.reason]


def window(**sides: Edge) -> WindowOptions:
    return WindowOptions(default=DomainWindow.model_validate(sides))


def test_the_less_similar_half_goes_by_default() -> None:
    assert reasons(WindowOptions()) == [""] * 6 + ["below-window"] * 4


def test_edges_by_quantile() -> None:
    found = reasons(window(lower=Edge(value=0.25), upper=Edge(value=0.8)))
    assert found == ["above-window"] * 2 + [""] * 6 + ["below-window"] * 2


def test_edges_by_rank() -> None:
    found = reasons(window(lower=Edge(by="rank", value=6), upper=Edge(by="rank", value=2)), list(range(10)))
    assert found == ["above-window"] * 2 + [""] * 5 + ["below-window"] * 3


def test_absolute_edges() -> None:
    found = reasons(window(lower=Edge(by="absolute", value=0.35), upper=Edge(by="absolute", value=0.75)))
    assert found == ["above-window"] * 2 + [""] * 4 + ["below-window"] * 4


def test_domains_have_windows_of_their_own() -> None:
    """Photos are less alike than tables: one quantile over both would keep tables alone."""
    rows = Rows(np.arange(12), np.zeros(12, int), np.arange(12) % 2, np.array([0] * 6 + [1] * 6))
    pairs = [(0, 1), (0, 2), (0, 3), (0, 4), (6, 7), (6, 8), (6, 9), (6, 10)]
    found = couples(pairs, [0.99, 0.98, 0.97, 0.96, 0.4, 0.3, 0.2, 0.1])
    seen = Looks.of(DIFFERENT)
    kept = in_window(found, rows, seen, ["tables", "photos"], WindowOptions(), PHOTOS).kept.tolist()
    assert kept == [0, 1, 2, 4, 5, 6]
    strict = WindowOptions(domains={"tables": DomainWindow(lower=Edge(value=1.0))})
    assert in_window(found, rows, seen, ["tables", "photos"], strict, PHOTOS).kept.tolist() == [0, 4, 5, 6]


def test_equal_pictures_go_and_distances_are_kept() -> None:
    seen = Looks.of([facts("a"), facts("a"), facts("b", phash=0b111), facts("c", level=102), facts("e", phash=0xFFFF)])
    pairs = [(0, 1), (0, 2), (0, 3), (0, 4), (2, 3)]
    everything = WindowOptions(default=DomainWindow(lower=Edge(value=0.0)))
    found = in_window(couples(pairs, [0.9] * 5), rows_of(5), seen, ["all"], everything, PHOTOS)
    assert [REASONS[number] for number in found.reason] == ["same-pixels", "", "", "", ""]
    assert found.phash_distance.tolist() == [0, 3, 0, 16, 3]
    assert found.counts() == {"same-pixels": 1}


def test_rendered_pictures_may_look_the_same_to_the_encoder() -> None:
    """Two pages that differ in the asked number alone have a cosine of 1."""
    near, rendered = couples([(0, 1), (0, 2), (1, 2)], [1.0] * 3), np.arange(12) < 2
    found = in_window(near, rows_of(12), Looks.of(DIFFERENT), ["all"], WindowOptions(), rendered)
    assert [REASONS[number] for number in found.reason] == ["", "above-cosine", "above-cosine"]


def test_couples_that_the_encoder_cannot_tell_apart_go() -> None:
    found = in_window(
        couples([(0, 1), (0, 2)], [1.0, 0.9999]), rows_of(12), Looks.of(DIFFERENT), ["all"], WindowOptions(), PHOTOS
    )
    assert found.counts() == {"above-cosine": 1, "below-window": 0} or found.counts() == {"above-cosine": 1}


def test_couples_hardly_nearer_than_random_pictures_go() -> None:
    everything = WindowOptions(default=DomainWindow(lower=Edge(value=0.0)), min_nearness=0.25)
    found = in_window(
        couples(STAR, TENTHS), rows_of(12), Looks.of(DIFFERENT), ["all"], everything, PHOTOS, Scale(0.2, 1.0, 64)
    )
    assert [REASONS[number] for number in found.reason] == [*[""] * 6, *["not-near"] * 4]


def test_nothing_in_nothing_out() -> None:
    none = RowCouples(np.zeros(0, int), np.zeros(0, int), np.zeros(0, np.float32), np.zeros(0, np.int32))
    assert len(in_window(none, rows_of(12), Looks.of(DIFFERENT), ["all"], WindowOptions(), PHOTOS).kept) == 0


def test_an_edge_out_of_range_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"value 1.5: an edge by quantile lies between 0 and 1"):
        Edge(value=1.5)
