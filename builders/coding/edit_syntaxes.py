"""Edit commands that are no bash: tool calls, windowed edits, SEARCH/REPLACE blocks, replacement code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from contextpairs.builders.coding.edit_command import Edit, plain_path
from contextpairs.builders.coding.shell import call_number, tags_before
from contextpairs.data.code.trajectory import Message

_XML_CALL = re.compile(
    r"<function=(?P<name>str_replace_editor|edit_via_str_replace)>(?P<body>.*?)(?:</function>|\Z)", re.S
)
_XML_ARGUMENT = re.compile(r"<parameter=(\w+)>(.*?)(?:</parameter>|\Z)", re.S)
_CALL_HEAD = re.compile(r"(?:^|\n)(?:str_replace_editor|edit_via_str_replace)\n(?=(?:command|path):\n)")
_NEXT_CALL = re.compile(
    r"\n\n?(?:str_replace_editor|edit_via_str_replace|(?:execute_)?bash|think|submit|finish)\n(?=\w+:\n|\Z)"
)
_RENDERED_ARGUMENT = re.compile(
    r"(?:^|\n)(command|path|old_str|new_str|insert_line|file_text|view_range|security_risk):\n"
    r"(.*?)(?=\n(?:command|path|old_str|new_str|insert_line|file_text|view_range|security_risk):\n|\Z)", re.S
)  # fmt: skip
_BLOCK_MARKS = re.compile(r"^(?:(<{5,9}) SEARCH[^\n]*\n|(={5,9})[ \t]*\n|(>{5,9}) REPLACE)", re.M)
_REPLACEMENT = re.compile(r"replacement_code:[ \t]*\n?(?P<new>.*)|<replace>\n?(?P<code>.*?)(?:</replace>|\Z)", re.S)
_EDIT_CODE = re.compile(r"EditCode\ncontent:[ \t]*\n?(?P<new>.*)", re.S)
_FILE_PATH = re.compile(r"^file_path: (\S+)", re.M)
_LINES = re.compile(r"^(start|end)_line: (\d{1,9})", re.M)
_WINDOW_MARKS = re.compile(r"^(?:edit (\d{1,9}):(\d{1,9})[ \t]*\n|end_of_edit)", re.M)
_CREATE = re.compile(r"^create (\S+)[ \t]*$", re.M)
_OPEN_FILE = re.compile(r"\(Open file: ([^)\n]{1,400})\)|\[File: ([^\n]{1,400}?) \(\d+ lines total\)\]")


def tool_edits(turn: int, text: str, root: str) -> Iterator[Edit]:
    """The str_replace_editor calls of a turn: XML-like, or rendered as a name and `argument:` blocks."""
    for call, (_start, arguments) in enumerate(_calls(text)):
        edit = _tool_edit(turn, arguments, root)
        if edit is not None:
            edit.call = _call_number(text, edit.start, call)
            yield edit


def _calls(text: str) -> Iterator[tuple[int, dict[str, tuple[str, int, int]]]]:
    if "<function=" in text:
        for call in _XML_CALL.finditer(text):
            found = _XML_ARGUMENT.finditer(text, call.start("body"), call.end("body"))
            yield call.start(), {m[1]: _trimmed(m) for m in found}
        return
    for head in _CALL_HEAD.finditer(text):
        following = _NEXT_CALL.search(text, head.end())
        end = following.start() if following else len(text)
        yield (
            head.start(),
            {m[1]: (m[2], m.start(2), m.end(2)) for m in _RENDERED_ARGUMENT.finditer(text, head.end() - 1, end)},
        )


def _trimmed(match: re.Match[str]) -> tuple[str, int, int]:
    """An XML argument; one that stands on lines of its own is without the line ends next to its tags."""
    value, start, end = match[2], match.start(2), match.end(2)
    if value.startswith("\n") and value.endswith("\n") and len(value) > 1:
        return value[1:-1], start + 1, end - 1
    return value, start, end


def _call_number(text: str, start: int, default: int) -> int:
    if "<function=" in text:
        return tags_before(text, start) - 1
    return call_number(text, start) if "\ncommand:\n" in text else default


def _tool_edit(turn: int, arguments: dict[str, tuple[str, int, int]], root: str) -> Edit | None:
    def text(name: str) -> str:
        return arguments[name][0] if name in arguments else ""

    payload = [arguments[name] for name in ("old_str", "new_str", "file_text") if name in arguments]
    if not payload or "path" not in arguments:
        return None
    start, end = min(part[1] for part in payload), max(part[2] for part in payload)
    path = plain_path(text("path"), root)
    command = text("command").strip()
    if command == "create":
        return Edit(turn, start, end, "write", path, new=text("file_text"))
    if command == "insert":
        return Edit(
            turn, start, end, "insert", path, new=text("new_str"), address=text("insert_line").strip(), action="a"
        )
    if command in ("str_replace", "") and "old_str" in arguments:
        return Edit(turn, start, end, "replace", path, text("old_str"), text("new_str"))
    return None


def block_edits(turn: int, text: str) -> Iterator[Edit]:
    """SEARCH/REPLACE blocks, and moatless' replacement code (whose effect its tool shows as a diff)."""
    path = ""
    if ">>>>>>> REPLACE" in text:
        for search, middle, end in _blocks(text):
            path = _named(text, search.start()) or path
            old, new = text[search.end() : middle.start()], text[middle.end() : end.start()]
            kind = "replace" if old.strip() else "append"
            yield Edit(turn, search.end(), end.start(), kind, path, old or None, new)
    elif (match := _EDIT_CODE.match(text)) is not None:
        yield Edit(turn, match.start("new"), match.end("new"), "replace", "", None, match["new"], action="c")
    elif (match := _REPLACEMENT.search(text)) is not None:
        group = "new" if match["new"] is not None else "code"
        file = _FILE_PATH.search(text)
        lines = {m[1]: m[2] for m in _LINES.finditer(text, 0, match.start())}
        address = f"{lines['start']},{lines['end']}" if len(lines) == 2 else ""
        yield Edit(
            turn, match.start(group), match.end(group), "replace", file[1] if file else "", None, match[group],
            address=address, action="c",
        )  # fmt: skip


def _blocks(text: str) -> Iterator[list[re.Match[str]]]:
    """The three marks of each SEARCH/REPLACE block. Found one by one: an expression for all of a block looks to the end
    of the text from every mark of an unfinished one."""
    marks: list[re.Match[str]] = []
    for mark in _BLOCK_MARKS.finditer(text):
        if mark[len(marks) + 1]:
            marks.append(mark)
        if len(marks) == 3:
            yield marks
            marks = []


def _named(text: str, start: int) -> str:
    """The path on the line above a block and its fence, without decoration; "" where there is none."""
    lines = text[max(0, start - 400) : start].rstrip("\n").split("\n")
    if lines[-1].startswith("```"):
        lines.pop()
    name = lines[-1].strip().strip("*`#: ") if lines else ""
    return plain_path(name) if name and " " not in name and ("." in name or "/" in name) else ""


def windowed_edits(turn: int, messages: Sequence[Message], root: str) -> Iterator[Edit]:
    """SWE-agent's `edit N:M ... end_of_edit`, in the file that is open, and `create FILE`."""
    text = messages[turn].content
    for match in _CREATE.finditer(text):
        yield Edit(turn, match.start(), match.start(), "write", plain_path(match[1], root), new="\n")
    for edit, end in _windows(text):
        body = text[edit.end() : end].removesuffix("\n")
        yield Edit(
            turn, edit.end(), edit.end() + len(body), "replace", plain_path(_open_file(turn, messages), root), None,
            body + "\n", address=f"{edit[1]},{edit[2]}", action="c",
        )  # fmt: skip


def _windows(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """The head of each windowed edit, and where its end stands."""
    edit: re.Match[str] | None = None
    for mark in _WINDOW_MARKS.finditer(text):
        if edit is None:
            edit = mark if mark[1] else None
        elif not mark[1]:
            yield edit, mark.start()
            edit = None


def _open_file(turn: int, messages: Sequence[Message]) -> str:
    for message in reversed(messages[max(0, turn - 4) : turn]):
        if message.role == "assistant":
            continue
        names = _OPEN_FILE.findall(message.content)
        if names:
            return str(names[-1][0] or names[-1][1])
    return ""
