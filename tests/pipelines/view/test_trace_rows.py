"""Two traces side by side: what is beside what, and what is folded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.view.trace_rows import Turn, trace_rows

SYSTEM, ISSUE = ("system", "You fix code."), ("user", "Totals are wrong.")
TURNS = st.lists(
    st.tuples(st.sampled_from(["user", "assistant", "tool"]), st.sampled_from(["a", "b\nc", "d"])), max_size=9
)


def numbered(count: int, mark_at: int | None = None) -> str:
    """A tool's result of so many lines, one of them perhaps a mark."""
    return "\n".join("[masked: patch code]" if n == mark_at else f"line {n}" for n in range(count))


def lines_of(turns: list[Turn], at: tuple[int, int]) -> list[int]:
    """Numbers of the lines of the one turn of a row, none where it has none."""
    return [n for _, text in turns[slice(*at)] for n in range(len(text.split("\n")))]


@given(TURNS, TURNS)
def test_every_turn_and_every_line_stands_once(left: list[Turn], right: list[Turn]) -> None:
    rows = trace_rows(left, right)
    assert [turn for row in rows for turn in range(*row.left)] == list(range(len(left)))
    assert [turn for row in rows for turn in range(*row.right)] == list(range(len(right)))
    for row in (row for row in rows if row.pieces):
        assert [n for piece in row.pieces for n in range(*piece.left)] == lines_of(left, row.left)
        assert [n for piece in row.pieces for n in range(*piece.right)] == lines_of(right, row.right)
    assert sum(row.first for row in rows) <= 1


def test_an_issue_that_both_share_is_open_and_stands_alone() -> None:
    left = [SYSTEM, ISSUE, ("assistant", "look"), ("user", "seen")]
    rows = trace_rows(left, [*left[:2], ("assistant", "search"), ("user", "found")])
    assert [(row.kind, row.open) for row in rows] == [
        ("equal", False), ("issue", True), ("said", True), ("result", False)
    ]  # fmt: skip
    assert [row.first for row in rows] == [False, False, True, False]


def test_an_equal_step_that_holds_a_mark_is_visible_around_it() -> None:
    left = [ISSUE, ("assistant", "one"), ("tool", numbered(40, mark_at=20)), ("assistant", "same")]
    rows = trace_rows(left, [ISSUE, ("assistant", "two"), *left[2:]])
    assert [(row.kind, row.open) for row in rows[2:]] == [("shared", True), ("equal", False)]
    assert [piece.left for piece in rows[2].pieces if not piece.folded] == [(0, 3), (17, 24), (37, 40)]


def test_issues_that_differ_stand_beside_each_other() -> None:
    rows = trace_rows([SYSTEM, ISSUE], [SYSTEM, ("user", "Names are wrong.")])
    assert [row.kind for row in rows] == ["equal", "issue"]
    assert not rows[1].pieces[0].equal


def test_a_long_issue_is_folded_after_its_beginning() -> None:
    issue = ("user", numbered(90))
    (row,) = trace_rows([issue], [issue])
    assert [(piece.folded, piece.left) for piece in row.pieces] == [(False, (0, 40)), (True, (40, 90))]


def test_equal_lines_are_folded_but_not_beside_a_mark() -> None:
    left = [ISSUE, ("assistant", "one"), ("tool", numbered(40, mark_at=20) + "\nleft")]
    right = [ISSUE, ("assistant", "two"), ("tool", numbered(40, mark_at=20) + "\nright")]
    row = trace_rows(left, right)[-1]
    assert row.open
    assert [(piece.equal, piece.folded, piece.left) for piece in row.pieces] == [
        (True, False, (0, 3)),
        (True, True, (3, 17)),
        (True, False, (17, 24)),
        (True, True, (24, 37)),
        (True, False, (37, 40)),
        (False, False, (40, 41)),
    ]


def test_a_result_without_a_mark_is_closed_and_what_differs_at_length_is_folded_in_it() -> None:
    left = [ISSUE, ("assistant", "one"), ("tool", numbered(60))]
    right = [ISSUE, ("assistant", "two"), ("tool", "nothing")]
    row = trace_rows(left, right)[-1]
    assert (row.kind, row.open) == ("result", False)
    assert [piece.folded for piece in row.pieces] == [True]


def test_of_long_results_that_differ_what_is_near_marks_is_visible() -> None:
    left = [ISSUE, ("assistant", "one"), ("tool", numbered(60, mark_at=30).replace("line", "left"))]
    right = [ISSUE, ("assistant", "two"), ("tool", "nothing")]
    row = trace_rows(left, right)[-1]
    assert [(piece.folded, piece.left, piece.right) for piece in row.pieces] == [
        (False, (0, 3), (0, 1)),
        (True, (3, 27), (1, 1)),
        (False, (27, 34), (1, 1)),
        (True, (34, 57), (1, 1)),
        (False, (57, 60), (1, 1)),
    ]


def test_a_step_that_one_side_has_alone_stands_alone() -> None:
    left = [ISSUE, ("assistant", "one"), ("user", "r"), ("assistant", "more"), ("user", "s")]
    rows = trace_rows(left, [ISSUE, ("assistant", "two"), ("user", "q")])
    assert [(row.left, row.right) for row in rows[-2:]] == [((3, 4), (3, 3)), ((4, 5), (3, 3))]
