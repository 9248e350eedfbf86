"""Rebuilds a patch from the agent's own edits, on the text of files as the transcript shows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from contextpairs.builders.coding.edit_command import Edit, Script, plain_path
from contextpairs.builders.coding.existed import was_there
from contextpairs.builders.coding.find_edits import sandbox_root
from contextpairs.builders.coding.net_diff import net_change
from contextpairs.builders.coding.script_runs import Outcome, run_script
from contextpairs.builders.coding.script_values import HIDDEN, STEPS, Budget
from contextpairs.builders.coding.seen_file import FileText
from contextpairs.builders.coding.shell import bash_blocks
from contextpairs.builders.coding.shown_diffs import REPORT, as_shown, git_diff, reported_edits
from contextpairs.builders.coding.printed import output_of, return_code, unix_lines
from contextpairs.builders.coding.views import shell_view, shown
from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

_FAILURES = (
    "Your proposed edit has introduced new syntax error", "edit was not applied", "was NOT applied",
    "No replacement was performed", "ERROR:", "No file open", "Invalid `", "introduced new syntax",
    "did not appear verbatim", "File already exists",
    "Multiple occurrences", "EXACTLY ONE action", "exactly one action",
)  # fmt: skip
_NOT_MOVED = re.compile(r"^(?:mv|cp|rm|error|fatal): |did not match any file", re.M)
_NOT_OPENED = re.compile(r"^.*: (?:No such file or directory|Is a directory|Permission denied)$", re.M)
_FROM = ("move", "copy")
_FILE_NAME = re.compile(r"[\"'/]([\w-]{1,80}(?:\.[\w-]{1,40}){1,3})[\"']")
_SHELL_ERROR = re.compile(
    r"^(?:sed: |error: |edit_via_str_replace: |Traceback|.*: No such file or directory|.*[Nn]ot found in file)", re.M
)


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
        if change is not None:
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

    def unread(self) -> list[str]:
        """The files, "" for one that is not named, that were changed in a way that the transcript does not tell."""
        return [path for path, file in self.files.items() if file.unknown]


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
                _restore(workspace, "")
            continue
        observations = _observations(messages, turn)
        workspace.shared = len(observations) == 1 and len({edit.call for edit in own.get(turn, ())}) > 1
        for _, made in groupby(own.get(turn, ()), key=lambda edit: id(edit.script or edit)):
            _run_together(workspace, list(made), messages, observations)
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
                _file(workspace, view.path).learn(view.lines, view.whole)
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
            _file(workspace, found.path).learn(found.lines, found.whole, found.searched)


def _file(workspace: Workspace, path: str) -> FileText:
    return workspace.files.setdefault(path, FileText())


def _run_together(
    workspace: Workspace, edits: list[Edit], messages: Sequence[Message], observations: list[Message]
) -> None:
    """One edit, or all that a script makes: as it is followed, where it can be, else as it reads."""
    first = edits[0]
    if first.script is not None:
        observation = observations[min(first.call, len(observations) - 1)].content if observations else ""
        outcome = run_script(first.script.code, partial(_text_of, workspace, first.script), list(first.script.arguments), Budget(min(workspace.budget.left, STEPS)))
        if outcome is not None:
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
            _file(workspace, edit.path).lost = True
        return
    if edit.kind == "restore":
        _restore(workspace, edit.path, edit.action)
    elif edit.kind in ("move", "copy"):
        _moved(workspace, edit)
    elif not edit.path:
        _file(workspace, "").lost = True
    else:
        _changed(workspace, edit, messages, observation)


def failed(edit: Edit, observation: str) -> bool:
    """Whether the observation that answers an edit says that it did not take effect."""
    head = observation[:2000]
    if edit.kind in ("remove", "restore", "move", "copy"):
        code = return_code(observation)
        return code not in (0, None) and _NOT_MOVED.search(output_of(observation)[0][-4000:]) is not None
    if "failed to match!" in head:
        return edit.old is None or _right_stripped("SEARCH\n" + edit.old) in _right_stripped(observation)
    if any(message in head for message in _FAILURES) and "has been edited" not in head:
        return True
    code = return_code(observation)
    if code in (0, None):
        return False
    if edit.kind in ("write", "append") and _not_opened(edit.path, output_of(observation)[0][:4000]):
        return True
    return not edit.followed or (edit.kind != "write" and bool(_SHELL_ERROR.search(output_of(observation)[0][:2000])))


def _not_opened(path: str, printed: str) -> bool:
    """Whether the shell says that it could not open a file to write."""
    return any(path in match[0] for match in _NOT_OPENED.finditer(printed))


def _right_stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))


def _restore(workspace: Workspace, path: str, how: str = "") -> None:
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
    file = _file(workspace, edit.path)
    if not known and edit.kind in ("write", "append"):
        file.existed = was_there(edit, messages, observation, workspace.root)
    if edit.kind == "remove":
        file.present = False
        if not known and not was_there(edit, messages, "", workspace.root):
            workspace.files.pop(edit.path)
    elif not file.apply(edit):
        workspace.failed += 1


def _reported(workspace: Workspace, observation: str) -> None:
    """Takes over the diff by which a tool reports what it changed."""
    for edit in reported_edits(observation):
        _file(workspace, edit.path).apply(edit)


def _compared(workspace: Workspace, text: str, block: tuple[int, int, int], observation: str) -> None:
    """Takes over what `git diff` shows of a file that was changed in a way not told."""
    printed, whole = output_of(observation)
    if not whole or return_code(observation) not in (0, None):
        return
    for patch in git_diff(text, block, printed):
        file = workspace.files.get(patch.path)
        if file is not None and file.unknown and (told := as_shown(patch)) is not None:
            workspace.files[patch.path] = told
