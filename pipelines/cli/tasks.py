"""`contextpairs tasks coding` and `contextpairs tasks images`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from contextpairs.pipelines.cli.arguments import Config, Overrides, fail

if TYPE_CHECKING:
    from contextpairs.pipelines.tasks.config import TasksConfig
    from contextpairs.pipelines.tasks.storing import TasksManifest

Job = Callable[..., "TasksManifest"]

tasks = typer.Typer(no_args_is_help=True, help="Write tasks with rewards that need no sandbox, for the RL term.")


@tasks.command("coding")
def coding_tasks_command(overrides: Overrides = None, config: Config = None) -> None:
    """Name the files and functions that a fix changes; without arguments, from the embedded sample."""
    from contextpairs.pipelines.tasks.coding import build_coding_tasks
    from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig

    _write(CodingTasksConfig, build_coding_tasks, overrides, config)


@tasks.command("images")
def image_tasks_command(overrides: Overrides = None, config: Config = None) -> None:
    """Answer the question on an image; without arguments, from rendered scenes."""
    from contextpairs.pipelines.tasks.images import build_image_tasks
    from contextpairs.pipelines.tasks.images_config import ImageTasksConfig

    _write(ImageTasksConfig, build_image_tasks, overrides, config)


def _write(model: type[TasksConfig], job: Job, overrides: Overrides, config: Config) -> None:
    from rich.console import Console

    from contextpairs.pipelines.run.config_files import load
    from contextpairs.pipelines.run.local import local_mapper
    from contextpairs.pipelines.run.terminal import Terminal

    console = Console()
    terminal = Terminal(console)
    try:
        settings = load(model, config or [], overrides or [])
        with terminal:
            written = job(settings, local_mapper(settings.engine), terminal)
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        if terminal.lines:
            terminal.print_funnel()
        fail(error)
    terminal.print_funnel()
    _print(console, written, settings.out)


def _print(console: Any, written: TasksManifest, out: str) -> None:
    for name, count in written.counts.items():
        console.print(f"  {name}: {count}", highlight=False)
    console.print(f"{written.tasks} tasks ({written.kind}), digest {written.digest[:12]}", highlight=False)
    console.print(out, highlight=False, soft_wrap=True)
