"""What looks alike: pair by pair, and searched among many."""

from __future__ import annotations

import pickle

import numpy as np

from contextpairs.data.imaging.looks import Looks, hash_index, near_by_hash
from contextpairs.data.sources.vqa.record import ImageFacts

RNG = np.random.default_rng(5)


def facts(number: int, phash: int, level: int = 100) -> ImageFacts:
    thumbnail = RNG.integers(0, level, 768).astype(np.uint8).tobytes()
    return ImageFacts(f"{number}", "PNG", 64, 64, 1, 1, f"pixels {number % 7}", phash, thumbnail, 0.0, 0.0)


def many(count: int) -> Looks:
    """Hashes a few bits apart, so that some are near."""
    return Looks.of([facts(number, int(RNG.integers(0, 2**20)), 30 + number % 200) for number in range(count)])


def test_equal_pixels_have_equal_codes() -> None:
    codes = many(20).pictures
    assert [place for place in range(20) if codes[place] == codes[3]] == [3, 10, 17]


def test_measures_are_those_of_each_pair() -> None:
    one, other = many(50), many(60)
    own, theirs = RNG.integers(0, 50, 20_000), RNG.integers(0, 60, 20_000)
    bits, levels = one.distances(own, other, theirs), one.levels_apart(own, other, theirs)
    for place in range(0, 20_000, 997):
        a, b = own[place], theirs[place]
        assert bits[place] == (int(one.hashes[a]) ^ int(other.hashes[b])).bit_count()
        apart = np.abs(one.thumbnails[a].astype(int) - other.thumbnails[b].astype(int))
        assert levels[place] == apart.max()
    assert len(one.levels_apart(own[:0], other, theirs[:0])) == 0


def test_the_search_by_hash_finds_every_pair_within_the_bits() -> None:
    """Against the comparison of every picture with every other; more pictures than are searched at once."""
    known, asked = many(300), many(1_100)
    for most in (0, 4, 7):
        pairs = near_by_hash(hash_index(known), asked, most)
        found = {(int(a), int(b)) for own, theirs in pairs for a, b in zip(own, theirs, strict=True)}
        bits = np.bitwise_count(asked.hashes[:, None] ^ known.hashes[None])
        assert found == set(zip(*(axis.tolist() for axis in np.nonzero(bits <= most)), strict=True))


def test_nothing_looks_like_nothing() -> None:
    none, some = Looks.of([]), many(3)
    assert (len(none), none.contrasts.shape, none.quarters.shape) == (0, (0,), (0, 12))
    assert list(near_by_hash(hash_index(some), none, 64)) == []
    assert all(len(own) == 0 for own, _ in near_by_hash(hash_index(none), some, 64))


def test_looks_travel_to_workers() -> None:
    looks = many(9)
    again = pickle.loads(pickle.dumps(looks))
    assert (again.quarters == looks.quarters).all()
    assert (again.thumbnails == looks.thumbnails).all()
