"""Where an edit applies in a text: addresses of lines, expressions that are no more than a text, blanks left aside."""

from __future__ import annotations

import re


def literal_of(expression: str) -> str:
    """The text that an expression stands for, where it is no more than a text."""
    text = re.sub(r"\\([^\w\s])", r"\1", expression)
    return text if re.fullmatch(r"(?:[^\\.^$*+?{}\[\]|()]|\\[^\w\s])+", expression) else ""


def split_address(address: str) -> tuple[str, str, str]:
    """An address by expression as (its first part, a comma, its last part or \"\")."""
    match = re.match(r"(/(?:[^/\\\n]|\\.)+/)(?:,\s*(.*))?$", address)
    return (match[1], ",", match[2] or "") if match else (address, "", "")


def tolerant_spans(text: str, old: str) -> list[tuple[int, int, str | None]]:
    """Where `old` stands when blanks at line ends are left out of account, as some editors do."""
    wanted = [line.rstrip() for line in old.rstrip("\n").split("\n")]
    lines = text.split("\n")
    at = next((i for i in range(len(lines)) if _same_at(lines, i, wanted)), None) if old.strip() else None
    if at is None:
        return []
    start = sum(len(line) + 1 for line in lines[:at])
    end = start + sum(len(line) + 1 for line in lines[at : at + len(wanted)])
    return [(start, end if old.endswith("\n") else end - 1, None)]


def _same_at(lines: list[str], at: int, wanted: list[str]) -> bool:
    return lines[at].rstrip() == wanted[0] and [line.rstrip() for line in lines[at : at + len(wanted)]] == wanted
