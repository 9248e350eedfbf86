"""Splits and letters: balanced exactly, stable for ever, telling nothing."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.pairs.schemas import PairError
from contextpairs.data.pairs.splits import assign_labels, least_linked, split_of

PROBE_OF_100 = [0, 2, 11, 28, 38, 47, 51, 59, 65, 68, 88]


def pairs(couples: int, singles: int, seed: int = 0) -> list[dict[str, Any]]:
    """Couples and pairs whose mirror is missing, shuffled."""
    ids = [hashlib.sha256(f"{seed} {n}".encode()).hexdigest()[:32] for n in range(2 * (couples + singles))]
    both = list(zip(ids[::2], ids[1::2], strict=True))
    rows = [{"pair_id": a, "mirror_id": b} for a, b in both]
    rows += [{"pair_id": b, "mirror_id": a} for a, b in both[:couples]]
    random.Random(seed).shuffle(rows)
    return rows


@given(st.text(), st.floats(0, 1))
def test_a_split_depends_on_the_group_alone_and_grows_monotonously(group: str, share: float) -> None:
    assert split_of(group, share) == split_of(group, share)
    if split_of(group, share) == "probe":
        assert split_of(group, min(1, share + 0.2)) == "probe"


def test_splits_never_change_between_releases() -> None:
    """Catches any change of hash or salt, which would move published pairs from train to probe."""
    probe = [n for n in range(100) if split_of(f"group-{n}") == "probe"]
    assert probe == PROBE_OF_100


def test_the_probe_gets_its_share_and_a_salt_draws_anew() -> None:
    groups = [f"owner/repository-{n}::function" for n in range(20_000)]
    probe = {group for group in groups if split_of(group) == "probe"}
    other = {group for group in groups if split_of(group, salt="another") == "probe"}
    assert 0.09 < len(probe) / len(groups) < 0.11
    assert 0.005 < len(probe & other) / len(groups) < 0.015


def test_what_is_linked_through_others_has_one_least_name() -> None:
    assert least_linked([("c", "b"), ("e", "d"), ("b", "a"), ("f", "f")]) == {
        "a": "a", "b": "a", "c": "a", "d": "d", "e": "d", "f": "f",
    }  # fmt: skip
    assert least_linked([]) == {}


@given(st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("abcdefghij"))))
def test_the_order_of_links_and_ends_does_not_matter(links: list[tuple[str, str]]) -> None:
    found = least_linked(links)
    assert found == least_linked([(two, one) for one, two in reversed(links)])
    assert all(found[one] == found[two] <= min(one, two) for one, two in links)


@pytest.mark.parametrize(("share", "split"), [(0.0, "train"), (1.0, "probe")])
def test_shares_of_nothing_and_of_all(share: float, split: str) -> None:
    assert {split_of(str(n), share) for n in range(500)} == {split}


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="probe_share"):
        split_of("group", share)


@given(st.integers(0, 40), st.integers(0, 9), st.integers(0, 10_000))
def test_letters_balance_exactly(couples: int, singles: int, seed: int) -> None:
    letters = Counter(assign_labels(pairs(couples, singles, seed)).values())
    assert letters.total() == 2 * couples + singles
    assert abs(letters["A"] - letters["B"]) == singles % 2


@given(st.integers(1, 30), st.integers(0, 5), st.randoms(use_true_random=False))
def test_letters_do_not_depend_on_the_order_of_rows(couples: int, singles: int, order: random.Random) -> None:
    rows = pairs(couples, singles)
    expected = assign_labels(rows)
    order.shuffle(rows)
    assert assign_labels(rows) == expected


@given(st.integers(1, 30), st.integers(1, 30))
def test_couples_keep_their_letters_when_the_data_grows(few: int, more: int) -> None:
    small, large = assign_labels(pairs(few, 0)), assign_labels(pairs(few, 0) + pairs(more, 3, seed=1))
    assert {pair: large[pair] for pair in small} == small


def test_mirrors_show_the_same_contexts_in_the_same_places() -> None:
    """Opposite letters and swapped contexts: what stands under A is the same in both rows, so it tells nothing."""
    rows = pairs(50, 0)
    letters = assign_labels(rows)
    assert all(letters[row["pair_id"]] != letters[row["mirror_id"]] for row in rows)


def test_neither_the_smaller_id_nor_the_first_row_tells_the_letter() -> None:
    """Catches a letter taken from the order of ids, or a bit of an id that shows in the row."""
    rows = pairs(4_000, 0)
    letters = assign_labels(rows)
    small = sum(letters[min(row["pair_id"], row["mirror_id"])] == "A" for row in rows) / len(rows)
    low_bit = sum((letters[row["pair_id"]] == "A") == (int(row["pair_id"], 16) % 2) for row in rows) / len(rows)
    assert 0.47 < small < 0.53
    assert 0.47 < low_bit < 0.53


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "b"), ("a", "b")],
        [("a", "a")],
        [("a", "b"), ("b", "c")],
    ],
)
def test_confused_mirrors_are_refused(rows: list[tuple[str, str]]) -> None:
    with pytest.raises(PairError, match="pair"):
        assign_labels([{"pair_id": pair, "mirror_id": mirror} for pair, mirror in rows])
