"""Why a row gives no image with a question, in few fixed words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from contextpairs.data.code.trajectory import Rejection
from contextpairs.data.sources.files.faults import DETAIL_CHARS, RowFault

VqaReason = Literal[
    "no-image-given", "several-images", "no-question", "no-answer", "several-answers", "annotators-disagree",
    "unresolved-option", "missing-image", "outside-folder", "remote-image", "unreadable",
]  # fmt: skip
SHOWN_CHARS = 60


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
    detail = f"{uri} row {row}: {fault.detail}"[:DETAIL_CHARS]
    return Rejection("read", fault.reason, uri, row, key, detail)


def shown(value: Any) -> str:
    """A value for people, cut short and without a character that a terminal would act on."""
    text = ascii(value if not isinstance(value, (str, bytes)) else value[: SHOWN_CHARS + 1])
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 3] + "..."
