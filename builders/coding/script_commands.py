"""Finds the edits of commands that run a Python script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contextpairs.builders.coding.edit_command import Edit, Script, plain_path
from contextpairs.builders.coding.python_scripts import ScriptEdit, script_edits
from contextpairs.builders.coding.shell import Command, Word
from contextpairs.builders.coding.shell_session import Session

_WRITING = re.compile(
    r"\bopen\([^\n]{0,200}?,\s{0,20}(?:mode\s{0,9}=\s{0,9})?['\"][rwax+bt]{0,3}[wax+][bt+]{0,2}['\"]"
    r"|\.open\(\s{0,20}(?:mode\s{0,9}=\s{0,9})?['\"][wax]|\.write_(?:text|bytes)\(|\.writelines\(|\bfileinput\b"
)


def python_edits(command: Command, before: Command | None, session: Session) -> Iterator[Edit]:
    """The edits of a Python script: those that its text tells, or one that tells no more than that there are some."""
    code = _code(command, before, session)
    if code is None:
        return
    found = script_edits(code.value)
    if not found and not _writes_somewhere(code.value):
        return
    heard = not command.redirects and id(command) not in session.piped
    script = Script(code.value, session.folder, _script_arguments(command), heard) if code.known else None
    for edit in found or [ScriptEdit("unknown", "")]:
        yield _from_script(edit, code, script)


def _script_arguments(command: Command) -> tuple[str, ...]:
    arguments = command.arguments()
    if "-c" in arguments:
        return tuple(arguments[arguments.index("-c") + 2 :])
    return tuple(arguments[1:])


def _code(command: Command, before: Command | None, session: Session) -> Word | None:
    arguments = command.arguments()
    if command.body is not None:
        return command.body
    if "-c" in arguments[:-1]:
        return command.words[arguments.index("-c") + 2]
    if arguments and (path := plain_path(arguments[0], session.root, session.folder)) in session.written:
        return Word(session.written[path], command.words[0].start, command.words[1].end)
    return before.body if arguments[:1] in ([], ["-"]) and command.before == "|" and before is not None else None


def _from_script(edit: ScriptEdit, code: Word, script: Script | None) -> Edit:
    """An edit of a script; of one whose text the shell may have changed nothing but the path is known."""
    made = Edit(0, code.start, code.end, "script", edit.path, every=edit.every, pattern=edit.pattern, script=script)
    if script is not None:
        made.old, made.new = edit.old, edit.new
        if edit.kind in ("write", "append"):
            made.kind = edit.kind
    return made


def _writes_somewhere(code: str) -> bool:
    """Whether a script may write to a file: it opens one to write, or calls a path's writing methods."""
    return _WRITING.search(code) is not None
