"""`contextpairs tasks coding` and `contextpairs tasks images`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from contextpairs.pipelines.cli.arguments import Config, Overrides, watched

if TYPE_CHECKING:
    from contextpairs.pipelines.interface.results import TasksResult

tasks = typer.Typer(no_args_is_help=True, help="Write tasks with rewards that need no sandbox, for the RL term.")


@tasks.command("coding")
def coding_tasks_command(overrides: Overrides = None, config: Config = None) -> None:
    """Name the files and functions that a fix changes; without arguments, from the embedded sample."""
    from contextpairs.pipelines.interface.tasks import coding

    _write(coding, overrides, config)


@tasks.command("images")
def image_tasks_command(overrides: Overrides = None, config: Config = None) -> None:
    """Answer the question on an image; without arguments, from rendered scenes."""
    from contextpairs.pipelines.interface.tasks import images

    _write(images, overrides, config)


def _write(job: Callable[..., TasksResult], overrides: Overrides, config: Config) -> None:
    with watched() as terminal:
        written = job(*overrides or (), config=config or (), reporter=terminal)
    _print(written)


def _print(written: TasksResult) -> None:
    from rich.console import Console

    console = Console()
    for name, count in written.manifest.counts.items():
        console.print(f"  {name}: {count}", highlight=False)
    digest = written.manifest.digest[:12]
    console.print(f"{written.rows} tasks ({written.kind}), digest {digest}", highlight=False)
    console.print(written.path, highlight=False, soft_wrap=True)
