"""Which pairs of a version are asked, and their rows in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

from contextpairs.data.pairs.schemas import Split
from contextpairs.data.pairs.splits import split_of
from contextpairs.data.store.store import Store

Half: TypeAlias = Literal["choosing", "final"]
HALVES: tuple[Half, Half] = ("choosing", "final")
"""What a run chooses its best checkpoint by, and what its figures come from."""
HALF_SALT = "contextpairs half of a probe 1"


def half_of(group_id: str) -> Half:
    """The half that a group of the probe split belongs to, by hash: it never changes."""
    return "choosing" if split_of(group_id, 0.5, HALF_SALT) == "probe" else "final"


class PairPlace(NamedTuple):
    """Where a pair stands in its split, from 0."""

    row: int
    pair_id: str


def drawn(
    store: Store, version: str, split: Split, limit: int | None, seed: int, half: Half | None = None
) -> list[PairPlace]:
    """The pairs to ask, in the order of the split; couples are drawn whole, so that mirrors stay together.

    A couple's rank is a hash of its ids and the seed: a larger limit draws the same ones and more. With a half, pairs
    of its groups alone are drawn.

    Raises:
        VersionError: no such version, or it has no such split.
    """
    ids = enumerate(_ids(store, version, split))
    found = [
        (_rank(seed, pair, mirror), PairPlace(row, pair))
        for row, (pair, mirror, group) in ids
        if half in (None, half_of(group))
    ]
    found.sort()
    chosen = found[:limit]
    if chosen and len(chosen) < len(found) and found[len(chosen)][0] == chosen[-1][0]:
        chosen.pop()  # its mirror is beyond the limit
    return sorted(place for _, place in chosen)


def _ids(store: Store, version: str, split: Split) -> Iterator[tuple[str, str, str]]:
    """pair_id, mirror_id and group_id of every row."""
    names = ["pair_id", "mirror_id", "group_id"]
    for batch in store.batches(version, split, names):
        yield from zip(*(batch.column(name).to_pylist() for name in names), strict=True)


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
