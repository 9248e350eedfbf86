"""A followed file as a script sees it, and as it leaves it: lines that were not shown are placeholders."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from contextpairs.builders.coding.file_line import Line
from contextpairs.builders.coding.script_values import HIDDEN, REST


def text_for_script(lines: Sequence[Line], whole: bool) -> str:
    """The text of lines, a placeholder for each that was not shown, and one for all that follow unknown."""
    return "".join(line + "\n" for line in _texts(lines)) + ("" if whole else REST)


def lines_from_script(lines: Sequence[Line], whole: bool, text: str) -> list[Line] | None:
    """The lines that a text makes of those it was made from; None where it tears a placeholder apart.

    Args:
        lines: those that `text_for_script` was given.
        whole: whether they are all of the file.
        text: what the script wrote.
    """
    if text.endswith(REST) == whole:
        return None
    own = text.removesuffix(REST)
    wanted = (own[:-1] if own.endswith("\n") else own).split("\n") if own else []
    if any(HIDDEN in line and _hidden(lines, line) is None for line in wanted):
        return None
    made: list[Line] = []
    for operation, a, b, c, d in SequenceMatcher(None, _texts(lines), wanted, autojunk=False).get_opcodes():
        if operation == "equal":
            made += lines[a:b]
        else:
            made += [_hidden(lines, line) or Line(0, line) for line in wanted[c:d]]
    return made


def _texts(lines: Sequence[Line]) -> list[str]:
    return [f"{HIDDEN}{at}{HIDDEN}" if line.text is None else line.text for at, line in enumerate(lines)]


def _hidden(lines: Sequence[Line], placeholder: str) -> Line | None:
    """The line that a placeholder stands for."""
    number = placeholder[1:-1]
    is_one = placeholder[:1] == placeholder[-1:] == HIDDEN and number.isdigit() and len(number) < 9
    return lines[int(number)] if is_one and int(number) < len(lines) else None
