"""Reads `sed -i` commands: addresses, and the s, d, i, a and c commands, into edits by line or expression."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from contextpairs.builders.coding.linear_regex import UnlikeTool, linear_regex
from contextpairs.builders.coding.sed_expression import python_expression
from contextpairs.builders.coding.shell import Word

_ADDRESS = r"(?:\d{1,9}|\$|/(?:[^/\\\n]|\\.)+/)"
_COMMAND = re.compile(
    rf"[\s;]*+(?P<address>{_ADDRESS}(?:,\s*(?:{_ADDRESS}|\+\d{{1,9}}))?)?\s*+(?P<action>[sdiac])", re.S
)
_GROUP = re.compile(r"\\g<(\d)>")
_SLASH = "\\/"
_IN_SLASHES = re.compile(r"/((?:[^/\\\n]|\\.)+)/")
_REPLACED = re.compile(r"\\(\d)|\\(.)|&", re.S)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_CHANGING = "LUEluxocd"
"""Letters that behind a backslash change the case of what follows, or stand for a character by its number."""
_OTHERWISE = frozenset({"--quiet", "--silent", "--null-data", "--posix", "--debug"})
"""Options under which a script does something else to a file."""
_NO_MORE = re.compile(r"[ \t\n;]*\Z")


@dataclass(slots=True)
class LineCommand:
    """One sed command: `old` a Python expression for "s", `new` its template or the text it puts in."""

    action: str
    address: str
    old: str | None
    new: str | None
    every: bool
    start: int
    end: int


def read_sed(words: list[Word]) -> tuple[list[LineCommand] | None, list[Word]]:
    """The commands of `sed -i ...` and the files they change; None for commands that cannot be read.

    Args:
        words: the shell words after `sed`.
    """
    given = _given(words)
    commands: list[LineCommand] = []
    for script in given.scripts:
        read = _commands(script, given.extended) if given.readable else None
        if read is None:
            return None, given.files
        commands += read
    return commands, given.files


@dataclass(slots=True)
class _Given:
    """What stands on a command line of sed's. `readable`: no option makes something else of a script."""

    scripts: list[Word] = field(default_factory=list)
    files: list[Word] = field(default_factory=list)
    extended: bool = False
    readable: bool = True


def _given(words: list[Word]) -> _Given:
    given = _Given()
    take_script = False
    for word in words:
        value = word.value
        if take_script:
            given.scripts.append(word)
            take_script = False
        elif value in ("-e", "--expression"):
            take_script = True
        elif value.startswith("--"):
            given.extended = given.extended or value == "--regexp-extended"
            given.readable = given.readable and value not in _OTHERWISE
        elif value.startswith("-") and len(value) > 1:
            flags = set(value.lstrip("-").partition("i")[0])
            given.extended = given.extended or bool(flags & {"E", "r"})
            given.readable = given.readable and not flags & {"n", "z"}
            take_script = value.lstrip("-").split(".")[0].endswith("e")
        elif not given.scripts:
            given.scripts.append(word)
        else:
            given.files.append(word)
    return given


def _commands(script: Word, extended: bool) -> list[LineCommand] | None:
    text, at = script.value, 0
    found: list[LineCommand] = []
    while _NO_MORE.match(text, at) is None:
        match = _COMMAND.match(text, at)
        if match is None or not script.known:
            return None
        address = _python_address(match["address"] or "", extended)
        if address is None:
            return None
        made = _command(text, match.end(), match["action"], address, extended, script)
        if made is None:
            return None
        command, at = made
        found.append(command)
    return found


def _python_address(address: str, extended: bool) -> str | None:
    """An address with its expressions in Python's syntax; None where one means something else there."""

    def translated(match: re.Match[str]) -> str:
        expression = _expression(match[1].replace(_SLASH, "/"), extended)
        return f"/{expression.replace('/', _SLASH)}/"

    try:
        return _IN_SLASHES.sub(translated, address)
    except UnlikeTool:
        return None


def _expression(text: str, extended: bool, flags: str = "") -> str:
    """An expression that the engine runs as sed does. Raises UnlikeTool."""
    expression = python_expression(text, extended)
    linear_regex(expression, "sed")
    return flags + expression


def _command(
    text: str, at: int, action: str, address: str, extended: bool, script: Word
) -> tuple[LineCommand, int] | None:
    if action == "d":
        return LineCommand("d", address, None, None, False, script.start, script.end), at
    if action in "iac":
        body = _inserted(text[at:]) + "\n"
        return LineCommand(action, address, None, body, False, script.start, script.end), len(text)
    return _substitution(text, at, address, extended, script)


def _substitution(text: str, at: int, address: str, extended: bool, script: Word) -> tuple[LineCommand, int] | None:
    if at >= len(text):
        return None
    delimiter = re.escape(text[at])
    part = rf"((?:[^{delimiter}\\]|\\.)*)"
    match = re.compile(rf"{delimiter}{part}{delimiter}{part}{delimiter}([gIi0-9p]*)", re.S).match(text, at)
    # An empty expression is the last one used, which depends on the lines met before.
    if match is None or not match[1] or re.search(r"\d|p", match[3]):
        return None
    mark = text[at]
    # Versions of sed differ over a delimiter that is an operator: escaped it may be the one or the other.
    if "\\" + mark in match[1] and mark in "|+?(){}*.[]^$":
        return None
    old, new = (half.replace("\\" + mark, mark) for half in (match[1], match[2]))
    try:
        expression = _expression(old, extended, "(?i)" if set(match[3]) & {"I", "i"} else "")
        template = _template(new)
        groups = linear_regex(expression, "sed").groups
    except UnlikeTool:
        return None
    if any(int(group) > groups for group in _GROUP.findall(template)):
        return None
    every = "g" in match[3]
    return LineCommand("s", address, expression, template, every, script.start, script.end), match.end()


def _inserted(text: str) -> str:
    """The text of an i, a or c command as GNU sed reads it."""
    text = text.lstrip(" \t")
    if text.startswith("\\"):
        text = text[1:].lstrip(" \t")[1:] if text[1:].lstrip(" \t").startswith("\n") else text[1:]
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text, flags=re.S)


def _template(replacement: str) -> str:
    """A sed replacement as a template of Python's. Raises UnlikeTool where it changes the case of letters."""
    return _REPLACED.sub(_template_part, replacement)


def _template_part(match: re.Match[str]) -> str:
    group, escaped = match[1], match[2]
    if group:
        return rf"\g<{group}>"
    if escaped is None:
        return r"\g<0>"
    if escaped in _CHANGING:
        raise UnlikeTool(f"a replacement with \\{escaped}")
    return {**_ESCAPES, "\\": r"\\"}.get(escaped, escaped)
