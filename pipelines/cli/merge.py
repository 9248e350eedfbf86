"""`contextpairs merge`."""

from __future__ import annotations

from typing import Annotated

import typer

from contextpairs.pipelines.cli.arguments import Config, Overrides, fail

Checkpoint = Annotated[str, typer.Argument(help="Folder of the adapter: a checkpoint of `train`, or its final/.")]


def merge_command(checkpoint: Checkpoint, overrides: Overrides = None, config: Config = None) -> None:
    """Merge an adapter that `train` left into its base: one model, written to to=FOLDER."""
    from contextpairs.pipelines.interface.jobs import merge

    try:
        merged = merge(checkpoint, *overrides or (), config=config or ())
    except (ValueError, LookupError, OSError) as error:
        fail(error)
    typer.echo(f"merged: {merged}\n  contextpairs probe model={merged}")
