"""Chunks of couples: bounded, in order, and the same but for one when a couple comes in."""

from __future__ import annotations

import hashlib
import itertools

import pytest

from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.pipelines.images import release_stage as image_release
from contextpairs.pipelines.images.release_stage import Couple, Side, chunks, key_of


def side(number: int, size: int) -> Side:
    identifier = hashlib.sha256(f"{number}".encode()).hexdigest()
    facts = ImageFacts(identifier, "PNG", 8, 8, 1, size, identifier, 0, b"", 0.0, 0.0)
    return Side(f"answer {number}", "stage.parquet", number, facts, {}, b"")


def couple(number: int, size: int = 1000) -> Couple:
    sides = (side(2 * number, size), side(2 * number + 1, size))
    return Couple("retrieval", "What is it?", sides, f"group {number}", "train", "all", "", {})


def ordered(couples: list[Couple]) -> list[Couple]:
    return sorted(couples, key=key_of)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_release, "CHUNK_COUPLES", 40)
    monkeypatch.setattr(image_release, "CHUNK_BYTES", 60_000)


def test_chunks_keep_the_order_and_the_bounds() -> None:
    couples = ordered([couple(number, 200 if number % 3 else 1500) for number in range(700)])
    cut = list(chunks(couples))
    assert list(itertools.chain.from_iterable(cut)) == couples
    assert max(map(len, cut)) <= 40
    assert max(sum(each.facts.size for one in chunk for each in one.sides) for chunk in cut) <= 60_000


def test_one_couple_more_changes_one_chunk() -> None:
    couples = [couple(number) for number in range(600)]
    before = set(chunks_as_keys(couples))
    for extra in range(600, 620):
        after = set(chunks_as_keys([*couples, couple(extra)]))
        assert len(before - after) == 1
        assert len(after - before) <= 2


def chunks_as_keys(couples: list[Couple]) -> list[bytes]:
    return [b"".join(map(key_of, chunk)) for chunk in chunks(ordered(couples))]


def test_a_couple_that_is_too_large_stands_alone() -> None:
    couples = ordered([couple(1, 100_000), couple(2, 100_000), couple(3)])
    alone = [chunk for chunk in chunks(couples) if any(each.sides[0].facts.size == 100_000 for each in chunk)]
    assert [len(chunk) for chunk in alone] == [1, 1]


def test_no_couples_no_chunks() -> None:
    assert list(chunks([])) == []
