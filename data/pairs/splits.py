"""What links form a group, which split a group belongs to, and which letter a pair's positive stands under.

All are functions of ids alone: they need no randomness, hold for ever, and do not move when the data grows.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, Literal

from contextpairs.data.pairs.schemas import PairError, Split

Letter = Literal["A", "B"]
SALT = "contextpairs split 1"
_LETTER_SALT = "contextpairs letter 1"
_RANGE = 2**64


def split_of(group_id: str, probe_share: float = 0.1, salt: str = SALT) -> Split:
    """The split of a group, by hash.

    A larger `probe_share` only moves groups from train to probe, a smaller one only back; other groups never matter.

    Args:
        group_id: what must never straddle splits.
        probe_share: expected share of groups in the probe, 0 to 1.
        salt: another salt is another, independent draw.

    Raises:
        ValueError: `probe_share` is no share.
    """
    if not 0 <= probe_share <= 1:
        raise ValueError(f"probe_share is {probe_share}, expected a number from 0 to 1")
    return "probe" if _hash(salt, group_id) < _bound(probe_share) else "train"


@cache
def _bound(probe_share: float) -> int:
    """The least hash that is no probe's; exact, and computed once, for it is asked of every image."""
    return math.ceil(Fraction(probe_share) * _RANGE)


def least_linked(links: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The least of all names that a name is linked with, directly or through others, itself included."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = sorted({name for link in links for name in link})
    number = {name: at for at, name in enumerate(names)}
    ends = np.array([[number[name] for name in link] for link in links], np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(links), np.int8), (ends[0], ends[1])), shape=(len(names), len(names)))
    component = connected_components(graph, directed=False)[1]
    least = np.unique(component, return_index=True)[1][component]
    return {name: names[first] for name, first in zip(names, least, strict=True)}


def assign_labels(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Letter]:
    """Letters for the pairs of ONE split, balanced exactly: |A| - |B| is 0, or 1 when their number is odd.

    Mirrors get opposite letters, and a hash of both ids decides which of them gets A. So the two rows of a couple show
    the same contexts in the same places and differ in the answer alone: neither a context, nor its place, nor the
    order of the rows tells the letter, and a couple's letters never change when the data grows. Pairs whose mirror
    is not among them are balanced against each other, in the order of their hashes.

    Args:
        pairs: rows with `pair_id` and `mirror_id`.

    Returns:
        The letter by pair_id.

    Raises:
        PairError: a pair_id occurs twice, is its own mirror, or its mirror points elsewhere.
    """
    mirrors = _mirrors(pairs)
    single = sorted((pair for pair, mirror in mirrors.items() if mirror not in mirrors), key=_letter_hash)
    letters = {pair: _couple_letter(pair, mirror) for pair, mirror in mirrors.items()}
    first = _letter_hash("".join(single)) % 2
    letters.update({pair: _letter(rank + first) for rank, pair in enumerate(single)})
    return letters


def _mirrors(pairs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    mirrors: dict[str, str] = {}
    for row in pairs:
        pair, mirror = row["pair_id"], row["mirror_id"]
        if pair in mirrors or pair == mirror:
            raise PairError(f"pair {pair} occurs twice or is its own mirror; drop duplicates before labelling")
        mirrors[pair] = mirror
    for pair, mirror in mirrors.items():
        if mirrors.get(mirror, pair) != pair:
            raise PairError(f"pair {pair} has the mirror {mirror}, whose own mirror is {mirrors[mirror]}")
    return mirrors


def _couple_letter(pair: str, mirror: str) -> Letter:
    first, second = sorted((pair, mirror))
    return _letter(_letter_hash(first + second) + (pair == second))


def _letter(number: int) -> Letter:
    return "B" if number % 2 else "A"


def _letter_hash(text: str) -> int:
    return _hash(_LETTER_SALT, text)


def _hash(salt: str, text: str) -> int:
    """A number below 2**64 from salt and text."""
    digest = hashlib.sha256(f"{len(salt)}:{salt}{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
