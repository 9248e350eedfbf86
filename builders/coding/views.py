"""What tool outputs show of files: which lines of which file, read from the command and its output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contextpairs.builders.coding.edit_command import plain_path
from contextpairs.builders.coding.printed import hinted_lines, is_cut, printed, refused, return_code
from contextpairs.builders.coding.shell import Command, parse_shell
from contextpairs.data.code.trajectory import Message

_CAT_N = re.compile(r"running `cat -n` on (?:a snippet of )?(\S+?):?\n")
_WINDOW = re.compile(r"\[File: ([^\n]{1,400}?) \((\d+) lines total\)\]\n")
_WOULD_BE = "would have looked"
_WINDOW_LINE = re.compile(r"^(\d+):(.*)$", re.M)
_NUMBERED_LINE = re.compile(r"^ *(\d+)(?:\t|→| (?=|$))(.*)$", re.M)
_GREP_LINE = re.compile(r"^(\d+)[:\-](.*)$", re.M)
_XML_VIEW = re.compile(r"<parameter=path>\s*(\S+?)\s*</parameter>")
_RENDERED_VIEW = re.compile(r"command:\nview\npath:\n(\S+)")
_RANGE = re.compile(r"^(\d{1,9})(?:,(\d{1,9}|\$))?p$")
_PART = re.compile(r"view_range")
_SHOWING = re.compile(r"(?<![\w./-])(?:cat|nl|head|tail|sed +-n|grep)\s")
_LONGEST_VIEW = 600
_SILENT = frozenset(
    {"cd", "export", "mkdir", "touch", "rm", "cp", "mv", "true", "edit_via_str_replace", "source", "set"}
)


@dataclass(slots=True)
class View:
    """Lines of a file as an output shows them: number to text. `whole`: the file has these lines and no more."""

    path: str
    lines: dict[int, str]
    whole: bool = False
    start: int = 0
    """Where in the turn the command stands that shows it."""
    searched: str = ""
    """A text of which these are all the lines that have it."""


@dataclass(slots=True)
class _Source:
    """What a pipeline prints of a file: from which line on, or under its own numbers."""

    path: str
    start: int = 1
    numbers: str = ""
    whole: bool = True
    limit: int = 0
    """The last line asked for, where one is: output that ends before it ends with the file."""
    searched: str = ""
    """The text that a search looks for, where it is no more than a text and all lines are printed."""


def shown(output: str, command_turn: str, root: str) -> Iterator[View]:
    """The numbered views that an output declares itself: `cat -n` of an editor, a window of a file."""
    if "`cat -n`" in output:
        for match in _CAT_N.finditer(output):
            following = output.find("running `cat -n` on", match.end())
            lines = _numbered(_NUMBERED_LINE, output, match.end(), following if following > 0 else len(output))
            whole = "snippet" not in match[0] and not _PART.search(command_turn) and "clipped" not in output
            yield View(plain_path(match[1], root), lines, whole and bool(lines) and len(lines) == max(lines))
    elif "abbreviated version" in output[:200]:
        name = _XML_VIEW.search(command_turn) or _RENDERED_VIEW.search(command_turn)
        if name is not None:
            yield View(plain_path(name[1], root), _numbered(_NUMBERED_LINE, output, 0, len(output)))
    if "[File: /" in output:
        yield from _windows(output, root)


def _windows(output: str, root: str) -> Iterator[View]:
    """The windows that an editor shows; one of an edit that was not made shows no file."""
    found = list(_WINDOW.finditer(output))
    for match, following in zip(found, [*found, None][1:], strict=True):
        if _WOULD_BE in output[max(0, match.start() - 200) : match.start()]:
            continue
        lines = _numbered(_WINDOW_LINE, output, match.end(), following.start() if following else len(output))
        yield View(plain_path(match[1], root), lines, len(lines) == int(match[2][:9]))


def _numbered(pattern: re.Pattern[str], text: str, start: int, end: int) -> dict[int, str]:
    hinted = {start + at for at, _ in hinted_lines(text[start:end])}
    found = pattern.finditer(text, start, end)
    return {int(match[1][:9]): match[2] for match in found if match.start() not in hinted or not is_cut(match[2])}


def shell_view(text: str, block: tuple[int, int, int], output: Message, root: str) -> View | None:
    """The view of a file that a bash block prints, where exactly one of its pipelines prints and shows one file.

    A block too long for a mere view is not looked into: it costs more than it tells.
    """
    if block[1] - block[0] > _LONGEST_VIEW or _SHOWING.search(text, block[0], block[1]) is None:
        return None
    commands = parse_shell(text, block[0], block[1])
    folder, pipelines = _pipelines(commands, root)
    if len(pipelines) != 1 or (source := _source(pipelines[0])) is None:
        return None
    text_shown, complete = printed(output.content)
    if return_code(output.content) not in (0, None) or not text_shown or refused(output.content):
        return None
    path = plain_path(source.path, root, folder)
    if source.numbers:
        pattern = _GREP_LINE if source.numbers == "grep" else _NUMBERED_LINE
        lines = _numbered(pattern, text_shown, 0, len(text_shown))
    else:
        lines = dict(enumerate(text_shown.split("\n"), source.start))
    whole = complete and source.numbers != "grep" and _ends_with_file(source, lines)
    start = pipelines[0][0].words[0].start
    return View(path, lines, whole, start, source.searched if complete and len(pipelines[0]) == 1 else "")


def _ends_with_file(source: _Source, lines: dict[int, str]) -> bool:
    """Whether lines shown from the first on are all that the file has."""
    return bool(lines) and 1 in lines and (source.whole or len(lines) < source.limit)


def _pipelines(commands: Sequence[Command], root: str) -> tuple[str, list[list[Command]]]:
    """The folder that commands run in, and the pipelines that print something."""
    folder, found = "", list[list[Command]]()
    joined = False
    for command in commands:
        if command.name == "cd" and len(command.words) == 2:
            folder = plain_path(command.words[1].value + "/", root, folder).strip("/.")
        elif command.before == "|" and joined:
            found[-1].append(command)
            continue
        joined = not (command.name in _SILENT or command.writes_to() or _in_place(command))
        if joined:
            found.append([command])
    return folder, found


def _in_place(command: Command) -> bool:
    return command.name == "sed" and any(word.startswith("-i") for word in command.arguments())


def _source(pipeline: list[Command]) -> _Source | None:
    source = _first(pipeline[0])
    for command in pipeline[1:]:
        if source is None:
            return None
        source = _narrowed(source, command)
    return source


def _first(command: Command) -> _Source | None:
    flags = [word for word in command.arguments() if word.startswith("-")]
    others = [word for word in command.arguments() if not word.startswith("-")]
    if command.name == "grep":
        others = [word for word in others if not word.isdigit()] if len(others) > 2 else others
    match command.name, others:
        case "cat", [path] if not set("".join(flags)) - set("-n"):
            return _Source(path, numbers="cat" if flags else "")
        case "nl", [path] if flags and flags[0] in ("-ba", "--body-numbering=a"):
            return _Source(path, numbers="cat")
        case "grep", [sought, path] if any("n" in flag.split("=")[0] and not flag.startswith("--") for flag in flags):
            return (
                None
                if any("r" in flag for flag in flags) or path == "."
                else _Source(path, numbers="grep", whole=False, searched=_sought(sought, flags))
            )
        case "sed", [_, path] if flags == ["-n"]:
            return _narrowed(_Source(path), command)
        case (("head" | "tail"), [*_, path]):
            return _narrowed(_Source(path), command)
    return None


def _sought(expression: str, flags: list[str]) -> str:
    """The text that a search looks for; "" where it is an expression, or not all lines with it are printed."""
    if any(set(flag.lstrip("-")) - set("nFHhiABC0123456789") for flag in flags):
        return ""
    text = expression if "-F" in flags else re.sub(r"\\([.*^$\[\]])", r"\1", expression)
    return text if "-F" in flags or not re.search(r"\\|(?<!\\)[.*^$\[\]]", expression) else ""


def _narrowed(source: _Source, command: Command) -> _Source | None:
    arguments = command.arguments()
    source.whole = False
    if command.name == "sed" and arguments[:1] == ["-n"] and len(arguments) > 1:
        match = _RANGE.match(arguments[1])
        if match is None:
            return None
        source.start += int(match[1]) - 1
        source.limit = int(match[2]) if match[2] and match[2] != "$" else 0
        return source
    if command.name == "head":
        asked = re.search(r"-n? ?(\d{1,9})", " ".join(arguments))
        source.limit = int(asked[1]) if asked else 10
        return source
    if command.name == "tail":
        skip = re.search(r"(?:^|\s)(?:-n ?)?\+(\d{1,9})", " ".join(arguments))
        if skip is None and not source.numbers:
            return None
        source.start += int(skip[1]) - 1 if skip else 0
        return source
    return source if command.name == "grep" and source.numbers and "-v" not in arguments else None
