"""Runs that repeat each other are found, and runs that differ are kept."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.duplicates import (
    Duplicate,
    context_reason,
    contexts_equal_after_mask,
    find_duplicates,
    signature,
    similarity,
)

ISSUE = [Message("system", "be good\n" * 50), Message("user", "\n".join(f"issue line {c}" for c in "abcdefgh" * 9))]


def run(*lines: str) -> list[Message]:
    return [*ISSUE, Message("assistant", "look"), Message("user", "\n".join(lines))]


def words(count: int, prefix: str = "w") -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [prefix + letters[i // 676 % 26] + letters[i // 26 % 26] + letters[i % 26] for i in range(count)]


def test_equal_runs_are_fully_similar_and_unrelated_ones_not_at_all() -> None:
    a, b = signature(run(*words(300))), signature([*ISSUE, Message("assistant", "\n".join(words(300, "v")))])
    assert similarity(a, a) == 1
    assert similarity(a, b) == 0


def test_the_shared_issue_does_not_make_two_runs_alike() -> None:
    """Instructions and issue are most of a short trace: with them every two runs of an instance look equal."""
    assert similarity(signature(run("left")), signature(run("right"))) <= 0.5


def test_numbers_and_blanks_do_not_tell_runs_apart() -> None:
    a, b = run("3 passed in 0.12s", "at 0x7f01"), run("3 passed in  4.56s", "at 0x7f99  ")
    assert similarity(signature(a), signature(b)) == 1


@pytest.mark.parametrize("shared_lines", [100, 400, 5_000])
def test_similarity_is_the_share_of_common_lines(shared_lines: int) -> None:
    """Exact up to the signature's size, and within a few percent beyond it."""
    common = words(shared_lines, "c")
    a, b = run(*common, *words(shared_lines // 10, "a")), run(*common, *words(shared_lines // 10, "b"))
    expected = (shared_lines + 1) / (1.2 * shared_lines + 1)
    tolerance = 1e-9 if shared_lines < 400 else 0.06
    assert similarity(signature(a), signature(b)) == pytest.approx(expected, abs=tolerance)


@given(st.lists(st.sampled_from(words(40))), st.lists(st.sampled_from(words(40))))
def test_similarity_is_symmetric_and_between_0_and_1(a: list[str], b: list[str]) -> None:
    left, right = signature(run(*a)), signature(run(*b))
    assert similarity(left, right) == similarity(right, left)
    assert 0 <= similarity(left, right) <= 1


def test_a_signature_is_the_same_in_every_process() -> None:
    """Python's own string hash is salted per process; a signature built on it would change between runs."""
    code = "from contextpairs.filters.coding.duplicates import signature;"
    code += "from contextpairs.data.code.trajectory import Message;"
    code += "print(signature([Message('assistant', 'one two three'), Message('user', 'four')]).tolist())"
    here = signature([Message("assistant", "one two three"), Message("user", "four")]).tolist()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        assert done.stdout.decode().strip() == str(here)


def test_the_first_of_identical_and_of_near_identical_runs_is_kept() -> None:
    base, other = words(200), words(200, "v")
    runs = [run(*base), run(*other), run(*base), run(*base, "one more"), run(*other[:100])]
    signatures = [signature(r) for r in runs]
    found = find_duplicates(["k1", "k2", "k1", "k3", "k4"], signatures)
    assert [(d.dropped, d.kept, d.reason) for d in found] == [(2, 0, "identical"), (3, 0, "near-identical")]
    assert found[0] == Duplicate(2, 0, 1.0, "identical")
    assert 0.95 <= found[1].similarity < 1


def test_empty_traces_are_alike_only_among_themselves() -> None:
    nothing = np.empty(0, np.uint32)
    assert similarity(nothing, nothing) == 1
    assert similarity(nothing, signature(run("x"))) == 0


def test_contexts_that_the_mask_made_equal_are_rejected() -> None:
    a, b = run("before", "[masked]", "after"), run("before  ", "[masked]", "after")
    assert contexts_equal_after_mask(a, b)
    assert context_reason(a, b) == "contexts-equal"


def test_contexts_are_rejected_when_nearly_all_lines_agree_and_kept_otherwise() -> None:
    base = words(400)
    assert context_reason(run(*base), run(*base, "one more")) == "contexts-near-duplicate"
    assert context_reason(run(*base), run(*base[:300], *words(100, "v"))) is None


def test_one_digit_is_enough_for_contexts_not_to_be_equal() -> None:
    assert not contexts_equal_after_mask(run("x[0]"), run("x[1]"))
