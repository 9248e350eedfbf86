"""Terminal noise goes; what a reader saw stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.cleaning import clean_messages, clean_text

PIECES = [
    "a",
    "b\n",
    "é",
    " ",
    "\r",
    "\n",
    "\b",
    "\t",
    "\x1b",
    "\x00",
    "\x9b",
    "[0m",
    "[31m",
    "[K",
    "[2K",
    "^[[1m",
    "]8;;u",
]
PIECES += ["\x1b\\", "\x07", "\u200b", "\ud800", "\ufffd", "m", "[", ";", "0", "\\x1b[0m", "\u202e", "(B", '"']


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("\x1b[31mFAILED\x1b[0m", "FAILED"),
        ("\x1b[38;5;196;1mred\x1b[m", "red"),
        ("\x1b]8;;https://host/x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;window title\x07$ ls", "$ ls"),
        ("\x1b[?25l\x1b(Bprompt\x1b=\x1b[2J", "prompt"),
        ("\x00\x1b[1mbold\x00\x1b[0m", "bold"),
        ("\x00[32mok\x00[0m", "ok"),
        ("\ufffd[32mok\ufffd[0m", "ok"),
        ("^[[32mok^[[0m", "ok"),
        ("[31mFAILED[0m sklearn/compose", "FAILED sklearn/compose"),
        ("\x9b31mred\x9b0m", "red"),
    ],
)
def test_escapes_go_in_every_form_they_are_recorded_in(recorded: str, shown: str) -> None:
    assert clean_text(recorded) == shown


@pytest.mark.parametrize(
    "code",
    [
        'print("\\x1b[31mred\\x1b[0m")',
        'RED, END = "[31m", "[0m"',
        'f"{ESC}[31m{text}{ESC}[0m"',
        "r'^[[0-9;]*m'",
        "values[0m] + row[31]",
        "\tindented()\n    spaces()\n",
    ],
)
def test_code_that_speaks_of_escapes_is_not_touched(code: str) -> None:
    assert clean_text(code) == code


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("  0%|   \r 50%|█  \r100%|███\ndone", "100%|███\ndone"),
        ("Downloading 10 MB\r\x1b[KDone\n", "Done\n"),
        ("Downloading 10 MB\x1b[2K\rDone", "Done"),
        ("long line\rshort", "shortline"),
        ("... -\b \b\\\b \bdone", "... done"),
        ("N\bNA\bAM\bME\bE", "NAME"),
        ("a\r\nb\r\r\nc", "a\nb\nc"),
        ("line\r", "line"),
    ],
)
def test_overwritten_output_is_shown_as_the_terminal_left_it(recorded: str, shown: str) -> None:
    assert clean_text(recorded) == shown


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\U000e0041", "\x7f", "\x07"])
def test_invisible_and_control_characters_go(character: str) -> None:
    assert clean_text(f"use{character}r = 1\n") == "user = 1\n"


def test_a_lone_surrogate_becomes_the_replacement_character_and_can_be_written() -> None:
    assert clean_text("a\ud83dz").encode() == "a\ufffdz".encode()


def test_messages_count_what_was_met_and_clean_ones_are_the_same_objects() -> None:
    plain, coloured = Message("user", "as it was\n"), Message("tool", "\x1b[1mx\x1b[0m \u200by\r1")
    cleaned, counts = clean_messages([plain, coloured])
    assert cleaned[0] is plain
    assert cleaned[1] == Message("tool", "1 y")
    assert counts == {"escapes": 2, "invisible": 1, "overwrites": 1}


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_cleaning_twice_changes_nothing_and_leaves_only_printable_text(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not set(cleaned) & {chr(code) for code in [*range(9), *range(11, 32), *range(127, 160), 0x200B, 0xD800]}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("\n\tä漢🙂"), max_size=200))
def test_ordinary_text_is_left_alone(text: str) -> None:
    if "[0m" not in text and "^[[" not in text:
        assert clean_text(text) is text


def test_a_long_line_of_overwrites_takes_linear_time() -> None:
    """A terminal replay that copies the line at each step would need minutes here."""
    assert clean_text("x" * 200_000 + "ab\b" * 200_000).endswith("ab")
