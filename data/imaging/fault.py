"""Why an image is set aside."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """Why an image is set aside.

    Attributes:
        reason: empty-file, too-many-bytes, no-image, unsupported-format, too-many-pixels, too-narrow, too-small,
            too-many-frames, too-much-metadata, broken-image.
        detail: what was found, what is expected.
    """

    reason: str
    detail: str


class Refused(Exception):
    """Carries a fault to where it is returned."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(reason, detail)
