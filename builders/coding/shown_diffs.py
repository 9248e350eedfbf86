"""Diffs that outputs show: those by which a tool reports what it changed, and those of `git diff`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.file_line import Line
from contextpairs.builders.coding.seen_file import MAX_LINES, FileText
from contextpairs.builders.coding.shell import parse_shell
from contextpairs.data.code.patch import HUNK_HEADER, FilePatch, parse_patch

REPORT = re.compile(r"(?:^|\n)diff:\n(--- .*?)(?=\n\n(?:[a-z_]+): |\Z)", re.S)
_UNDONE = re.compile(r"\s*updated: False")
_WHOLE_DIFF = frozenset({"HEAD", "--", "--no-color", "-p", "--patch", "."})


def reported_edits(observation: str) -> Iterator[Edit]:
    """What a tool says, by a diff, that it changed; a diff that it did not carry out is none."""
    if "diff:\n--- " not in observation:
        return
    for match in REPORT.finditer(observation):
        if _UNDONE.match(observation, match.end()) is None:
            diff = apart(match[1])
            for file in parse_patch(diff or match[1]):
                yield from _edits(file, told=diff is not None)


def _edits(file: FilePatch, told: bool) -> Iterator[Edit]:
    if not told:
        yield Edit(0, 0, 0, "script", file.path)
        return
    for hunk in reversed(file.hunks):
        if file.is_new:
            yield Edit(0, 0, 0, "write", file.path, new="\n".join(hunk.new()))
            continue
        old, new = hunk.old(), "".join(line + "\n" for line in hunk.new())
        address = f"{hunk.old_start},{hunk.old_start + len(old) - 1}" if old else str(hunk.old_start)
        yield Edit(0, 0, 0, "apply", file.path, "\n".join(old), new, address=address, action="c" if old else "a")


def apart(diff: str) -> str | None:
    """A diff whose lines of a file without a last line end are run together, with these lines apart.

    Returns:
        None where it cannot be told which part is whose.
    """
    out: list[str] = []
    left_old = left_new = 0
    for line in diff.split("\n"):
        if (match := HUNK_HEADER.match(line)) is not None:
            if left_new > max(left_old, 0):
                return None
            left_old, left_new = int(match[2] or 1), int(match[4] or 1)
        elif left_old > 0 or left_new > 0:
            if line.startswith("--- ") and left_old <= 0:
                return None
            pieces = _pieces(line, left_old, left_new)
            if pieces is None:
                return None
            for piece in pieces:
                left_old -= not piece.startswith("+")
                left_new -= not piece.startswith("-")
            out += pieces
            continue
        out.append(line)
    return None if left_new > max(left_old, 0) else "\n".join(out)


def _pieces(line: str, left_old: int, left_new: int) -> list[str] | None:
    """A hunk's line, or the two that it is: the file's last old line and the first that replaces it."""
    if not line.startswith("-") or left_old != 1 or left_new < 1:
        return [line]
    indent = line[1 : 1 + len(line[1:]) - len(line[1:].lstrip())]
    places = [match.start() for match in re.finditer(r"\+" + re.escape(indent) + r"(?=\S)", line) if match.start() > 1]
    if not indent or not places:
        return [line]
    halves = [place for place in places if line[1:place] == line[place + 1 :]]
    chosen = halves or places
    return [line[: chosen[0]], line[chosen[0] :]] if len(chosen) == 1 else None


def git_diff(text: str, block: tuple[int, int, int], shown: str) -> list[FilePatch]:
    """The files of a `git diff` against the last commit that a bash block prints last, as its output shows them."""
    if text.find("git diff", block[0], block[1]) < 0 or "\n+++ " not in shown:
        return []
    commands = parse_shell(text, block[0], block[1])
    last = commands[-1] if commands else None
    if last is None or last.name != "git" or last.redirects or last.arguments()[:1] != ["diff"]:
        return []
    if any(word.startswith("-") and word not in _WHOLE_DIFF for word in last.arguments()[1:]):
        return []
    start = shown.find("diff --git ")
    files = parse_patch(shown[start:]) if start >= 0 else []
    return files if _counts_hold(shown[start:], files) else []


def _counts_hold(diff: str, files: list[FilePatch]) -> bool:
    """Whether each hunk has as many lines as its header says."""
    headers = [match for line in diff.split("\n") if (match := HUNK_HEADER.match(line))]
    hunks = [hunk for file in files for hunk in file.hunks]
    return len(headers) == len(hunks) and all(
        len(hunk.old()) == int(match[2] or 1) and len(hunk.new()) == int(match[4] or 1)
        for hunk, match in zip(hunks, headers, strict=True)
    )


def as_shown(file: FilePatch) -> FileText | None:
    """A file's text before and now, as far as its diff shows it; None where it shows no change of an old file."""
    if file.is_new or file.is_deleted or not file.hunks:
        return None
    last = max(hunk.old_start + len(hunk.old()) for hunk in file.hunks)
    if last > MAX_LINES:
        return None
    before = [Line(number, None) for number in range(1, last)]
    now = list[Line]()
    at = 0
    for hunk in file.hunks:
        start = hunk.old_start - 1 if hunk.old() else hunk.old_start
        if start < at:
            return None
        now += before[at:start]
        at = start
        for tag, text in hunk.lines:
            if tag == "+":
                now.append(Line(0, text))
                continue
            before[at].text = text
            now += [before[at]] if tag == " " else []
            at += 1
    return FileText(before, now + before[at:])
