"""`contextpairs train`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from contextpairs.pipelines.cli.arguments import Config, Overrides, fail

if TYPE_CHECKING:
    from contextpairs.pipelines.train.run import Trained


def train_command(overrides: Overrides = None, config: Config = None) -> None:
    """Train a model with GRPO and the context-selection loss, or with an objective to compare it with."""
    from contextpairs.pipelines.run.config_files import load
    from contextpairs.pipelines.train.config import TrainConfig

    try:
        settings = load(TrainConfig, config or [], overrides or [])
        from contextpairs.pipelines.train.run import leave_processes, train

        trained = train(settings, typer.echo)
        leave_processes()
    except (ValueError, LookupError, OSError) as error:
        fail(error)
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
