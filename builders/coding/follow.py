"""Follows a transcript: views teach the text of files, edits that succeeded change it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.find_edits import sandbox_root
from contextpairs.builders.coding.printed import output_of, return_code, unix_lines
from contextpairs.builders.coding.shell import bash_blocks
from contextpairs.builders.coding.shown_diffs import as_shown, git_diff, reported_edits
from contextpairs.builders.coding.views import shell_view, shown
from contextpairs.builders.coding.workspace import Workspace, restore, run_together
from contextpairs.data.code.trajectory import Message

_FROM = ("move", "copy")
_FILE_NAME = re.compile(r"[\"'/]([\w-]{1,80}(?:\.[\w-]{1,40}){1,3})[\"']")


def follow(messages: Sequence[Message], edits: Sequence[Edit], paths: Collection[str] = ()) -> Workspace:
    """Runs through a transcript: views teach the text of files, edits that succeeded change it.

    Args:
        messages: the whole transcript.
        edits: its edit commands in order.
        paths: files to follow besides those that are edited.
    """
    workspace = Workspace(sandbox_root(messages))
    wanted = _Wanted.of(edits, paths)
    own = {turn: list(made) for turn, made in groupby(edits, key=lambda edit: edit.turn)}
    for turn, message in enumerate(messages):
        if message.role != "assistant":
            if "Aider v" in message.content[:200] or "\nAider v" in message.content:
                restore(workspace, "")
            continue
        observations = _observations(messages, turn)
        workspace.shared = len(observations) == 1 and len({edit.call for edit in own.get(turn, ())}) > 1
        for _, made in groupby(own.get(turn, ()), key=lambda edit: id(edit.script or edit)):
            run_together(workspace, list(made), messages, observations)
        for observation in observations:
            _reported(workspace, observation.content)
        for block in bash_blocks(message.content) if observations and "git diff" in message.content else ():
            _compared(workspace, message.content, block, observations[min(block[2], len(observations) - 1)].content)
        told = [message.content, *(observation.content[:600] for observation in observations)]
        if any(name in text for text in told for name in wanted.names):
            _learn(workspace, message.content, observations, wanted, own.get(turn, ()))
    return workspace


@dataclass(slots=True)
class _Wanted:
    """The files to follow: those named, and those whose name a script of the agent's holds."""

    paths: set[str]
    names: set[str]
    """The last parts of their paths."""
    written: set[str]
    """The names in scripts."""

    @classmethod
    def of(cls, edits: Sequence[Edit], paths: Collection[str]) -> _Wanted:
        """The files that edits touch, and others."""
        named = {*paths, *(edit.path for edit in edits), *(edit.address for edit in edits if edit.kind in _FROM)}
        codes = {edit.script.code for edit in edits if edit.script is not None}
        written = {match[1] for code in codes for match in _FILE_NAME.finditer(code)}
        return cls(named, {path.rsplit("/", 1)[-1] for path in named if path} | written, written)

    def has(self, path: str) -> bool:
        """Whether a file is followed."""
        return path in self.paths or path.rsplit("/", 1)[-1] in self.written


def _observations(messages: Sequence[Message], turn: int) -> list[Message]:
    found: list[Message] = []
    for message in messages[turn + 1 :]:
        if message.role == "assistant":
            break
        found.append(Message(message.role, unix_lines(message.content)))
    return found


def _learn(
    workspace: Workspace, text: str, observations: list[Message], wanted: _Wanted, edits: Sequence[Edit]
) -> None:
    for observation in observations:
        for view in shown(observation.content, text, workspace.root):
            if wanted.has(view.path):
                workspace.file(view.path).learn(view.lines, view.whole)
    for block in bash_blocks(text) if observations else ():
        # A command that shows a file names it: the others, the most, need not be parsed.
        if not any(text.find(name, block[0], block[1]) >= 0 for name in wanted.names):
            continue
        observation = observations[min(block[2], len(observations) - 1)]
        found = shell_view(text, block, observation, workspace.root)
        if found is None or not wanted.has(found.path):
            continue
        # What was shown before the turn's own edit is not the text that is there now.
        if not any(edit.start > found.start and edit.call == block[2] and edit.path == found.path for edit in edits):
            workspace.file(found.path).learn(found.lines, found.whole, found.searched)


def _reported(workspace: Workspace, observation: str) -> None:
    """Takes over the diff by which a tool reports what it changed."""
    for edit in reported_edits(observation):
        workspace.file(edit.path).apply(edit)


def _compared(workspace: Workspace, text: str, block: tuple[int, int, int], observation: str) -> None:
    """Takes over what `git diff` shows of a file that was changed in a way not told."""
    printed, whole = output_of(observation)
    if not whole or return_code(observation) not in (0, None):
        return
    for patch in git_diff(text, block, printed):
        file = workspace.files.get(patch.path)
        if file is not None and file.unknown and (told := as_shown(patch)) is not None:
            workspace.files[patch.path] = told
