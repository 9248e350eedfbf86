"""Environment drift: files of a recorded patch that a harness changed before the run, not the run itself.

A harness that pins a dependency in `pyproject.toml` leaves a hunk in every run's patch. A file leaves a patch where no
edit of the run names it and no command or output shows its change; where an edit of the run cannot be read, which may
have been the one, only files that are known to set up an environment leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import islice

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.shell import Command, bash_blocks, parse_shell
from contextpairs.builders.coding.shown_diffs import reported_edits
from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

ENVIRONMENT_FILES = (
    "tox.ini", "setup.py", "setup.cfg", "pyproject.toml", "requirements*.txt", "requirements/*.txt", "constraints*.txt",
    "environment*.yml", "environment*.yaml", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "conftest.py",
    "noxfile.py", "pytest.ini", ".pre-commit-config.yaml", "package.json", "package-lock.json", "yarn.lock",
    "pnpm-lock.yaml", "pom.xml", "build.gradle", "build.gradle.kts", "go.mod", "go.sum", "Cargo.toml", "Cargo.lock",
    "Gemfile", "Gemfile.lock", "composer.json", "composer.lock", "Dockerfile", "Makefile",
)  # fmt: skip
"""Names, as shell patterns, of files that set an environment up; one with a folder holds from the root on."""
_READERS = frozenset(
    [
        "ls",
        "cat",
        "grep",
        "egrep",
        "fgrep",
        "rg",
        "find",
        "head",
        "tail",
        "wc",
        "nl",
        "less",
        "more",
        "tree",
        "pwd",
        "cd",
        "echo",
        "which",
        "file",
        "stat",
        "sort",
        "uniq",
        "cut",
        "true",
        "test",
        "[",
        "du",
        "diff",
        "awk",
    ]
)
_GIT_READERS = frozenset(
    ["status", "diff", "log", "show", "grep", "blame", "branch", "ls-files", "rev-parse", "describe"]
)
_SAMPLE = 40
_GUTTER = re.compile(r"^[ \t]*(?:\d+(?:[:\t→|-]|[ \t])|[+>](?![+>]))[ \t]?")


def without_drift(
    files: Sequence[FilePatch],
    messages: Sequence[Message],
    edits: Sequence[Edit],
    unread: Callable[[], bool],
    known: Collection[str] = ENVIRONMENT_FILES,
) -> list[FilePatch]:
    """The files of a recorded patch that its run changed.

    Args:
        files: the recorded patch.
        messages: the whole transcript.
        edits: what `find_edits` found in it.
        unread: tells whether an edit of the run has an effect that is not known.
        known: names of environment files, as shell patterns.
    """
    named = {edit.path for edit in edits if edit.path} | {
        edit.address for edit in edits if edit.kind in ("move", "copy")
    }
    named |= {edit.path for message in messages for edit in reported_edits(message.content)}
    doubtful = [file for file in files if _is_change(file) and not _is_named(file, named)]
    told = _Told(messages, edits) if doubtful else None
    unshown = [file for file in doubtful if told is not None and not told.shows(file)]
    if any(not is_known(file.path, known) for file in unshown) and unread():
        unshown = [file for file in unshown if is_known(file.path, known)]
    drifted = {id(file) for file in unshown}
    return [file for file in files if id(file) not in drifted]


def is_known(path: str, patterns: Collection[str]) -> bool:
    """Whether a path is an environment file's."""
    name = path.rsplit("/", 1)[-1]
    return any(fnmatchcase(path if "/" in pattern else name, pattern) for pattern in patterns)


def _is_change(file: FilePatch) -> bool:
    """Whether the text of a file that was there is changed: new and gone ones may be what its tests leave, and
    the pointer of a submodule is no text."""
    return bool(file.hunks) and not (file.is_new or file.is_deleted or file.is_binary or file.is_submodule)


def _is_named(file: FilePatch, named: Collection[str]) -> bool:
    paths = {file.path, file.old_path or file.path}
    return any(path == own or path.endswith("/" + own) or own.endswith("/" + path) for path in paths for own in named)


class _Told:
    """What a run says from its first turn on that may have changed a file, its submission aside."""

    def __init__(self, messages: Sequence[Message], edits: Sequence[Edit]) -> None:
        last = max((turn for turn, message in enumerate(messages) if message.role == "assistant"), default=-1)
        first = _first_change(messages, edits)
        contents = [message.content for message in messages[first : last + 1]]
        self.text = "\n".join(contents)
        self.lines = {_GUTTER.sub("", line).strip() for line in self.text.split("\n")}

    def shows(self, file: FilePatch) -> bool:
        """Whether one of the lines that a file's patch adds, or takes out where it adds none, is to be read there."""
        added = [text.strip() for tag, text in islice(file.changed(), _SAMPLE) if tag == "+" and text.strip()]
        gone = [text.strip() for tag, text in islice(file.changed(), _SAMPLE) if tag == "-" and text.strip()]
        if not added:
            return any("-" + line in self.text or "- " + line in self.text for line in gone)
        return any(line in self.lines or (len(line.split()) > 2 and line in self.text) for line in added)


def _first_change(messages: Sequence[Message], edits: Sequence[Edit]) -> int:
    """The first turn that may have changed a file: what was shown before was so before the run."""
    first_edit = min((edit.turn for edit in edits), default=len(messages))
    for turn, message in enumerate(messages[:first_edit]):
        if message.role == "assistant" and not _only_reads(message.content):
            return turn
    return first_edit


def _only_reads(text: str) -> bool:
    """Whether all commands of a turn are known to change nothing."""
    blocks = bash_blocks(text)
    return all(_reads(parse_shell(text, start, end)) for start, end, _ in blocks) if blocks else _is_view(text)


def _is_view(text: str) -> bool:
    return "command:\nview\n" in text or ">view</parameter>" in text or "<parameter=command>view" in text


def _reads(commands: Iterable[Command]) -> bool:
    return all(_reads_alone(command) for command in commands)


def _reads_alone(command: Command) -> bool:
    if command.writes_to() is not None or command.body is not None:
        return False
    if command.name == "git":
        return (command.arguments() or [""])[0] in _GIT_READERS
    if command.name == "sed":
        return not any(word.startswith("-") and "i" in word for word in command.arguments())
    if command.name == "find":
        return not {"-exec", "-delete", "-execdir"} & set(command.arguments())
    return command.name in _READERS
