"""`contextpairs train`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.training.run import Trained

Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Fields of the configuration, values as YAML.")
]
Config = Annotated[list[Path] | None, typer.Option("--config", "-c", help="YAML file; later ones override.")]


def train_command(overrides: Overrides = None, config: Config = None) -> None:
    """Train a model with GRPO and the context-selection loss, or with an objective to compare it with."""
    from pipelines.loading import load
    from pipelines.training.config import TrainConfig

    try:
        settings = load(TrainConfig, config or [], overrides or [])
        from pipelines.training.run import train

        trained = train(settings, typer.echo)
    except (ValueError, LookupError, OSError) as error:
        if isinstance(error, (KeyError, IndexError)):
            raise  # no error of ours: it deserves its traceback
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2 if isinstance(error, ValueError) else 1) from None
    if os.environ.get("RANK", "0") == "0":
        _say_where(trained)


def _say_where(trained: Trained) -> None:
    typer.echo(f"checkpoint: {trained.checkpoint}")
    if pairs := trained.record["pairs"]:
        store = trained.record["config"]["pairs"]
        typer.echo(
            f"trained on {pairs['store']} {pairs['version']} ({pairs['digest'][:12]}); see how well it selects:\n"
            f"  contextpairs probe model={trained.checkpoint} pairs={store} version={pairs['version']}"
        )
