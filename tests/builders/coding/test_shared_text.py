"""The text that several runs show is what all of them agree on, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.shared_text import passages_of, shared_text
from contextpairs.data.code.patch import Hunk, parse_patch
from contextpairs.data.code.trajectory import Message

FILE = [
    "class Drawer:", "    def count(self):", "        total = 0", "        for item in self.items:",
    "            total += item.number", "        return total", "", "    def weight(self):",
    "        return 3 * self.count()",
]  # fmt: skip
line = st.sampled_from(["a", "b", None])


@given(st.lists(st.lists(line, max_size=5), max_size=4))
def test_a_line_is_known_if_all_who_show_it_agree(views: list[list[str | None]]) -> None:
    for number, text in enumerate(shared_text(views)):
        shown = {view[number] for view in views if number < len(view)} - {None}
        assert text == (shown.pop() if len(shown) == 1 else None)


def test_a_passage_is_placed_by_lines_that_are_known() -> None:
    known = [None, None, *FILE[2:6]]
    assert shared_text([known], passages=[FILE[1:]]) == [None, *FILE[1:]]


def test_a_passage_is_placed_by_another_that_was_placed() -> None:
    known = [*FILE[:3]]
    text = shared_text([known], passages=[FILE[3:], FILE[:6]])
    assert text == FILE


@pytest.mark.parametrize(
    "passage",
    [
        FILE[2:4],
        [*FILE[1:4], "            total -= item.number", *FILE[5:]],
        [*FILE[2:5], "a line between", *FILE[5:]],
        ["        total = 0"] * 5,
    ],
    ids=["short", "differs", "longer", "repeats"],
)
def test_a_passage_that_may_be_another_is_not_placed(passage: list[str]) -> None:
    assert shared_text([FILE], passages=[passage]) == FILE


def hunks(*heads: str, body: str = " b\n-c\n d\n") -> list[Hunk]:
    """Hunks of one body under several headers."""
    (file,) = parse_patch("--- a/x.py\n+++ b/x.py\n" + "".join(f"@@ {head} @@\n{body}" for head in heads))
    return file.hunks


def test_a_recorded_patch_shows_its_old_side() -> None:
    assert shared_text([], hunks("-2,3 +2,2")) == [None, "b", "c", "d"]
    assert shared_text([], hunks("-9,0 +9,1", body="+new\n")) == []


def test_a_patch_whose_numbers_views_contradict_shows_nothing() -> None:
    assert shared_text([["a", "b", "c"]], hunks("-3,3 +2,2")) == ["a", "b", "c"]
    assert shared_text([["a", "b", None]], hunks("-2,3 +2,2")) == ["a", "b", "c", "d"]


def test_a_line_on_which_views_disagree_stays_unknown_whoever_else_shows_it() -> None:
    patched = hunks("-1,3 +1,2")
    assert shared_text([["b", "c", "d"], ["b", "x", "d"], ["b", "c", "d"]], patched) == ["b", None, "d"]
    views = [FILE, [*FILE[:6], "x", *FILE[7:]]]
    assert shared_text(views, passages=[FILE]) == [*FILE[:6], None, *FILE[7:]]


def test_a_number_past_every_file_takes_no_memory() -> None:
    assert shared_text([], hunks("-1000000000,3 +2,2")) == []


def ask(text: str, answer: str) -> list[Message]:
    return [Message("assistant", text), Message("tool", answer)]


SHOWN = "response:\n" + "\n".join(FILE)


def test_what_a_tool_shows_of_a_file_without_numbers_is_a_passage() -> None:
    messages = ask("request\nfile_path: a/drawer.py", SHOWN)
    assert passages_of(messages, [], ["a/drawer.py", "b.py"]) == {"a/drawer.py": [FILE]}


@pytest.mark.parametrize(
    "text",
    ["request\nfile_path: a/other.py", "request a/drawer.py and a/cup.py", "```bash\ntail a/drawer.py a/cup.py\n```"],
    ids=["other", "two", "shell"],
)
def test_what_may_be_of_another_file_is_none(text: str) -> None:
    assert passages_of(ask(text, SHOWN), [], ["a/drawer.py", "a/cup.py"]) == {}


def test_a_passage_ends_where_lines_are_left_out() -> None:
    answer = "\n".join([*FILE[:4], "        # ... other code", *FILE[5:]])
    found = passages_of(ask("see a/drawer.py", answer), [], ["a/drawer.py"])
    assert found == {"a/drawer.py": [FILE[:4], FILE[5:]]}


def test_what_is_shown_after_the_first_edit_is_none_but_what_the_edit_replaces_is() -> None:
    edit = "a/drawer.py\n```python\n<<<<<<< SEARCH\n{}\n=======\n    pass\n>>>>>>> REPLACE\n```".format(
        "\n".join(FILE[1:6])
    )
    messages = [*ask(edit, "Applied edit to a/drawer.py"), *ask("see a/drawer.py", "response:\nx = 1\ny = 2\nz = 3")]
    found = passages_of(messages, find_edits(messages), ["a/drawer.py"])
    assert found == {"a/drawer.py": [FILE[1:6]]}


@pytest.mark.parametrize("filling", ["    ", "same", ". ", "⋮", "# ", "<a"])
def test_time_grows_with_the_length(filling: str) -> None:
    def seconds(count: int) -> float:
        lines = [f"{filling}{number % 1000}" for number in range(count)] + [filling * count]
        messages = ask("see a/drawer.py", "\n".join(lines))
        start = time.process_time()
        passages = passages_of(messages, [], ["a/drawer.py"]).get("a/drawer.py", [])
        shared_text([lines, [None, *lines]], passages=[*passages, lines])
        return time.process_time() - start

    seconds(100)
    assert seconds(32_000) < 40 * max(seconds(4_000), 0.01)


def test_an_edit_that_begins_or_ends_within_a_line_does_not_show_that_line() -> None:
    edit = "<function=str_replace_editor>\n<parameter=command>str_replace</parameter>\n<parameter=path>/testbed/a.py"
    edit += "</parameter>\n<parameter=old_str>{}</parameter>\n<parameter=new_str>x</parameter>\n</function>"
    old = "\n".join(["count(self):", *FILE[2:6], "    def wei"])
    messages = ask(edit.format(old), "The file /testbed/a.py has been edited.")
    assert passages_of(messages, find_edits(messages), ["a.py"]) == {"a.py": [FILE[2:6]]}
