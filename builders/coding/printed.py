"""What a tool printed, without the words that a harness puts around it, and as far as it is whole."""

from __future__ import annotations

import re
from typing import NamedTuple

from contextpairs.data.code.code_text import lines_with, lower

_HEAD = re.compile(r"<output_head>\n?(.*?)(?:</output_head>|\Z)", re.S)
_RETURNCODE = re.compile(r"<returncode>(-?\d+)</returncode>")
_OPENING = re.compile(r"(?:EXECUTION RESULT of \[[^\]\n]{0,80}\]|OBSERVATION|Observation):[ \t]*\n?")
_CLOSING = re.compile(
    r"\n?(?:\[(?:Python Interpreter: |The command (?:completed|exited|finished)|Command (?:completed|exited|finished)"
    r"|Current working directory: |Finished with exit code)|\(Open file: [^\n]*\)\n\(Current directory: "
    r"|\(Current directory: )"
)
_CLOSING_CHARS = 1000
_LEFT_OUT = (
    r"(?:omit(?:ted|ting)|truncat(?:ed|ing)|elid(?:ed|ing)|clip(?:ped|ping)|snipped|skip(?:ped|ping)|trimmed|abridged"
    r"|abbreviated|not shown|left out|cut off)"
)
_HINTS = (
    *("omit", "truncat", "elid", "clip", "snip", "skip", "trimmed", "abridged", "abbreviated", "not shown", "left out"),
    *("cut off", "...", "…"),
)
"""What every line that says so holds, in lower case: no other need be looked at."""
_CUT = re.compile(
    rf"(?:\.\.\.|…)[^\n]{{0,60}}?\b{_LEFT_OUT}\b"
    rf"|\b\d[\d,]{{0,12}} (?:more )?(?:lines?|char(?:acter)?s?|bytes|tokens)\b[^\n]{{0,20}}?\b{_LEFT_OUT}\b"
    rf"|[\[<({{][^\n\]>)}}]{{0,40}}?\b{_LEFT_OUT}\b[^\n\]>)}}]{{0,80}}[\]>)}}]\s*$"
    rf"|^\W{{2,12}}[^\n]{{0,60}}?\b{_LEFT_OUT}\b[^\n]{{0,60}}?\W{{2,12}}$"
    r"|^(?:\.\.\.+|…|[\[<(] ?(?:\.\.\.+|…) ?[\])>])\s*$",
    re.I,
)
_WHOLE_LINES = re.compile(r"\blines?\b", re.I)
_REFUSED = ("EXACTLY ONE action", "exactly one action", "Your previous command was not executed")


class Printed(NamedTuple):
    """Text that a command printed. `whole`: nothing of it was left out."""

    text: str
    whole: bool


def printed(content: str) -> Printed:
    """What a command printed, as far as its observation shows it from the start on without a gap."""
    text, whole = output_of(content)
    for start, stop in hinted_lines(text):
        if is_cut(line := text[start:stop]):
            # A cut by characters tears the lines next to it.
            end = start if _WHOLE_LINES.search(line) else text.rfind("\n", 0, max(start - 1, 0)) + 1
            return Printed(text[: max(end - 1, 0)], False)
    return Printed(text, whole)


def hinted_lines(text: str) -> list[tuple[int, int]]:
    """Where the lines start and stop that hold a word without which none `is_cut`, in order."""
    lowered = lower(text)
    return sorted({line for hint in _HINTS for line in lines_with(hint, lowered)})


def is_cut(line: str) -> bool:
    """Whether a line says, alone or among its text, that a tool left something out there."""
    return _CUT.search(line[:2000]) is not None


def output_of(content: str) -> tuple[str, bool]:
    """The text that a command printed, and whether it is all of it."""
    if "<returncode>" in content[:200]:
        if "<output_head>" in content and (match := _HEAD.search(content)) is not None:
            return match[1].rpartition("\n")[0], False
        start = content.find("<output>")
        stop = content.find("</output>", start)
        if start < 0:
            return "", False
        text = content[start + len("<output>") : stop if stop >= 0 else len(content)]
        return text.removeprefix("\n").removesuffix("\n"), True
    opening = _OPENING.match(content)
    start = opening.end() if opening else 0
    closing = _CLOSING.search(content, max(start, len(content) - _CLOSING_CHARS))
    if closing is not None:
        return content[start : closing.start()].rstrip("\n"), True
    return content[start:], "<response clipped>" not in content


def return_code(content: str) -> int | None:
    """The exit status that an observation gives, where it does."""
    match = _RETURNCODE.search(content, 0, 200)
    if match is None and "exit code" in content[-300:]:
        match = re.search(r"exit code:? (-?\d+)", content[-300:])
    return int(match[1]) if match else None


def refused(content: str) -> bool:
    """Whether a harness says that it ran nothing."""
    return any(words in content[:1000] for words in _REFUSED)


def unix_lines(content: str) -> str:
    """A terminal's output with the line ends of a file."""
    return content.replace("\r\n", "\n") if "\r\n" in content else content
