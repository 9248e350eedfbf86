"""Unified diffs as agents leave them: parsed leniently, compared after normalisation, written back, undone.

The parser keeps what it understands of a damaged diff and never raises on text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from contextpairs.data.code.patch_paths import git_names, header_name, is_test_path, quoted, repository_paths, unquoted

HUNK_HEADER = re.compile(r"@@+ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@+ ?(.*)")
_SUBMODULE = re.compile(r"(?:index [0-9a-f]+\.\.[0-9a-f]+|(?:new|deleted) file mode|new mode) 160000$")
_MOVED = re.compile(r"(?:rename|copy) (from|to) (.+)")
_POINTER = re.compile(r"Subproject commit [0-9a-f]{7,64}(?:-dirty)?")


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
    is_submodule: bool = False
    """Whether it is no file but the commit that a submodule points to."""
    is_renamed: bool = False
    """Whether the diff says that the file was moved here, or copied, from `old_path`."""
    old_path: str | None = None
    header: list[str] = field(default_factory=list)

    @property
    def is_test(self) -> bool:
        """Whether the path is a test's by the usual naming conventions."""
        return is_test_path(self.path)

    @property
    def place(self) -> str:
        """The path by which runs are compared: the one that the file had before it was renamed."""
        return self.old_path if self.is_renamed and self.old_path else self.path

    @property
    def names(self) -> set[str]:
        """Every path that the file has in the diff."""
        return {self.path, self.old_path or self.path} - {"/dev/null"}

    def changed(self) -> Iterator[tuple[str, str]]:
        """Every ("+" or "-", text) of the file."""
        return (line for hunk in self.hunks for line in hunk.lines if line[0] != " ")


def parse_patch(text: str) -> list[FilePatch]:
    """Parse a unified diff (git or plain) into files; prose around it is passed over."""
    reading = _Reading()
    for raw in text.split("\n"):
        reading.take(raw[:-1] if raw.endswith("\r") else raw)
    return [_told(file) for file in reading.files]


class _Reading:
    """The files of a diff as its lines come."""

    def __init__(self) -> None:
        self.files: list[FilePatch] = []
        self._file: FilePatch | None = None
        self._hunk: Hunk | None = None
        self._left = [0, 0]

    def take(self, line: str) -> None:
        """One line, without its end."""
        if self._hunk is not None and max(self._left) > 0 and (not line or line[0] in " +-"):
            self._changed(line)
        elif line.startswith("diff --git "):
            self._git(line)
        elif line.startswith("--- ") and not (self._hunk is not None and max(self._left) > 0):
            self._old_name(line)
        elif self._file is not None and line.startswith("@@") and (match := HUNK_HEADER.match(line)):
            self._hunk = Hunk(int(match[1]), int(match[3]), match[5])
            self._left = [int(match[side]) if match[side] is not None else 1 for side in (2, 4)]
            self._file.hunks.append(self._hunk)
        elif self._file is not None and not self._file.hunks:
            self._header(self._file, line)

    def _changed(self, line: str) -> None:
        assert self._hunk is not None
        tag = line[0] if line else " "
        self._hunk.lines.append((tag, line[1:]))
        self._left[0] -= tag != "+"
        self._left[1] -= tag != "-"

    def _git(self, line: str) -> None:
        self._file, self._hunk = None, None
        if names := git_names(line):
            self._start(FilePatch(path=names[1], old_path=names[0], header=[line]))

    def _start(self, file: FilePatch) -> None:
        self._file = file
        self.files.append(file)

    def _old_name(self, line: str) -> None:
        name = header_name(line[4:])
        if self._file is None or self._file.hunks:
            self._start(FilePatch(path=name, old_path=name))
        assert self._file is not None
        self._file.header.append(line)
        self._file.is_new = self._file.is_new or name == "/dev/null" or _is_absent(line)
        self._hunk = None

    def _header(self, file: FilePatch, line: str) -> None:
        file.header.append(line)
        if line.startswith("+++ "):
            new = header_name(line[4:])
            file.is_deleted = file.is_deleted or new == "/dev/null" or _is_absent(line)
            file.path = new if new != "/dev/null" else (file.old_path or file.path)
        file.is_new = file.is_new or line.startswith("new file mode")
        file.is_deleted = file.is_deleted or line.startswith("deleted file mode")
        file.is_binary = file.is_binary or line.startswith(("Binary files ", "GIT binary patch"))


def _is_absent(line: str) -> bool:
    """Whether a side has no file: `diff -N` gives what is not there the first moment of the calendar."""
    return "\t1970-01-01 " in line or "\t1969-12-31 " in line


def _told(file: FilePatch) -> FilePatch:
    """The file with what its whole header says: its names relative to the repository, and whether it is a pointer."""
    moved = {match[1]: match[2] for line in file.header if (match := _MOVED.match(line))}
    old, new = file.old_path or file.path, file.path
    if len(moved) == 2:
        file.is_renamed = any(line.startswith("rename ") for line in file.header)
        old, new = unquoted(moved["from"].strip()), unquoted(moved["to"].strip())
    file.old_path, file.path = repository_paths(old, new, len(moved) == 2)
    changed = [text for _, text in file.changed()]
    pointer = bool(changed) and all(_POINTER.fullmatch(text) for text in changed)
    file.is_submodule = pointer or any(_SUBMODULE.match(line) for line in file.header)
    return file


def render_patch(files: list[FilePatch]) -> str:
    """Write files back as one unified diff with plain `a/`, `b/` headers and exact counts."""
    out: list[str] = []
    for file in files:
        out += _names(file)
        for hunk in file.hunks:
            section = f" {hunk.section}" if hunk.section else ""
            out.append(f"@@ -{hunk.old_start},{len(hunk.old())} +{hunk.new_start},{len(hunk.new())} @@{section}")
            out.extend(tag + text for tag, text in hunk.lines)
    return "\n".join(out) + "\n" if out else ""


def _names(file: FilePatch) -> list[str]:
    old, new = file.old_path or file.path, file.path
    old = new if old == "/dev/null" else old
    before, after = quoted(f"a/{old}"), quoted(f"b/{new}")
    moved = [f"rename from {quoted(old)}", f"rename to {quoted(new)}"] if file.is_renamed else []
    return [
        f"diff --git {before} {after}",
        *moved,
        "--- /dev/null" if file.is_new else f"--- {before}",
        "+++ /dev/null" if file.is_deleted else f"+++ {after}",
    ]


def reverse_patch(text: str) -> str:
    """The unified diff that undoes a unified diff; binary parts are left out."""
    return render_patch([_reversed_file(file) for file in parse_patch(text) if file.hunks])


def _reversed_file(file: FilePatch) -> FilePatch:
    old = file.old_path if file.old_path and file.old_path != "/dev/null" else file.path
    return FilePatch(
        path=old, old_path=file.path, hunks=[_reversed_hunk(hunk) for hunk in file.hunks],
        is_new=file.is_deleted, is_deleted=file.is_new, is_renamed=file.is_renamed,
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
    """The files whose change is a fix: they existed before and are neither tests nor binary nor another repository."""
    return [f for f in files if f.hunks and not (f.is_new or f.is_test or f.is_binary or f.is_submodule)]
