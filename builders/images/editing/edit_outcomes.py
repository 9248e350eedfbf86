"""What becomes of an edit that gave no picture: a verdict, which is kept, or a failure, which the next run is owed."""

from __future__ import annotations

import json
from typing import NamedTuple

EDITOR_REFUSED = "editor-refused"
"""The pipeline does not take the image or the instruction."""
NOT_FINITE = "not-finite"
"""Pixels that are no finite numbers: weights are broken for this edit, or its dtype is too narrow."""
SAFETY_CHECKER = "safety-checker"
"""The pipeline's safety checker put a black picture in the place of what was drawn."""
OTHER_SIZE = "other-size"
"""A picture of another size than was asked for."""
VERDICT_REASONS = (EDITOR_REFUSED, NOT_FINITE, SAFETY_CHECKER, OTHER_SIZE)
LOST = (
    "device-side assert", "illegal memory access", "illegal instruction", "unspecified launch failure", "device lost",
    "uncorrectable ECC error", "hardware failure", "fallen off the bus",
)  # fmt: skip
"""What torch says where a device answers no more, whatever it is asked; other errors of CUDA pass."""


class Refusal(NamedTuple):
    """A verdict on an edit without a picture; the same edit would end the same way.

    Attributes:
        reason: one of `VERDICT_REASONS`.
        detail: what was found, or what the pipeline said.
    """

    reason: str
    detail: str


class Failure(NamedTuple):
    """An exception in an edit, such as memory that ran out: no verdict, the edit is owed."""

    detail: str


class EditorFailed(RuntimeError):
    """The editor failed so often, or its device is lost, that the editor is at fault and not an image."""


def to_json(refusal: Refusal) -> bytes:
    """A refusal at rest."""
    return json.dumps(refusal._asdict(), sort_keys=True).encode()


def from_json(content: bytes) -> Refusal | None:
    """A refusal that was at rest; None where the bytes are not whole."""
    try:
        said = json.loads(content)
        refusal = Refusal(said["reason"], said["detail"])
    except (ValueError, KeyError, TypeError):
        return None
    return refusal if refusal.reason in VERDICT_REASONS and isinstance(refusal.detail, str) else None


def device_is_lost(error: Exception) -> bool:
    """Whether no further edit can succeed in this process: the device itself answers no more."""
    return any(mark in str(error) for mark in LOST) or not _device_answers()


def _device_answers() -> bool:
    """Whether CUDA, where it is in use, can still be waited for."""
    from torch import cuda

    if not cuda.is_initialized():  # type: ignore[no-untyped-call]
        return True
    try:
        cuda.synchronize()
    except Exception:  # An error of the device comes as several types.
        return False
    return True
