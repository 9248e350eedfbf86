"""Replacements in text that the transcript never showed: hunks without a place, one for each stretch of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from contextpairs.builders.coding.file_line import split_lines
from contextpairs.data.code.patch import Hunk


def loose_hunk(old: Sequence[str], new: Sequence[str]) -> Hunk:
    """A hunk of unknown place."""
    return Hunk(1, 1, "", _tagged(old, new))


def add_loose(hunks: list[Hunk], old: str, new: str) -> bool:
    """Takes in a replacement; one of the agent's own earlier text changes the hunk that brought this in.

    Args:
        hunks: those so far, which are changed.
        old: the text that is replaced.
        new: the text put in.

    Returns:
        False where it replaces part of an earlier hunk's text and more, in a way that cannot be told.
    """
    for hunk in hunks:
        after, wanted = "\n".join(hunk.new()), old.strip("\n")
        if wanted and wanted in after:
            changed = after.replace(wanted, new.strip("\n"), 1)
            hunk.lines = loose_hunk(hunk.old(), changed.split("\n")).lines
            return after.count(wanted) == 1
    before = old
    for hunk in [hunk for hunk in hunks if _holds_once(before, hunk)]:
        before = before.replace("\n".join(hunk.new()), "\n".join(hunk.old()))
        hunks.remove(hunk)
    told = not any(_overlaps(before, hunk) for hunk in hunks)
    hunks.append(loose_hunk(split_lines(before), split_lines(new)))
    return told


def text_before(hunks: Sequence[Hunk], lines: Mapping[int, str]) -> str | None:
    """What stood in a view before the replacements, where it shows each of them once; None elsewhere."""
    if not lines or max(lines) - min(lines) + 1 != len(lines):
        return None
    text = "\n".join(lines.values())
    for hunk in reversed(hunks):
        new = "\n".join(hunk.new())
        if not new or text.count(new) != 1:
            return None
        text = text.replace(new, "\n".join(hunk.old()))
    return text


def _holds_once(text: str, hunk: Hunk) -> bool:
    after = "\n".join(hunk.new())
    return bool(after.strip()) and text.count(after) == 1


def _overlaps(text: str, hunk: Hunk) -> bool:
    """Whether a text has a line that the hunk brought in, so that it is the agent's own in part."""
    old = {line.strip() for line in hunk.old()}
    brought = {line.strip() for line in hunk.new()} - old
    return any(len(line.split()) > 1 and line in brought for line in map(str.strip, text.split("\n")))


def _tagged(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for operation, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "equal":
            lines += [(" ", text) for text in old[a:b]]
        else:
            lines += [("-", text) for text in old[a:b]] + [("+", text) for text in new[c:d]]
    return lines
