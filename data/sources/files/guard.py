"""An exception in one row, or too much of its worker's time or memory: it has failed, its neighbours go on.

The one place that catches what nobody expected. `CONTEXTPAIRS_CATCH=off` lets it through, so that tests and whoever
looks for a fault see it where it happens.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from traceback import extract_tb
from typing import TypeVar

from contextpairs.data.sources.files.backstop import OutOfTime, bounded
from contextpairs.data.sources.files.faults import DETAIL_CHARS, Rejection, RowFault, VqaFault
from contextpairs.data.sources.files.safe_text import safe
from contextpairs.data.sources.trajectories.partition import SourceError

CATCH = "CONTEXTPAIRS_CATCH"
FAILED = "failed"
"""The reason of what is neither kept nor rejected: the next run tries it again."""
PASSING = (OSError, SourceError, RowFault, VqaFault)
"""Storage and whole sources, for which no row is to blame, end the build; a fault of a row has its own reason."""

T = TypeVar("T")


def guarded(work: Callable[[], T], stage: str, source: str, row: int, key: str = "") -> T | Rejection:
    """What the work on one row or couple gives; a `failed` rejection with file and row where it raises.

    Args:
        work: on the row.
        stage: for the rejection.
        source, row, key: the row.

    Raises:
        OSError, SourceError: errors of storage and of whole sources end the build.
    """
    try:
        with bounded():
            return work()
    except PASSING:
        raise
    except (Exception, OutOfTime) as error:
        if let_through():
            raise
        return Rejection(stage, FAILED, source, row, key, safe(f"{source} row {row}: {_told(error)}")[:DETAIL_CHARS])


def let_through() -> bool:
    """Whether exceptions are to be seen where they happen."""
    return os.environ.get(CATCH) == "off"


def _told(error: BaseException) -> str:
    """What was raised and where, and what follows from it."""
    frames = extract_tb(error.__traceback__)
    place = f" in {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    said = ascii(str(error))[1:161]
    return f"{type(error).__name__}{place}: {said}; left out, the next run tries it again; please report it"
