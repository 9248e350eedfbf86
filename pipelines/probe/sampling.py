"""Which pairs of a version are asked, and their rows in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.store import Store


class PairPlace(NamedTuple):
    """Where a pair stands in its split, from 0."""

    row: int
    pair_id: str


def drawn(store: Store, version: str, split: Split, limit: int | None, seed: int) -> list[PairPlace]:
    """The pairs to ask, in the order of the split; couples are drawn whole, so that mirrors stay together.

    A couple's rank is a hash of its ids and the seed: a larger limit draws the same ones and more.

    Raises:
        VersionError: no such version, or it has no such split.
    """
    found: list[tuple[bytes, PairPlace]] = []
    for batch in store.batches(version, split, ["pair_id", "mirror_id"]):
        for pair, mirror in zip(*(batch.column(name).to_pylist() for name in ("pair_id", "mirror_id")), strict=True):
            found.append((_rank(seed, pair, mirror), PairPlace(len(found), pair)))
    found.sort()
    chosen = found[:limit]
    if chosen and len(chosen) < len(found) and found[len(chosen)][0] == chosen[-1][0]:
        chosen.pop()  # its mirror is beyond the limit
    return sorted(place for _, place in chosen)


def _rank(seed: int, pair: str, mirror: str) -> bytes:
    return hashlib.sha256(f"{seed}:{':'.join(sorted((pair, mirror)))}".encode()).digest()


def rows_at(store: Store, version: str, split: Split, places: set[int]) -> Iterator[dict[str, Any]]:
    """The rows at these places, in order; in memory of one batch."""
    start = 0
    for batch in store.batches(version, split):
        here = [place - start for place in range(start, start + batch.num_rows) if place in places]
        if here:
            yield from batch.take(here).to_pylist()
        start += batch.num_rows
