"""Which run of failures is the editor's fault, told by hand from what became of each candidate's tries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.images.editing.edit_outcomes import EditorFailed, Failure
from contextpairs.filters.images.verify_edit import EditVerdict
from contextpairs.pipelines.images.edit_tries import EditTries

BROKEN, REFUSED, PICTURED = (
    ("failed", "not-finite"),
    ("editor-refused", "safety-checker", "other-size"),
    ("kept", "blank"),
)
KINDS = st.sampled_from([*BROKEN, *REFUSED, *PICTURED])


def outcome(kind: str) -> EditVerdict | Failure | list[dict[str, str]]:
    if kind == "kept":
        return [{"row": kind}]
    return Failure("RuntimeError: shapes") if kind == "failed" else EditVerdict(kind, "seen", {})


def tried(rounds: list[list[str]], most_failed: int) -> EditTries:
    """All rounds of tries; each lists what a try of each candidate gives, if there is one."""
    tries = EditTries(range(len(rounds[0])), most_failed)
    for kinds in rounds:
        for at in tries.open():
            tries.take(at, outcome(kinds[at]), f"picture {at}")
    tries.close()
    return tries


def longest_run(kinds: list[str]) -> int:
    found = run = 0
    for kind in kinds:
        run = run + 1 if kind in BROKEN else 0 if kind in PICTURED else run
        found = max(found, run)
    return found


@given(rounds=st.integers(1, 12).flatmap(lambda n: st.lists(st.lists(KINDS, min_size=n, max_size=n), min_size=1,
                                                            max_size=3)), most=st.integers(1, 12))  # fmt: skip
def test_a_run_of_first_tries_or_no_picture_at_all_ends_the_partition(rounds: list[list[str]], most: int) -> None:
    open_in = [[kinds[at] for kinds in rounds] for at in range(len(rounds[0]))]
    seen = [tries[: next((n + 1 for n, kind in enumerate(tries) if kind in ("kept", "editor-refused")), len(tries))]
            for tries in open_in]  # fmt: skip
    without = len(seen) >= most and not any(kind in PICTURED for tries in seen for kind in tries)
    if longest_run(rounds[0]) >= most or without:
        with pytest.raises(EditorFailed, match=r"picture \d+"):
            tried(rounds, most)
        return
    said = tried(rounds, most)
    rejected = {at: reason for at, (reason, _) in said.without_edit()}
    assert len(said.rows()) == sum("kept" in tries for tries in seen)
    assert said.made == sum(map(len, seen))
    for at, tries in enumerate(seen):
        expected = None if "kept" in tries else "failed" if "failed" in tries else tries[-1]
        assert rejected.get(at) == expected


def test_three_tries_of_one_edit_count_once() -> None:
    said = tried([["failed", "kept"], ["failed", "kept"], ["failed", "kept"]], 2)
    assert [at for at, _ in said.without_edit()] == [0]


def test_a_partition_of_few_that_all_fail_is_owed_where_the_build_has_more() -> None:
    """The last partition of a build may hold a single candidate."""
    said = tried([["failed"]], 20)
    assert dict(said.without_edit()) == {
        0: ("failed", "picture 0: RuntimeError: shapes; left out, the next run tries it again")
    }


def test_the_first_of_the_run_is_named() -> None:
    with pytest.raises(EditorFailed, match=r"for 3 edits in a row.*the first: failed: picture 1: RuntimeError: shapes"):
        tried([["blank", "failed", "editor-refused", "not-finite", "failed", "kept"]], 3)
