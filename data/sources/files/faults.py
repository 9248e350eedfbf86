"""Why a row or a file could not be read, in few fixed words."""

from __future__ import annotations

from typing import Any, Literal

from contextpairs.data.code.trajectory import Rejection

Reason = Literal[
    "unreadable", "empty", "unknown-format", "not-json", "truncated", "encoding", "wrong-type", "missing-field",
    "no-messages",
]  # fmt: skip
DETAIL_CHARS = 500


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
        place = uri if row < 0 else f"{uri} row {row}"
        detail = f"{place}: {self.detail}"
        return Rejection("read", self.reason, uri, row, detail=detail.replace("\0", "\ufffd")[:DETAIL_CHARS])


def wrong_type(field: str, expected: str, found: Any) -> RowFault:
    """The fault of a field that holds another type than its reader knows."""
    shown = ascii(found)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    detail = f"field {field!r}: expected {expected}, found {type(found).__name__} {shown}"
    return RowFault("wrong-type", f"{detail}; correct the row or map another column")
