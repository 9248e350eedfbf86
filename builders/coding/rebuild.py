"""Rebuilds a patch from the agent's own edits, on the text of files as the transcript shows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.follow import follow
from contextpairs.builders.coding.net_diff import net_change
from contextpairs.builders.coding.seen_file import FileText
from contextpairs.data.code.patch import FilePatch, render_patch
from contextpairs.data.code.trajectory import Message

SURROGATE = re.compile("[\ud800-\udfff]")
"""What an escape in a script may spell and no program writes into a file: the run did something else."""


@dataclass(slots=True)
class RebuiltPatch:
    """The net effect of an agent's edits."""

    files: list[FilePatch] = field(default_factory=list)
    texts: dict[str, list[str | None]] = field(default_factory=dict)
    """For each file, its lines before the edits; None for a line that the transcript does not show."""
    lost: list[str] = field(default_factory=list)
    """Files that were changed in a way that the transcript does not tell; they may be missing or wrong in `files`."""
    failed: int = 0
    """Edit commands that did not take effect."""

    def lost_sources(self) -> list[str]:
        """The lost files that are no tests and were there before: without them the patch is not whole."""
        return [path for path in self.lost if not FilePatch(path).is_test]


def rebuild_patch(messages: Sequence[Message], edits: Sequence[Edit]) -> RebuiltPatch | None:
    """The unified diff that the agent's edits amount to, or None where they leave nothing.

    Args:
        messages: the whole transcript.
        edits: what `find_edits` found in it.
    """
    if not edits and not any("diff:\n--- " in message.content for message in messages):
        return None
    workspace = follow(messages, edits)
    rebuilt = RebuiltPatch(failed=workspace.failed)
    for path, file in workspace.files.items():
        if _is_elsewhere(path, file):
            continue
        if file.unknown and file.existed:
            rebuilt.lost.append(path)
        change = net_change(file, path)
        if change is not None and SURROGATE.search(render_patch([change])):
            rebuilt.lost.append(path)
        elif change is not None:
            rebuilt.files.append(change)
            rebuilt.texts[path] = [line.text for line in file.before]
    rebuilt.files.sort(key=lambda changed: changed.path)
    return rebuilt if rebuilt.files or rebuilt.lost else None


def _is_elsewhere(path: str, file: FileText) -> bool:
    """Whether a file lies outside the repository: what an agent wrote there is no part of its patch."""
    return path.startswith("/") and (not file.existed or path.startswith(("/tmp/", "/var/", "/dev/")))


def seen_texts(
    messages: Sequence[Message], edits: Sequence[Edit], paths: Collection[str]
) -> dict[str, list[str | None]]:
    """The lines of `paths` before the agent's edits, None for those that the transcript does not show."""
    workspace = follow(messages, edits, paths)
    return {path: [line.text for line in workspace.files[path].before] for path in paths if path in workspace.files}
