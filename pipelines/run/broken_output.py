"""A process that goes on when whoever read its output is gone, as a flow does whose worker was killed."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from functools import partial

from rich.console import Console


def outlive_readers() -> None:
    """Have logs that rich writes let go of an output that nobody reads: by itself rich ends the process."""
    for console in _consoles():
        vars(console)["on_broken_pipe"] = partial(_let_go, console)


def _consoles() -> Iterator[Console]:
    """Of the handlers of all loggers there are."""
    loggers = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if isinstance(console := getattr(handler, "console", None), Console):
                yield console


def _let_go(console: Console) -> None:
    console.quiet = True
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
