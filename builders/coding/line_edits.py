"""What one edit makes of lines and text that are known."""

from __future__ import annotations

from collections.abc import Sequence

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.file_line import Line, spliced, split_lines
from contextpairs.builders.coding.linear_regex import linear_regex


def edited(edit: Edit, lines: Sequence[Line]) -> list[Line]:
    """What an edit by address makes of the lines of one range. Raises UnlikeTool."""
    if edit.action == "s":
        return [changed for line in lines for changed in _substituted(edit, line)]
    new = split_lines(edit.new or "") if edit.new else ([""] if edit.action in "ia" else [])
    if edit.action in "ia":
        put = [Line(0, text) for text in new]
        return [*put, *lines] if edit.action == "i" else [*lines, *put]
    return spliced(lines, 0, len(lines), new if edit.action == "c" else [])


def _substituted(edit: Edit, line: Line) -> list[Line]:
    if line.text is None:
        return [line]
    pattern = linear_regex(edit.old or "", "sed")
    changed, _ = pattern.replaced(line.text, edit.new or "", count=0 if edit.every else 1)
    return [line] if changed == line.text else spliced([line], 0, 1, changed.split("\n"))


def occurrences(text: str, edit: Edit) -> list[tuple[int, int, str | None]]:
    """Where an edit applies in `text`: (start, end, text to put there; None for the edit's own)."""
    if edit.pattern:
        matches = linear_regex(edit.old or "").found(text, count=0 if edit.every else 1)
        return [(match.start, match.stop, match.expanded(edit.new or "")) for match in matches]
    found: list[tuple[int, int, str | None]] = []
    old = edit.old or ""
    at = text.find(old) if old else -1
    while at >= 0:
        found.append((at, at + len(old), None))
        at = text.find(old, at + len(old)) if edit.every else -1
    return found
