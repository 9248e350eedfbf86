"""Finds the edit commands of an agent in its turns, whichever editor it was given.

Known forms: bash (`edit_via_str_replace`, heredocs, `tee`, `sed -i`, Python scripts, `git apply`, `patch`),
str_replace_editor in its XML form and as rendered tool calls, SWE-agent's `edit N:M`, SEARCH/REPLACE blocks, and
moatless' replacement code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from contextpairs.builders.coding.edit_command import Edit, plain_path
from contextpairs.builders.coding.edit_syntaxes import block_edits, tool_edits, windowed_edits
from contextpairs.builders.coding.script_commands import python_edits
from contextpairs.builders.coding.sed import read_sed
from contextpairs.builders.coding.shell import Command, Word, bash_blocks, parse_shell
from contextpairs.builders.coding.shell_session import Session
from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.data.code.trajectory import Message

__all__ = ["Edit", "find_edits", "sandbox_root"]

_CUES = (
    "edit_via_str_replace", "sed -i", "sed --in-place", "<<", "tee ", "git apply", "patch -", "git checkout",
    "git stash", "git restore", "git reset", "write", "mv ", "cp ", "rm ", "sed -E -i",
    "sed -n -i", "sed -r", "echo ", "printf ",
)  # fmt: skip
_PYTHON = re.compile(r"python[\d.]*$")
_ROOT = re.compile(r"<uploaded_files>\s*(/\S+)")
_SHELL_ROOT = re.compile(r"\(Current directory: (/[^)\n]+)\)")


def find_edits(messages: Sequence[Message]) -> list[Edit]:
    """The agent's own edit commands, in the order in which they ran.

    Args:
        messages: the whole transcript; only assistant turns are read for commands.
    """
    session = Session(root=sandbox_root(messages))
    found: list[Edit] = []
    for turn, message in enumerate(messages):
        if message.role == "assistant":
            found += _turn_edits(turn, messages, session)
    return found


def sandbox_root(messages: Sequence[Message]) -> str:
    """The absolute folder of the repository where the transcript names it, else ""."""
    for message in messages[:6]:
        if message.role != "assistant" and (match := _ROOT.search(message.content)) is not None:
            return match[1].rstrip("/")
        if message.role != "assistant" and (
            match := _SHELL_ROOT.search(message.content, max(0, len(message.content) - 400))
        ):
            return "/" + match[1].strip("/").split("/")[0]
    return ""


def _turn_edits(turn: int, messages: Sequence[Message], session: Session) -> list[Edit]:
    text = messages[turn].content
    found: list[Edit] = []
    if "str_replace_editor" in text or "edit_via_str_replace\npath:" in text:
        found += tool_edits(turn, text, session.root)
        for edit in found:
            session.remember(edit)
    calls = len(found)
    if ">>>>>>> REPLACE" in text or "replacement_code:" in text or "<replace>" in text or text.startswith("EditCode"):
        found += block_edits(turn, text)
    if "end_of_edit" in text or "\ncreate " in text:
        found += windowed_edits(turn, messages, session.root)
    found.sort(key=lambda edit: edit.start)
    if len(found) == calls and _may_edit(text, session):
        for start, end, call in bash_blocks(text):
            found += _bash_edits(turn, text, start, end, call, session)
        # Commands of one block ran in their order, calls of one turn in theirs.
        found.sort(key=lambda edit: edit.call)
    return found


def _may_edit(text: str, session: Session) -> bool:
    return _has_cue(text) or any(name.rsplit("/", 1)[-1] in text for name in session.written)


def _has_cue(text: str) -> bool:
    # A plain loop: a generator costs three times as much, on every turn of every trajectory.
    for cue in _CUES:  # noqa: SIM110
        if cue in text:
            return True
    return False


def _bash_edits(turn: int, text: str, start: int, end: int, call: int, session: Session) -> list[Edit]:
    commands = parse_shell(text, start, end)
    session.piped = {id(one) for one, after in pairwise(commands) if after.before == "|"}
    session.folder = ""
    found: list[Edit] = []
    for index, command in enumerate(commands):
        followed = index < len(commands) - 1
        for edit in _command_edits(command, commands[index - 1] if index else None, session):
            edit.turn, edit.followed, edit.call = turn, followed, call
            edit.path = plain_path(edit.path, session.root, session.folder)
            session.remember(edit)
            found.append(edit)
    return found


def _command_edits(command: Command, before: Command | None, session: Session) -> Iterator[Edit]:
    """The edits of one command; turn and the like are filled in by the caller."""
    name = command.name
    if name == "cd" and len(command.words) == 2:
        session.folder = plain_path(command.words[1].value + "/", session.root, session.folder).strip("/.")
    elif name in ("cat", "echo", "printf", "tee"):
        yield from _writes(command, before)
    elif name == "sed":
        yield from _sed(command)
    elif name == "edit_via_str_replace":
        yield from _str_replace(command)
    elif name == "git" or name == "patch":
        yield from _git(command, before, session)
    elif name in ("mv", "cp", "rm"):
        yield from _moves(command)
    elif _PYTHON.match(name):
        yield from python_edits(command, before, session)


def _writes(command: Command, before: Command | None) -> Iterator[Edit]:
    target = command.writes_to()
    payload = _payload(command, before)
    if command.name == "tee":
        names = [word for word in command.words[1:] if not word.value.startswith("-")]
        target = (">>" if "-a" in command.arguments() else ">", names[0].value) if names else None
    if target is None or (target[1].startswith("/tmp/") and payload is None):
        return
    kind = "append" if target[0] == ">>" else "write"
    if payload is None:
        yield Edit(0, 0, 0, "script", target[1])
    else:
        yield Edit(0, payload.start, payload.end, kind, target[1], new=payload.value if payload.known else None)


def _payload(command: Command, before: Command | None) -> Word | None:
    if command.body is not None:
        return command.body
    if command.name == "tee" and before is not None and command.before == "|":
        return _payload(before, None)
    if command.name in ("echo", "printf"):
        return _echoed(command)
    return None


def _echoed(command: Command) -> Word | None:
    words = [word for word in command.words[1:] if word.value not in ("-e", "-n")]
    if not words:
        return None
    text = " ".join(word.value for word in words)
    if command.name == "printf" or "-e" in command.arguments():
        text = text.replace("\\n", "\n").replace("\\t", "\t")
    if command.name == "echo" and "-n" not in command.arguments():
        text += "\n"
    known = all(word.known for word in words) and not (command.name == "printf" and "%" in text)
    return Word(text, words[0].start, words[-1].end, known)


def _sed(command: Command) -> Iterator[Edit]:
    flags = [word for word in command.arguments() if word.startswith("-")]
    if not any(
        flag.startswith("--in-place") or (not flag.startswith("--") and "i" in flag.split(".")[0]) for flag in flags
    ):
        return
    read, files = read_sed(command.words[1:])
    for file in files:
        if read is None:
            yield Edit(0, command.words[0].start, command.words[-1].end, "sed", file.value)
        for line in read or ():
            yield Edit(
                0, line.start, line.end, "sed", file.value, line.old, line.new,
                every=line.every, pattern=line.action == "s", address=line.address, action=line.action,
            )  # fmt: skip


def _str_replace(command: Command) -> Iterator[Edit]:
    """`edit_via_str_replace FILE -- OLD NEW`: replaces the one occurrence of OLD."""
    words = [word for word in command.words[1:] if word.value != "--"]
    if len(words) < 3:
        return
    path, old, new = words[0], words[1], words[2]
    known = old.known and new.known
    start, end = min(old.start, new.start), max(old.end, new.end)
    yield Edit(0, start, end, "replace", path.value, old.value if known else None, new.value if known else None)


def _git(command: Command, before: Command | None, session: Session) -> Iterator[Edit]:
    arguments = command.arguments()
    if command.name == "patch" or arguments[:1] == ["apply"]:
        yield from _applied(command, before, session)
    elif arguments[:1] in (["checkout"], ["restore"]):
        yield from _restored(arguments)
    elif arguments[:1] == ["stash"] and arguments[1:2] in ([], ["push"], ["save"], ["-u"]):
        yield Edit(0, 0, 0, "restore", "", action="stash")
    elif arguments[:1] == ["stash"] and arguments[1:2] in (["pop"], ["apply"]):
        yield Edit(0, 0, 0, "restore", "", action="pop")
    elif arguments[:2] == ["reset", "--hard"]:
        yield Edit(0, 0, 0, "restore", "")


def _restored(arguments: list[str]) -> Iterator[Edit]:
    paths = arguments[arguments.index("--") + 1 :] if "--" in arguments else arguments[1:]
    if "-b" in paths or ("--staged" in paths and "--worktree" not in paths):
        return
    for path in paths:
        if path == ".":
            yield Edit(0, 0, 0, "restore", "")
        elif not path.startswith("-") and ("." in path.rsplit("/", 1)[-1] or "/" in path):
            yield Edit(0, 0, 0, "restore", path)


def _applied(command: Command, before: Command | None, session: Session) -> Iterator[Edit]:
    body = command.body
    if body is None and command.before == "|" and before is not None:
        body = before.body
    if body is None:
        names = [target.value for operator, target in command.redirects if operator == "<"]
        names += [word for word in command.arguments()[1:] if not word.startswith("-")]
        text = next(
            (session.written[n] for n in (plain_path(n, session.root) for n in names) if n in session.written), ""
        )
        body = Word(text, command.words[0].start, command.words[-1].end)
    if {"-R", "--reverse", "--check"} & set(command.arguments()):
        return
    for file in parse_patch(body.value):
        yield from _hunks(file, body)


def _hunks(file: FilePatch, body: Word) -> Iterator[Edit]:
    for hunk in file.hunks:
        new = "".join(line + "\n" for line in hunk.new())
        if file.is_new:
            yield Edit(0, body.start, body.end, "write", file.path, new=new)
        elif file.is_deleted:
            yield Edit(0, body.start, body.end, "remove", file.path)
        else:
            old = "".join(line + "\n" for line in hunk.old())
            yield Edit(0, body.start, body.end, "apply", file.path, old, new)


def _moves(command: Command) -> Iterator[Edit]:
    words = [word.value for word in command.words[1:] if not word.value.startswith("-")]
    if command.name == "rm":
        for path in words:
            yield Edit(0, 0, 0, "remove", path)
    elif len(words) == 2:
        target = words[1]
        if target.endswith("/") or target == ".":
            target = f"{target.rstrip('/')}/{words[0].rsplit('/', 1)[-1]}"
        yield Edit(0, 0, 0, "move" if command.name == "mv" else "copy", target, address=words[0])
