"""Fields beside the turns: read where they have the type that they should have, else noted and left out.

A run is its instance and its turns. What else a record says may be absent, and so may what cannot be understood: it
never costs the run.
"""

from __future__ import annotations

import math
import re
from typing import Any

from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.json_text import parse

_YES = {
    "true", "t", "yes", "y", "resolved", "resolved full", "fully resolved", "solved", "pass", "passed", "passing",
    "success", "successful", "succeeded", "ok", "correct", "fixed",
}  # fmt: skip
_NO = {
    "false", "f", "no", "n", "unresolved", "not resolved", "resolved no", "resolved partial", "partially resolved",
    "unsolved", "not solved", "fail", "failed", "failing", "failure", "not passed", "unsuccessful", "incorrect",
    "wrong",
}  # fmt: skip
_NOTHING = {"", "unknown", "none", "null", "n/a", "na", "nan", "-1"}
"""Words by which a record says that it has no label."""
_SEPARATORS = re.compile(r"[\s_-]{1,8}")
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,6})?")
_LONGEST_LABEL = 40


class SideFields:
    """Reads the side fields of one record, and remembers the names of those that it could not read."""

    def __init__(self) -> None:
        self._unread: list[str] = []

    @property
    def unread(self) -> tuple[str, ...]:
        """Names of the fields that hold another type than was expected, each once."""
        return tuple(dict.fromkeys(self._unread))

    def text(self, record: dict[str, Any], field: str) -> str | None:
        """A text; None where there is none."""
        return self.as_text(record.get(field), field)

    def as_text(self, value: Any, name: str) -> str | None:
        """A text; of numbers their digits, of several texts all."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return ", ".join(value)
        self._unread.append(name)
        return None

    def code(self, record: dict[str, Any], field: str) -> str | None:
        """A text that is a patch or a log: a number is none."""
        return self.as_code(record.get(field), field)

    def as_code(self, value: Any, name: str) -> str | None:
        """As `code`, of a value."""
        if value is None or isinstance(value, str):
            return value
        self._unread.append(name)
        return None

    def mapping(self, record: dict[str, Any], field: str) -> dict[str, Any]:
        """An object, {} where there is none; JSON text of an object is one."""
        return self.as_mapping(record.get(field), field) or {}

    def as_mapping(self, value: Any, name: str) -> dict[str, Any] | None:
        """As `mapping`, of a value; None where there is none."""
        if isinstance(value, str) and value.strip():
            value = _parsed(value)
        if value is None or value == "" or isinstance(value, dict):
            return value or None
        self._unread.append(name)
        return None

    def label(self, value: Any, name: str) -> bool | None:
        """Whether a run resolved its instance, as a label says it: see `truth`."""
        try:
            return truth(value)
        except ValueError:
            self._unread.append(name)
        return None


def truth(value: Any) -> bool | None:
    """A label as a truth value: such a value, a number, a word, or an object that holds one as `resolved`.

    Returns:
        None where the label says that there is none.

    Raises:
        ValueError: it says neither.
    """
    if isinstance(value, dict) and "resolved" in value:
        value = value["resolved"]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _by_number(value)
    if isinstance(value, str) and len(value) <= _LONGEST_LABEL:
        return _by_word(value.strip().lower())
    raise ValueError(f"{type(value).__name__} says neither")


def _by_number(value: float) -> bool | None:
    if math.isnan(value) or value == -1:
        return None
    if value in (0, 1):
        return bool(value)
    raise ValueError(f"{value} says neither")


def _by_word(word: str) -> bool | None:
    if word in _NOTHING:
        return None
    if _NUMBER.fullmatch(word):
        return _by_number(float(word))
    plain = _SEPARATORS.sub(" ", word).strip(" .!")
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise ValueError(f"{plain} says neither")


def _parsed(text: str) -> Any:
    try:
        return parse(text)
    except RowFault:
        return text
