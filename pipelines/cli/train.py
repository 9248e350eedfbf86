"""`contextpairs train`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from contextpairs.pipelines.cli.arguments import Config, Overrides, fail

if TYPE_CHECKING:
    from contextpairs.pipelines.interface.results import TrainResult


def train_command(overrides: Overrides = None, config: Config = None) -> None:
    """Train a model with GRPO and the context-selection loss, or with an objective to compare it with."""
    from contextpairs.pipelines.interface.jobs import train
    from contextpairs.pipelines.train.ending import RunEndedError

    try:
        trained = train(*overrides or (), config=config or (), say=typer.echo)
        _leave_processes()
    except (ValueError, LookupError, OSError, RunEndedError) as error:
        fail(error)
    if os.environ.get("RANK", "0") == "0":
        _say_where(trained)


def _leave_processes() -> None:
    from contextpairs.pipelines.train.run import leave_processes

    leave_processes()


def _say_where(trained: TrainResult) -> None:
    from contextpairs.pipelines.train.record import recorded_stores

    typer.echo(f"checkpoint: {trained.path}")
    if trained.final:
        typer.echo(f"model: {trained.final}")
    given = trained.record["config"]["pairs"]
    names = [given] if isinstance(given, str) else [each["store"] for each in given]
    for name, store in zip(names, recorded_stores(trained.record), strict=False):  # grpo is given one and reads none
        typer.echo(
            f"trained on {store['store']} {store['version']} ({store['digest'][:12]}); see how well it selects:\n"
            f"  contextpairs probe model={trained.final or trained.path} pairs={name} version={store['version']}"
        )
