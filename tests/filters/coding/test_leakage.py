"""The last check finds a changed line by its letters, whatever stands between, and nothing that only resembles it."""

from __future__ import annotations

import json

import pytest

from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.leakage import leaks

LINE = '    total = wraps_around(value, "high", period=high - low)'


def files_of(line: str) -> list[FilePatch]:
    return parse_patch(f"--- a/a.py\n+++ b/a.py\n@@ -1,0 +1,1 @@\n+{line}\n")


def found(line: str, text: str) -> list[str]:
    return [leak.form for leak in leaks([Message("user", "issue"), Message("tool", text)], [files_of(line)])]


WRAPPED = 'total = wraps_around(\n    value,  # was low\n    "high",\n    period=high - low,\n)'


@pytest.mark.parametrize(
    "text",
    [
        LINE.replace(" ", ""),
        LINE.replace('"', "'"),
        json.dumps(json.dumps(f"x\n{LINE}")),
        WRAPPED,
        "\n".join(f"  {n} | {line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
        "\n".join(f"{n}. {line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
        "\n".join(f"a/b.py:{n}:{line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
        "\n".join(f"E   {line}" for line in WRAPPED.split("\n")),
        LINE.replace("value", "[-low-]{+value+}"),
        LINE.replace(", ", ",&nbsp;"),
    ],
)
def test_a_line_is_found_in_every_form(text: str) -> None:
    assert found(LINE, f"before\n{text}\nafter") == ["reformatted"]


def test_a_line_as_it_stands_is_called_plain() -> None:
    assert found(LINE, f"12\t{LINE}") == ["plain"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("    if value < low:", "    if value <= low:"),
        ("    if value > 10:", "    if value > 20:"),
        ("    self._draw_all()", "    self.draw_all()"),
        ("    return cls(arg)", "    return cls(-arg)"),
        ("    (count, size))", "count = 1\nsize = 2"),
        ("    # Remove duplicates", "Intersection should remove duplicates"),
        ("    self.func.args,", "def __init__(self, func, args):"),
    ],
)
def test_a_line_that_only_resembles_it_is_no_leak(line: str, text: str) -> None:
    assert found(line, text) == []


def test_a_sentence_is_found_in_any_case_of_letters() -> None:
    line = "    # Restore the old name of an index when x=1"
    assert found(line, "I restore the old name of an index when `x=1`.") == ["reformatted"]


def test_what_no_mask_covers_is_still_caught() -> None:
    """A literal split over two lines of a script: the mask does not read it, so the row must not be published."""
    assert found(LINE, "'total = wraps_around(value, '\n    f'\"high\", period=high - low)'") == ["reformatted"]
