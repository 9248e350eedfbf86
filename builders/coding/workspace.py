"""The files that an agent's edits touch, and what running these edits makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from contextpairs.builders.coding.edit_command import Edit, Script, plain_path
from contextpairs.builders.coding.edit_failed import failed
from contextpairs.builders.coding.existed import was_there
from contextpairs.builders.coding.printed import output_of, refused, return_code
from contextpairs.builders.coding.script_runs import Outcome, run_script
from contextpairs.builders.coding.script_values import HIDDEN, STEPS, Budget
from contextpairs.builders.coding.seen_file import FileText
from contextpairs.builders.coding.shown_diffs import REPORT
from contextpairs.data.code.trajectory import Message


@dataclass(slots=True)
class Workspace:
    """The files that edits touch, as far as the transcript tells."""

    root: str = ""
    files: dict[str, FileText] = field(default_factory=dict)
    stashed: dict[str, FileText] = field(default_factory=dict)
    failed: int = 0
    shared: bool = False
    """Whether one output answers several calls, so that a failure may be either's."""
    budget: Budget = field(default_factory=lambda: Budget(4 * STEPS))
    """What all scripts together may spend."""

    def file(self, path: str) -> FileText:
        """A followed file, from now on where it was not."""
        return self.files.setdefault(path, FileText())

    def unread(self) -> list[str]:
        """The files, "" for one that is not named, that were changed in a way that the transcript does not tell."""
        return [path for path, file in self.files.items() if file.unknown]


def run_together(
    workspace: Workspace, edits: list[Edit], messages: Sequence[Message], observations: list[Message]
) -> None:
    """One edit, or all that a script makes: as it is followed, where it can be, else as it reads."""
    first = edits[0]
    if first.script is not None:
        observation = observations[min(first.call, len(observations) - 1)].content if observations else ""
        outcome = run_script(
            first.script.code,
            partial(_text_of, workspace, first.script),
            list(first.script.arguments),
            Budget(min(workspace.budget.left, STEPS)),
        )
        if outcome is not None:
            if not refused(observation):
                _script_ran(workspace, first, outcome, messages, observation)
            return
    for edit in edits:
        _run(workspace, edit, messages, observations)


def _text_of(workspace: Workspace, script: Script, path: str) -> str | None:
    file = workspace.files.get(plain_path(path, workspace.root, script.folder))
    return file.known_text() if file is not None else None


def _script_ran(
    workspace: Workspace, edit: Edit, outcome: Outcome, messages: Sequence[Message], observation: str
) -> None:
    """Takes over what a script wrote, unless its output tells that it went another way."""
    script = edit.script or Script("")
    agrees = _agrees(edit, outcome, observation)
    for path, text in outcome.files.items():
        plain = plain_path(path, workspace.root, script.folder)
        written = Edit(edit.turn, edit.start, edit.end, "write", plain, new=text if agrees else None)
        _changed(workspace, written, messages)


def _agrees(edit: Edit, outcome: Outcome, observation: str) -> bool:
    """Whether the output of a script's turn is one that following it leads to expect."""
    code = return_code(observation)
    if code is not None and not edit.followed and (code == 0) != (outcome.status == 0):
        return False
    printed, complete = output_of(observation)
    if outcome.status == 0 and not edit.followed and "Traceback (most recent call last)" in printed:
        return False
    if edit.script is None or not edit.script.heard or not complete:
        return True
    told = "".join(outcome.printed).split("\n")
    return all(line.strip() in printed for line in told if HIDDEN not in line)


def _run(workspace: Workspace, edit: Edit, messages: Sequence[Message], observations: list[Message]) -> None:
    observation = observations[min(edit.call, len(observations) - 1)].content if observations else ""
    if REPORT.search(observation) or (edit.kind == "replace" and not edit.path):
        return
    if failed(edit, observation):
        workspace.failed += 1
        if workspace.shared:
            workspace.file(edit.path).lost = True
        return
    if edit.kind == "restore":
        restore(workspace, edit.path, edit.action)
    elif edit.kind in ("move", "copy"):
        _moved(workspace, edit)
    elif not edit.path:
        workspace.file("").lost = True
    else:
        _changed(workspace, edit, messages, observation)


def restore(workspace: Workspace, path: str, how: str = "") -> None:
    if how == "pop":
        workspace.files.update(workspace.stashed)
        workspace.stashed = {}
        return
    for name, file in list(workspace.files.items()):
        if not path or name == path or name.startswith(path.rstrip("/") + "/"):
            if how == "stash":
                if not file.existed:
                    continue
                workspace.stashed[name] = file
                file = workspace.files[name] = FileText(
                    file.before, list(file.now), whole=file.whole, existed=file.existed
                )
            if file.existed:
                file.restore()


def _moved(workspace: Workspace, edit: Edit) -> None:
    source = workspace.files.get(plain_path(edit.address, workspace.root))
    target = workspace.files.get(edit.path)
    if source is None:
        if target is not None:
            target.lost = True
        return
    if target is None:
        target = workspace.files[edit.path] = FileText(existed=False)
    target.now, target.loose, target.lost, target.present = list(source.now), list(source.loose), source.lost, True
    if edit.kind == "move":
        source.present = False


def _changed(workspace: Workspace, edit: Edit, messages: Sequence[Message], observation: str = "") -> None:
    known = edit.path in workspace.files
    file = workspace.file(edit.path)
    if not known and edit.kind in ("write", "append"):
        file.existed = was_there(edit, messages, observation, workspace.root)
    if edit.kind == "remove":
        file.present = False
        if not known and not was_there(edit, messages, "", workspace.root):
            workspace.files.pop(edit.path)
    elif not file.apply(edit):
        workspace.failed += 1
