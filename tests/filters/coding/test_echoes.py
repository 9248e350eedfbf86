"""Rankings and repeated turns go, counted; all else keeps its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.echoes import without_echoes


def test_rankings_and_echoes_go() -> None:
    turns = [
        Message("user", "An issue about ranked_spans: none."),
        Message("assistant", "SearchCode\nsearch_requests: [a lot of text]"),
        Message("tool", 'ranked_spans: [{"file_path": "a.py", "rank": [0]}]\nmessage: found'),
        Message("assistant", "I finish:  the fix\nreturns the other bound."),
        Message("user", "the fix returns\nthe other bound."),
    ]
    kept, counts = without_echoes(turns)
    assert counts == {"echo": 1, "ranking": 1}
    assert [turn.content for turn in kept] == [*(t.content for t in turns[:2]), "message: found", turns[3].content, ""]


@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant", "tool"]), st.text('ranked_spans: []{}"x,\n', max_size=60)))
)
def test_places_stay(turns: list[tuple[str, str]]) -> None:
    messages = [Message(*turn) for turn in turns]
    kept, _ = without_echoes(messages)
    assert [message.role for message in kept] == [message.role for message in messages]


def test_what_stands_under_a_key_and_was_just_said_is_an_echo() -> None:
    messages = [
        Message("assistant", 'action: {"instructions": "Call \\"low\\" where the value is too high.", "path": "a.py"}'),
        Message("tool", 'instructions: Call "low" where the value is too high.\nfile_path: a.py\nline 12 was shown'),
    ]
    found, counts = without_echoes(messages)
    assert found[1].content == "file_path: a.py\nline 12 was shown"
    assert counts == {"echo": 1}
