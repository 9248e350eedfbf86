"""How a command ends: its exit code says whose turn it is."""

from __future__ import annotations

FAILED = 1
"""The work failed, found corruption, published nothing."""
BAD_INPUT = 2
"""A bad value, or an input or store that is not there."""
HELD = 3
"""Another run holds the store."""
OUR_FAULT = 70
"""An exception that nobody expected."""


def exit_code(error: BaseException) -> int:
    """The exit code for an error; 70 for one of no kind that a user could have caused."""
    from contextpairs.data.pairs.schemas import PairError
    from contextpairs.data.store.lease import Held
    from contextpairs.data.store.sealed import ManifestError
    from contextpairs.pipelines.run.build import NothingToPublish
    from contextpairs.pipelines.tasks.storing import NoTasks

    match error:
        case KeyError() | IndexError():
            return OUR_FAULT
        case Held():
            return HELD
        case ManifestError() | PairError() | NothingToPublish() | NoTasks():
            return FAILED
        case ValueError() | LookupError() | FileNotFoundError():
            return BAD_INPUT
        case OSError() | RuntimeError():
            return FAILED
    return OUR_FAULT
