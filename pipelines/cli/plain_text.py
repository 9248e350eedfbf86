"""Text of rows, made fit for a terminal."""

from __future__ import annotations

CUT = 300
"""Characters of a text that are shown."""


def plain(text: str, most: int = CUT) -> str:
    """A text on one line: spaces for what is not printed (escapes, control, bidirectional and invisible characters).

    Args:
        text: of a stranger.
        most: characters after which it is cut.
    """
    line = " ".join("".join(each if each.isprintable() else " " for each in text[: 2 * most]).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
