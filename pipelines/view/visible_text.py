"""Text of strangers, made fit to be looked at: what is invisible or turns the line around is written out."""

from __future__ import annotations

import re

LINE_CHARACTERS = 2_000
"""Characters of a line that are shown."""
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, directions, what takes no room, halves of surrogate pairs; tabs and line ends stay."""
PICTURES = 0x2400
"""Where Unicode's pictures of control characters begin."""


def visible(text: str) -> str:
    """Text with every character to be seen: escapes as ␛, directions and the like as ⟨U+202E⟩."""
    return HIDDEN.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(PICTURES + code) if code < 0x20 else f"⟨U+{code:04X}⟩"


def short_lines(text: str, most: int = LINE_CHARACTERS) -> str:
    """Text whose lines are cut after so many characters; what was cut is counted in its place."""
    if len(text) <= most:
        return text
    return "\n".join(_cut(line, most) for line in text.split("\n"))


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else f"{line[:most]}⟨{len(line) - most:,} more characters⟩"


def fewer_lines(text: str, most: int) -> str:
    """Text of at most so many lines, the first and the last ones; what was left out is counted in its place."""
    lines = text.split("\n")
    if len(lines) <= most:
        return text
    head = most // 2
    tail = most - head - 1
    left_out = f"⟨{len(lines) - head - tail:,} lines are left out of this page⟩"
    return "\n".join([*lines[:head], left_out, *lines[len(lines) - tail :]])
