"""What the commands take alike, and how they end on bad input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from contextpairs.data.sources.files.safe_text import safe

if TYPE_CHECKING:
    from contextpairs.data.store.store import Store
    from contextpairs.pipelines.run.terminal import Terminal

Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Fields of the configuration, values as YAML.")
]
Config = Annotated[list[Path] | None, typer.Option("--config", "-c", help="YAML file; later ones override.")]


Out = Annotated[str, typer.Argument(metavar="STORE", help="Store: folder or fsspec URL.")]
StorageOptions = Annotated[
    str | None, typer.Option("--storage", metavar="YAML", help="fsspec options of the store: '{endpoint_url: ...}'.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")]
WorkDirOption = Annotated[
    str | None,
    typer.Option("--work-dir", help="Folder or URL of stage outputs. Default: as builds have it."),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait while another run holds the store.")]


def fail(error: Exception) -> NoReturn:
    """Say what was wrong and exit with the code for it. An error of ours keeps its traceback."""
    from contextpairs.pipelines.cli.exit_codes import OUR_FAULT, exit_code

    code = exit_code(error)
    if code == OUR_FAULT:
        raise error
    typer.echo(safe(f"error: {error}"), err=True)
    raise typer.Exit(code) from None


def opened(out: str, storage: str | None) -> Store:
    """The store that a command is given. Raises ValueError where its options are no mapping."""
    import yaml

    from contextpairs.data.store.store import Store

    try:
        options = yaml.safe_load(storage) if storage else {}
    except yaml.YAMLError as error:
        raise ValueError(f"--storage: expected YAML such as '{{endpoint_url: ...}}': {error}") from None
    if not isinstance(options, dict):
        raise ValueError(f"--storage: expected a mapping such as '{{endpoint_url: ...}}', given {storage!r}")
    return Store(out, options)


def work_dir_of(out: str) -> str:
    """Where builds for a store keep their stage outputs, unless they are told otherwise."""
    from contextpairs.pipelines.run.build_options import BuildConfig

    return BuildConfig(out=out).work_dir


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
        _print_end(terminal)
        fail(error)
    _print_end(terminal)


def _print_end(terminal: Terminal) -> None:
    """The funnel, and of a build what cost most."""
    from contextpairs.pipelines.cli.why import account

    terminal.print_funnel()
    for line in account(terminal.record) if terminal.record else ():
        typer.echo(line)
