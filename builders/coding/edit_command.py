"""The edit command: the one form into which every editor's syntax is read."""

from __future__ import annotations

from dataclasses import dataclass

from contextpairs.data.code.patch_paths import SANDBOX

KINDS = ("replace", "insert", "write", "append", "sed", "script", "apply", "move", "copy", "remove", "restore")


@dataclass(slots=True, frozen=True)
class Script:
    """A Python script that an agent ran: its edits are those that running it on the text of its files makes."""

    code: str
    folder: str = ""
    """The repository-relative folder that it ran in."""
    arguments: tuple[str, ...] = ()
    heard: bool = True
    """Whether what it prints is in the output of its turn."""


@dataclass(slots=True)
class Edit:
    """One edit command of the agent's.

    `start` and `end` are the characters of its payload in the content of message `turn`. `old` and `new` are the text
    it takes out and puts in, None where the command does not say (a script that cannot be read statically has
    neither). Kinds "move", "copy", "remove" and "restore" have an empty payload and no text.
    """

    turn: int
    start: int
    end: int
    kind: str
    path: str
    old: str | None = None
    new: str | None = None
    every: bool = False
    """Whether all occurrences of `old` are replaced, not the first alone."""
    pattern: bool = False
    """Whether `old` is a Python regular expression and `new` its template."""
    address: str = ""
    """The lines it is limited to: "12", "12,14", "12,$" or "/expression/"; for an insert the line it follows; for a
    move or copy the path of its source."""
    action: str = ""
    """For lines by address: "s" substitute, "d" delete, "i" insert before, "a" append after, "c" change; for a restore
    "stash" or "pop"."""
    followed: bool = False
    """Whether other commands follow in the same turn, so that its exit status is not this command's."""
    call: int = 0
    """Which tool call of the turn it belongs to, from 0."""
    script: Script | None = None
    """The script that makes it, the same object for all of its edits. Their path is "" where its text does not tell
    which file it writes."""

    @property
    def readable(self) -> bool:
        """Whether its effect on a file's text is known."""
        return self.new is not None or self.action == "d" or self.kind in ("move", "copy", "remove", "restore")


def plain_path(path: str, root: str = "", folder: str = "") -> str:
    """A path relative to the repository: the sandbox's root and `./` taken off. One beside the root stays as it is.

    Args:
        path: as the command has it.
        root: the repository's absolute folder, where the transcript tells it.
        folder: the repository-relative folder that relative paths start from.
    """
    path = path.strip()
    if path.startswith("/"):
        if root and path.startswith(root + "/"):
            return path[len(root) + 1 :]
        if root.count("/") > 1 and path.startswith(root.rpartition("/")[0] + "/"):
            return path
        return SANDBOX.sub("", path)
    while path.startswith("./"):
        path = path[2:]
    return f"{folder}/{path}" if folder and path else path
