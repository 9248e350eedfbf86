"""Unified diffs as agents leave them: parsed leniently, compared after normalisation, written back, undone.

The parser keeps what it understands of a damaged diff and never raises on text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

HUNK_HEADER = re.compile(r"@@+ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@+ ?(.*)")
TEST_PATH = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec|specs)(/|$)|(^|/)(test_[^/]*|[^/]*_tests?|conftest)\.\w+$|\.(test|spec)\.\w+$"
)


@dataclass(slots=True)
class Hunk:
    """One hunk. `lines` hold (tag, text): tag " ", "-" or "+", text without its line end."""

    old_start: int
    new_start: int
    section: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    def old(self) -> list[str]:
        """The lines before the change."""
        return [text for tag, text in self.lines if tag != "+"]

    def new(self) -> list[str]:
        """The lines after the change."""
        return [text for tag, text in self.lines if tag != "-"]


@dataclass(slots=True)
class FilePatch:
    """The changes of one file. `path` is its new name, or the old one where the file is deleted."""

    path: str
    hunks: list[Hunk] = field(default_factory=list)
    is_new: bool = False
    is_deleted: bool = False
    is_binary: bool = False
    old_path: str | None = None
    header: list[str] = field(default_factory=list)

    @property
    def is_test(self) -> bool:
        """Whether the path is a test's by the usual naming conventions."""
        return bool(TEST_PATH.search(self.path))

    def changed(self) -> Iterator[tuple[str, str]]:
        """Every ("+" or "-", text) of the file."""
        return (line for hunk in self.hunks for line in hunk.lines if line[0] != " ")


def parse_patch(text: str) -> list[FilePatch]:
    """Parse a unified diff (git or plain) into files; prose around it is passed over."""
    files: list[FilePatch] = []
    current: FilePatch | None = None
    hunk: Hunk | None = None
    left_old = left_new = 0
    header: list[str] = []
    for raw in text.split("\n"):
        line = raw[:-1] if raw.endswith("\r") else raw
        if hunk is not None and (left_old > 0 or left_new > 0) and (not line or line[0] in " +-"):
            tag = line[0] if line else " "
            hunk.lines.append((tag, line[1:]))
            left_old -= tag != "+"
            left_new -= tag != "-"
            continue
        if line.startswith("diff --git "):
            current, hunk, header = None, None, [line]
            match = re.match(r'diff --git "?a/(.*?)"? "?b/(.*?)"?$', line)
            if match:
                current = FilePatch(path=match.group(2), old_path=match.group(1), header=header)
                files.append(current)
        elif line.startswith("--- ") and not (hunk is not None and (left_old > 0 or left_new > 0)):
            old = _path(line[4:])
            if current is None or current.hunks:
                current = FilePatch(path=old, old_path=old)
                files.append(current)
            current.header.append(line)
            current.is_new = current.is_new or old == "/dev/null"
            hunk = None
        elif line.startswith("+++ ") and current is not None and not current.hunks:
            new = _path(line[4:])
            current.header.append(line)
            current.is_deleted = current.is_deleted or new == "/dev/null"
            current.path = new if new != "/dev/null" else (current.old_path or current.path)
        elif line.startswith("@@") and current is not None and (match := HUNK_HEADER.match(line)):
            hunk = Hunk(int(match[1]), int(match[3]), match[5])
            left_old = int(match[2]) if match[2] is not None else 1
            left_new = int(match[4]) if match[4] is not None else 1
            current.hunks.append(hunk)
        elif current is not None and not current.hunks:
            current.header.append(line)
            current.is_new = current.is_new or line.startswith("new file mode")
            current.is_deleted = current.is_deleted or line.startswith("deleted file mode")
            current.is_binary = current.is_binary or line.startswith(("Binary files ", "GIT binary patch"))
    return files


def _path(name: str) -> str:
    name = name.split("\t")[0].strip().strip('"')
    if name == "/dev/null":
        return name
    return name[2:] if name[:2] in ("a/", "b/") else name.lstrip("/")


def render_patch(files: list[FilePatch]) -> str:
    """Write files back as one unified diff with plain `a/`, `b/` headers and exact counts."""
    out: list[str] = []
    for file in files:
        old, new = file.old_path or file.path, file.path
        out.append(f"diff --git a/{old} b/{new}")
        out.append("--- /dev/null" if file.is_new else f"--- a/{old}")
        out.append("+++ /dev/null" if file.is_deleted else f"+++ b/{new}")
        for hunk in file.hunks:
            section = f" {hunk.section}" if hunk.section else ""
            out.append(f"@@ -{hunk.old_start},{len(hunk.old())} +{hunk.new_start},{len(hunk.new())} @@{section}")
            out.extend(tag + text for tag, text in hunk.lines)
    return "\n".join(out) + "\n" if out else ""


def reverse_patch(text: str) -> str:
    """The unified diff that undoes a unified diff; binary parts are left out."""
    return render_patch([_reversed_file(file) for file in parse_patch(text) if file.hunks])


def _reversed_file(file: FilePatch) -> FilePatch:
    old = file.old_path if file.old_path and file.old_path != "/dev/null" else file.path
    return FilePatch(
        path=old, old_path=file.path, hunks=[_reversed_hunk(hunk) for hunk in file.hunks],
        is_new=file.is_deleted, is_deleted=file.is_new,
    )  # fmt: skip


def _reversed_hunk(hunk: Hunk) -> Hunk:
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


def source_part(files: list[FilePatch]) -> list[FilePatch]:
    """The files whose change is a fix: they existed before and are neither tests nor binary."""
    return [f for f in files if f.hunks and not (f.is_new or f.is_test or f.is_binary)]
