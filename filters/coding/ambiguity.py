"""Reject couples whose label cannot be decided: both contexts would support either answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contextpairs.data.code.code_text import squeeze, without_comment
from contextpairs.data.code.patch import FilePatch


def change_set(files: Sequence[FilePatch]) -> Counter[tuple[str, str, str]]:
    """What a patch changes, insensitive to white space, quotes, brackets and comments: (path, tag, line) counts."""
    changes: Counter[tuple[str, str, str]] = Counter()
    for file in files:
        for tag, text in file.changed():
            squeezed = squeeze(without_comment(text)) if not text.lstrip().startswith(("#", "//")) else ""
            if squeezed:
                changes[file.path, tag, squeezed] += 1
    return changes


def ambiguity(first: Sequence[FilePatch], second: Sequence[FilePatch]) -> str | None:
    """The reason why two patches make an undecidable pair, or None.

    Returns:
        "no-change" where a patch changes nothing but form, "equal-patches" where both change the same,
        "contained-patch" where one does all that the other does and more: its trace fits both answers.
    """
    one, two = change_set(first), change_set(second)
    if not one or not two:
        return "no-change"
    if one == two:
        return "equal-patches"
    if one <= two or two <= one:
        return "contained-patch"
    return None
