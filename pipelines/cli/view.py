"""`contextpairs view`: a version as one page for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contextpairs.pipelines.cli.arguments import Out, StorageOptions, fail, opened, warn


def view_command(
    out: Out,
    version: Annotated[str | None, typer.Option(help="Default: the latest.")] = None,
    to: Annotated[Path | None, typer.Option(help="File to write. Default: STORE/views/VERSION.html.")] = None,
    couples: Annotated[int, typer.Option("-n", min=1, help="Couples that the page holds at most.")] = 500,
    seed: Annotated[int, typer.Option(help="Which couples, and letters of the probe: another seed, another draw.")] = 0,
    probe: Annotated[Path | None, typer.Option(help="Results of `contextpairs probe`: which pairs it missed.")] = None,
    against: Annotated[str | None, typer.Option(help="Version to compare with: what came and went.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    storage: StorageOptions = None,
) -> None:
    """Write a version as one page for a browser: figures, couples to read, a probe of oneself."""
    from contextpairs.pipelines.view.viewing import ViewOptions, view, write_view

    try:
        store = opened(out, storage)
        warn(store.pin_note(version or "latest"))
        name = store.resolved(version or "latest")
        text = view(store, name, ViewOptions(couples, seed, probe, against))
        path = write_view(store, name, text, to)
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        fail(error)
    typer.echo(f"{path} ({len(text.encode()) / 1e6:.1f} MB)")
    if show:
        _open(path)


def _open(path: str) -> None:
    """A browser opens what lies on this machine."""
    if "://" in path or not Path(path).is_file():
        warn(f"{path} is not on this machine: write it with --to FILE to open it")
        return
    typer.launch(Path(path).absolute().as_uri())
