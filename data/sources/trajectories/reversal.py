"""The reverse of a patch."""

from __future__ import annotations

from contextpairs.data.code.patch import FilePatch, Hunk, parse_patch, render_patch

_REVERSED = {"-": "+", "+": "-", " ": " "}


def reverse_patch(text: str) -> str:
    """The unified diff that undoes a unified diff; binary parts are left out."""
    return render_patch([_file(file) for file in parse_patch(text) if file.hunks])


def _file(file: FilePatch) -> FilePatch:
    old = file.old_path if file.old_path and file.old_path != "/dev/null" else file.path
    return FilePatch(
        path=old, old_path=file.path, hunks=[_hunk(hunk) for hunk in file.hunks],
        is_new=file.is_deleted, is_deleted=file.is_new,
    )  # fmt: skip


def _hunk(hunk: Hunk) -> Hunk:
    """Removed lines stand before added ones, as diffs are written."""
    lines: list[tuple[str, str]] = []
    added: list[tuple[str, str]] = []
    for tag, text in hunk.lines:
        if tag == "-":
            added.append(("+", text))
        elif tag == "+":
            lines.append(("-", text))
        else:
            lines += [*added, (tag, text)]
            added = []
    return Hunk(hunk.new_start, hunk.old_start, hunk.section, lines + added)
