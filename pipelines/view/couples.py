"""Which couples of a version a page holds, and what is known of all of them without their contexts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contextpairs.data.pairs.schemas import CONTEXT_FIELDS, Split
from contextpairs.data.store.store import Store

LIGHT = ["pair_id", "mirror_id", "group_id", "strategy", "label", "scores", "provenance", "query", "answer"]
BLOCK = 64
"""Couples whose contexts are in memory at once."""


@dataclass(frozen=True, slots=True)
class ViewedCouple:
    """A couple of a version, without its contexts.

    Attributes:
        split: that holds it.
        places: of its rows in the split, the one that is labelled A first.
        rows: the same rows, without contexts.
        scores: of the first row.
        subject: visual domain, or repository.
    """

    split: Split
    places: tuple[int, int]
    rows: tuple[Mapping[str, Any], Mapping[str, Any]]
    scores: Mapping[str, Any]
    subject: str

    @property
    def pair_id(self) -> str:
        """Id of the row that is labelled A; it names the couple in links."""
        return str(self.rows[0]["pair_id"])


def couples_of(store: Store, version: str) -> list[ViewedCouple]:
    """All couples of a version, train first, in the order of their rows."""
    splits: list[Split] = ["train", "probe"]
    rows = store.manifest(version).rows
    return [couple for split in splits if rows.get(split) for couple in _couples_of_split(store, version, split)]


def _couples_of_split(store: Store, version: str, split: Split) -> Iterator[ViewedCouple]:
    waiting: dict[str, tuple[int, dict[str, Any]]] = {}
    place = 0
    for batch in store.batches(version, split, LIGHT):
        for row in batch.to_pylist():
            if (mirror := waiting.pop(row["mirror_id"], None)) is None:
                waiting[row["pair_id"]] = (place, row)
            else:
                yield _couple(split, mirror, (place, row))
            place += 1


def _couple(split: Split, one: tuple[int, dict[str, Any]], other: tuple[int, dict[str, Any]]) -> ViewedCouple:
    first, second = sorted((one, other), key=lambda each: str(each[1]["label"]))
    provenance = json.loads(first[1]["provenance"])
    subject = provenance.get("domain") or (provenance.get("positive") or {}).get("repository") or ""
    return ViewedCouple(
        split, (first[0], second[0]), (first[1], second[1]), json.loads(first[1]["scores"]), str(subject)
    )


def drawn_couples(couples: Sequence[ViewedCouple], count: int, seed: int) -> list[ViewedCouple]:
    """So many couples by a hash of their id and the seed, in their order: a larger count draws the same and more."""
    ranked = sorted(couples, key=lambda each: hashlib.sha256(f"{seed}:{each.pair_id}".encode()).digest())
    chosen = {each.pair_id for each in ranked[:count]}
    return [each for each in couples if each.pair_id in chosen]


def with_contexts(
    store: Store, version: str, couples: Sequence[ViewedCouple]
) -> Iterator[tuple[ViewedCouple, dict[str, Any], dict[str, Any]]]:
    """Each couple with its two whole rows, the one that is labelled A first; a block of them in memory."""
    for start in range(0, len(couples), BLOCK):
        block = couples[start : start + BLOCK]
        for split in dict.fromkeys(each.split for each in block):
            here = [each for each in block if each.split == split]
            rows = iter(store.take(version, split, [each.places[0] for each in here]))
            yield from ((each, *_both(each, next(rows))) for each in here)


def _both(couple: ViewedCouple, first: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A mirror holds the same contexts in the other places."""
    positive, negative = (first[name] for name in CONTEXT_FIELDS)
    return first, {**couple.rows[1], "positive": negative, "negative": positive}
