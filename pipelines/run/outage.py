"""A server that orchestrates and may be away for a while, which is no reason for work to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

T = TypeVar("T")
ASK_EVERY = 2.0
"""Seconds between two questions to a server that is away."""


def is_away(error: BaseException) -> bool:
    """Whether an error of its client says that a server does not answer; Prefect's says so in words of a new client."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx.TransportError) or "Failed to reach API" in str(error)


def told(say: Callable[[], T], patience: float = 0.0) -> T | None:
    """What the server answers.

    Args:
        say: asks or tells it something.
        patience: seconds for which that is tried.

    Returns:
        None where the server stays away.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return say()
        except Exception as error:
            if not is_away(error):
                raise
        if time.monotonic() >= until:
            return None
        time.sleep(ASK_EVERY)
