"""Text that nobody is misled by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.view.visible_text import fewer_lines, short_lines, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\u202eb\u2066", "a⟨U+202E⟩b⟨U+2066⟩"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("a\r\n\tb\x00\x7f", "a␍\n\tb␀⟨U+007F⟩"),
        ("键 façade 👍", "键 façade 👍"),
    ],
)
def test_what_is_hidden_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_a_long_line_says_how_much_of_it_is_not_shown() -> None:
    assert short_lines("short\n" + "x" * 10, most=7) == "short\nxxxxxxx⟨3 more characters⟩"


def test_lines_are_left_out_in_the_middle() -> None:
    assert fewer_lines("a\nb\nc\nd\ne\nf", 4) == "a\nb\n⟨3 lines are left out of this page⟩\nf"
    assert fewer_lines("a\nb", 4) == "a\nb"
