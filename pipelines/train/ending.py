"""What ends a run in its midst; the weights of its last checkpoint stand."""

from __future__ import annotations


class RunEndedError(RuntimeError):
    """A run that would go on wrong, or for nothing: the message says at which step, why, and where to go on from."""
