"""A followed file as a script sees it, and as it leaves it: lines that were not shown are placeholders."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from contextpairs.builders.coding.file_line import Line
from contextpairs.builders.coding.script_values import HIDDEN, REST

_LONG = 2000
"""Lines from which a comparison passes over what is frequent, so as to take no quadratic time."""


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
    own_texts = _texts(lines)
    head = _equal(own_texts, wanted)
    tail = _equal(own_texts[head:][::-1], wanted[head:][::-1])
    old, new = own_texts[head : len(own_texts) - tail], wanted[head : len(wanted) - tail]
    made = list(lines[:head])
    for operation, a, b, c, d in SequenceMatcher(None, old, new, autojunk=len(old) > _LONG).get_opcodes():
        if operation == "equal":
            made += lines[head + a : head + b]
        else:
            made += [_hidden(lines, line) or Line(0, line) for line in new[c:d]]
    return made + list(lines[len(lines) - tail :])


def _equal(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines are equal from the start on."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def _texts(lines: Sequence[Line]) -> list[str]:
    return [f"{HIDDEN}{at}{HIDDEN}" if line.text is None else line.text for at, line in enumerate(lines)]


def _hidden(lines: Sequence[Line], placeholder: str) -> Line | None:
    """The line that a placeholder stands for."""
    number = placeholder[1:-1]
    is_one = placeholder[:1] == placeholder[-1:] == HIDDEN and number.isdigit() and len(number) < 9
    return lines[int(number)] if is_one and int(number) < len(lines) else None
