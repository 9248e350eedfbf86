"""A mark cuts through nothing: names, comments, brackets and quotes around it read as they did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.coding.whole_code import settled

SETTLED = {
    "a quote that was opened before stays closed": ("it calls `f(max(a, 0)`) twice", "max(a, 0)`)", "max(a, 0)"),
    "a call around it stays whole": ('lines.append("new = 1")\n', 'new = 1")', "new = 1"),
    "an index goes with its name": ("x = stacked[:, 1]", "[:, 1]", "stacked[:, 1]"),
    "a method goes with what it is called on": ("rows = query.exclude(pk=1)", "exclude(pk=1)", "query.exclude(pk=1)"),
    "what is called on it goes as well": ("a = query.only(b).first(c)", "query.only(b)", "query.only(b).first(c)"),
    "an import's path is one name": ("from django.db.sql import q", "django.db", "django.db.sql"),
    "a word is not cut": ("properly raises when moved", "properly rais", "properly raises"),
    "a comment goes with its sign": ("    # sort by depth", "sort by depth", "# sort by depth"),
    "a bracket is closed": ("x = f(g(a, b), c)", "g(a, b", "g(a, b)"),
    "a full stop ends a sentence": ("It calls frobnicate. Then it", "frobnicate", "frobnicate"),
    "brackets without a partner go": ("    if low()):", "if low()):", "if low()):"),
}


@pytest.mark.parametrize(("text", "found", "whole"), SETTLED.values(), ids=SETTLED.keys())
def test_what_a_mark_stands_for(text: str, found: str, whole: str) -> None:
    start = text.index(found)
    first, end = settled(text, start, start + len(found))
    assert text[first:end] == whole


PIECES = st.sampled_from(["foo", ".", "(", ")", "[", "]", '"', "`", " ", ", ", "\n", "# ", "{", "}", "1", "é", "="])


@given(st.lists(PIECES, min_size=1, max_size=40), st.data())
def test_no_word_is_cut_and_no_word_is_let_go(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    start = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(start + 1, len(text)))
    first, end = settled(text, start, stop)
    assert not any(character.isalnum() for character in text[start:first] + text[end:stop])
    for edge in (first, end):
        assert not (0 < edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum())
