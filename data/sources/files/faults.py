"""Rejections, and the faults for which a file, a row or a question of a row is set aside, in few fixed words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from contextpairs.data.sources.files.safe_text import safe, without_secrets

Reason = Literal[
    "unreadable", "empty", "unknown-format", "not-json", "truncated", "encoding", "wrong-type", "missing-field",
    "no-messages", "earlier-request", "too-costly",
]  # fmt: skip
VqaReason = Literal[
    "no-image-given", "several-images", "no-question", "no-answer", "several-answers", "annotators-disagree",
    "unresolved-option", "unread-text", "follow-up", "missing-image", "outside-folder", "remote-image", "unreadable",
]  # fmt: skip
SHOWN_CHARS = 60
DETAIL_CHARS = 500


@dataclass(slots=True, frozen=True)
class Rejection:
    """A dropped candidate: at which stage, why (a short fixed word), where it came from."""

    stage: str
    reason: str
    source: str = ""
    row: int = -1
    key: str = ""
    detail: str = ""
    """For people: what was found, what was expected, what to do. Capped at 500 characters."""


class RowFault(Exception):
    """A row or file that is set aside; its neighbours are read on."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[RowFault], tuple[Reason, str]]:
        return RowFault, (self.reason, self.detail)

    def rejection(self, uri: str, row: int = -1) -> Rejection:
        """The rejection of row `row` of `uri`; -1 stands for the file as a whole."""
        uri = without_secrets(uri)
        place = uri if row < 0 else f"{uri} row {row}"
        detail = safe(f"{place}: {self.detail}")
        return Rejection("read", self.reason, uri, row, detail=detail[:DETAIL_CHARS])


def wrong_type(field: str, expected: str, found: Any) -> RowFault:
    """The fault of a field that holds another type than its reader knows."""
    shown = ascii(found)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    detail = f"field {field!r}: expected {expected}, found {type(found).__name__} {shown}"
    return RowFault("wrong-type", f"{detail}; correct the row or map another column")


class VqaFault(Exception):
    """A row, or a question of a row, that is set aside; its neighbours are read on."""

    def __init__(self, reason: VqaReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: VqaReason = reason
        self.detail = detail


Fault = VqaFault | RowFault


def rejection_of(fault: Fault, uri: str, row: int, key: str = "") -> Rejection:
    """The rejection of row `row` of `uri` with the id `key`."""
    if isinstance(fault, RowFault):
        return replace(fault.rejection(uri, row), key=key)
    detail = safe(f"{uri} row {row}: {fault.detail}")[:DETAIL_CHARS]
    return Rejection("read", fault.reason, uri, row, key, detail)


def shown(value: Any) -> str:
    """A value for people, cut short and without a character that a terminal would act on."""
    text = ascii(value if not isinstance(value, (str, bytes)) else value[: SHOWN_CHARS + 1])
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 3] + "..."
