"""What differs in a word or two must be said by one of the agents; an agent that says nothing tells nothing."""

from __future__ import annotations

import re

import pytest

from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.decidable import own_length, own_text, undecidable, untold

MARKS = re.compile(r"\[masked: \w+\]")


def patch(*new: str) -> list[FilePatch]:
    """A patch that puts lines in place of one."""
    body = "".join(f"+{line}\n" for line in new)
    return parse_patch(f"--- a/a.py\n+++ b/a.py\n@@ -1 +1,{len(new)} @@\n-return left\n{body}")


@pytest.mark.parametrize(
    ("first", "second", "said", "reason"),
    [
        ("x = a > b", "x = a >= b", ("I use greater", "or equal"), "undecidable-operator"),
        ("x = a + b", "x = (a - b,)", ("plus", "minus"), "undecidable-operator"),
        ("return low", "return high", ("I return low here", "the other bound"), None),
        ("return low", "return high", ("one bound", "so high it is"), None),
        ("return low", "return high", ("low or high", "high or low"), "undecidable-words"),
        ("return low", "return high", ("nothing", "at all"), "undecidable-words"),
        ("return 10", "return 12", ("ten", "12 of them"), None),
        ('return "full shelf"', 'return "no room"', ("a shelf", "a house"), None),
        ("return f(a)", "return g(a, b, c)", ("", ""), None),
    ],
)
def test_a_difference_of_a_word_is_said_or_set_aside(
    first: str, second: str, said: tuple[str, str], reason: str | None
) -> None:
    assert undecidable([patch(first), patch(second)], said) == reason


@pytest.mark.parametrize(
    ("first", "second", "said", "expected"),
    [
        ("return self.heldPlaces", "return self.free_row", ("the held ones", "some"), False),
        ("return self.heldPlaces", "return self.free_row", ("the held ones", "all HELD"), True),
        ("return self.heldPlaces", "return self.free_row", ("I mend it", "It is mended"), True),
        ("return self.heldPlaces", "return self.free_row", ("a row", ""), False),
        ("limit = self.most + 40", "limit = self.most + 41", ("up to 40", "up to a limit"), False),
        ("limit = self.most + 40", "limit = self.most + 41", ("up to a limit", "within limits"), True),
        ("if shelf.add(held):", "return shelf.add(held)", ("if it is held", "it may return"), True),
        (
            "shelf.add(held)",
            "raise Full('none', one, two, three, four, five, six, seven, eight, nine, ten)",
            ("", ""),
            False,
        ),
    ],
)
def test_something_of_the_difference_is_said_by_one_agent_alone(
    first: str, second: str, said: tuple[str, str], expected: bool
) -> None:
    patches = [patch(first), patch(second)]
    assert untold(patches, said, "The shelf is full.") is expected
    assert untold(patches[::-1], said[::-1], "") is expected


def test_what_the_task_says_tells_nothing_of_a_run() -> None:
    patches = [patch("return self.heldPlaces"), patch("return self.free_row")]
    assert untold(patches, ("the held ones", "some"), "Return the places that are held.")


def test_an_order_alone_is_left_to_the_reader() -> None:
    assert undecidable([patch("a()", "b()"), patch("b()", "a()")], ("", "")) is None


def test_own_text_is_what_the_agent_says() -> None:
    context = [
        Message("user", "An issue that is long."),
        Message("assistant", "Look.\n```bash\nls [masked: edit]\n```"),
        Message("tool", "a.py"),
        Message("assistant", "```bash\necho COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && git add -A\n```"),
    ]
    assert own_text(context, MARKS).split() == ["Look.", "ls"]
    assert own_length(own_text(context, MARKS)) == len("Look. ls")
