"""Reads `sed -i` commands: addresses, and the s, d, i, a and c commands, into edits by line or expression."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from contextpairs.builders.coding.shell import Word

_ADDRESS = r"(?:\d{1,9}|\$|/(?:[^/\\\n]|\\.)+/)"
_COMMAND = re.compile(rf"[\s;]*(?P<address>{_ADDRESS}(?:,\s*(?:{_ADDRESS}|\+\d{{1,9}}))?)?\s*(?P<action>[sdiac])", re.S)
_GROUP = re.compile(r"(?<!\\)(?:\\\\)*\\(\d)")
_CLASSES = {
    "[:space:]": r"\s", "[:alpha:]": "a-zA-Z", "[:digit:]": "0-9", "[:alnum:]": "a-zA-Z0-9",
    "[:upper:]": "A-Z", "[:lower:]": "a-z", "[:blank:]": r" \t",
}  # fmt: skip


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
    scripts: list[Word] = []
    files: list[Word] = []
    extended = False
    take_script = False
    for word in words:
        value = word.value
        if take_script:
            scripts.append(word)
            take_script = False
        elif value in ("-e", "--expression"):
            take_script = True
        elif value.startswith("-") and len(value) > 1:
            flags = value.lstrip("-").split(".")[0]
            extended = (
                extended
                or value == "--regexp-extended"
                or (not value.startswith("--") and bool(set(flags) & {"E", "r"}))
            )
            take_script = not value.startswith("--") and flags.endswith("e") and flags != "e"
        elif not scripts:
            scripts.append(word)
        else:
            files.append(word)
    commands: list[LineCommand] = []
    for script in scripts:
        read = _commands(script, extended)
        if read is None:
            return None, files
        commands += read
    return commands, files


def _commands(script: Word, extended: bool) -> list[LineCommand] | None:
    text, at = script.value, 0
    found: list[LineCommand] = []
    while text[at:].strip(" \t\n;"):
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
    """An address with its expressions in Python's syntax; None where Python has no such expression."""
    expressions: list[str] = []

    def translated(match: re.Match[str]) -> str:
        expressions.append(python_expression(match[1].replace("\\/", "/"), extended))
        return f"/{expressions[-1]}/"

    read = re.sub(r"/((?:[^/\\\n]|\\.)+)/", translated, address)
    return read if all(_compiled(expression) for expression in expressions) else None


def _compiled(expression: str) -> re.Pattern[str] | None:
    """The expression compiled; None where Python cannot, which is not to say that sed cannot."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(expression)
    except (re.error, OverflowError, RecursionError):
        return None


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
    old, new = (
        half.replace("\\" + mark, mark if mark not in "|+?(){}" else "\\" + mark) for half in (match[1], match[2])
    )
    expression = python_expression(old, extended)
    if set(match[3]) & {"I", "i"}:
        expression = "(?i)" + expression
    pattern = _compiled(expression)
    if pattern is None or any(int(group) > pattern.groups for group in _GROUP.findall(new)):
        return None
    every = "g" in match[3]
    return LineCommand("s", address, expression, _template(new), every, script.start, script.end), match.end()


def _inserted(text: str) -> str:
    """The text of an i, a or c command as GNU sed reads it."""
    text = text.lstrip(" \t")
    if text.startswith("\\"):
        text = text[1:].lstrip(" \t")[1:] if text[1:].lstrip(" \t").startswith("\n") else text[1:]
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text, flags=re.S)


def _template(replacement: str) -> str:
    """A sed replacement as the template of Python's `re.sub`."""
    return re.sub(r"\\(\d)|\\(.)|&", _template_part, replacement, flags=re.S)


def _template_part(match: re.Match[str]) -> str:
    if match[1]:
        return rf"\g<{match[1]}>"
    if match[2]:
        return {"n": "\n", "t": "\t", "\\": r"\\"}.get(match[2], match[2])
    return r"\g<0>"


def python_expression(expression: str, extended: bool) -> str:
    """A sed regular expression, basic or extended, in Python's syntax."""
    tokens = re.findall(r"\\.|\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|.", expression, flags=re.S)
    out = []
    for index, token in enumerate(tokens):
        if token.startswith("[") and len(token) > 1:
            out.append(_bracket(token))
        elif not extended and token in ("\\(", "\\)", "\\{", "\\}", "\\+", "\\?", "\\|"):
            out.append(token[1])
        elif (not extended and token in "(){}+?|") or (token == "*" and index == 0):
            out.append("\\" + token)
        elif token == "$" and index < len(tokens) - 1 and not extended:
            out.append("\\$")
        elif token == "^" and index > 0 and not extended:
            out.append("\\^")
        elif token in ("\\<", "\\>"):
            out.append(r"\b")
        elif len(token) == 2 and token[1] in "'\"/&%#@,:;=!~<>` -_":
            out.append(re.escape(token[1]))
        else:
            out.append(token)
    return "".join(out)


def _bracket(token: str) -> str:
    inner = token[1:-1]
    negated = inner.startswith("^")
    inner = inner[1:] if negated else inner
    for name, meaning in _CLASSES.items():
        inner = inner.replace(name, meaning)
    inner = inner.replace("[", "\\[")
    if inner.startswith("]"):
        inner = "\\" + inner
    inner = re.sub(r"\\(?![sdwntSDW\[\]\\])", r"\\\\", inner)
    return "[" + ("^" if negated else "") + inner + "]"
