"""What the commands take alike, and how they end on bad input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from contextpairs.data.sources.files.safe_text import safe

if TYPE_CHECKING:
    from contextpairs.pipelines.run.terminal import Terminal

Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Fields of the configuration, values as YAML.")
]
Config = Annotated[list[Path] | None, typer.Option("--config", "-c", help="YAML file; later ones override.")]


def fail(error: Exception) -> NoReturn:
    """Say what was wrong and exit: 2 for bad values, 1 for what is not there. An error of ours keeps its traceback."""
    if isinstance(error, (KeyError, IndexError)):
        raise error
    typer.echo(safe(f"error: {error}"), err=True)
    raise typer.Exit(2 if isinstance(error, ValueError) else 1) from None


def warn(warning: str | None) -> None:
    """Say what does not stop the command but should be known, beside its output."""
    if warning:
        typer.echo(safe(warning), err=True)


@contextmanager
def watched() -> Iterator[Terminal]:
    """A terminal that shows a job, and its funnel when it is done or has failed; an error ends the command."""
    from rich.console import Console

    from contextpairs.pipelines.run.terminal import Terminal

    terminal = Terminal(Console())
    try:
        with terminal:
            yield terminal
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        terminal.print_funnel()
        fail(error)
    terminal.print_funnel()
