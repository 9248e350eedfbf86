"""Tasks with rewards that need no sandbox, for the RL term: `contextpairs tasks` as functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contextpairs.pipelines.interface.fields import Files, given
from contextpairs.pipelines.interface.results import TasksResult
from contextpairs.pipelines.run.reporting import Reporter

if TYPE_CHECKING:
    from contextpairs.pipelines.tasks.config import TasksConfig
    from contextpairs.pipelines.tasks.storing import TasksManifest

__all__ = ["coding", "images"]


def coding(*overrides: str, config: Files = (), reporter: Reporter | None = None, **fields: Any) -> TasksResult:
    """Write tasks that ask for the files and functions that a fix changes; without sources, from the embedded sample.

        written = contextpairs.tasks.coding(sources="runs/", out="out/tasks")
        contextpairs.load_tasks("out/tasks"), contextpairs.reward_functions("coding")

    Args:
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        config: YAML files of fields; overrides and keywords go over them.
        reporter: told of progress; without one, nothing is shown.
        fields: of the configuration, which `contextpairs config --of tasks-coding` lists with what they mean.

    Returns:
        Tasks, funnel, path; `created` is False if the folder already held the same tasks.

    Raises:
        ConfigError: a bad value; it names the field.
        SourceError: nothing could be read, or a mapping does not fit.
        NoTasks: no task is left.
    """
    from contextpairs.pipelines.tasks.coding import build_coding_tasks
    from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig

    return _written(given(CodingTasksConfig, config, overrides, fields), build_coding_tasks, reporter)


def images(*overrides: str, config: Files = (), reporter: Reporter | None = None, **fields: Any) -> TasksResult:
    """Write tasks that ask a question on an image; without sources, from rendered scenes.

        written = contextpairs.tasks.images(sources="vqa/", out="out/tasks/images", caps={"image": 2})

    Args:
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        config: YAML files of fields; overrides and keywords go over them.
        reporter: told of progress; without one, nothing is shown.
        fields: of the configuration, which `contextpairs config --of tasks-images` lists with what they mean.

    Returns:
        Tasks, funnel, path; `created` is False if the folder already held the same tasks.

    Raises:
        ConfigError: a bad value; it names the field.
        SourceError: nothing could be read, or a mapping does not fit.
        NoTasks: no task is left.
    """
    from contextpairs.pipelines.tasks.images import build_image_tasks
    from contextpairs.pipelines.tasks.images_config import ImageTasksConfig

    return _written(given(ImageTasksConfig, config, overrides, fields), build_image_tasks, reporter)


def _written(config: TasksConfig, build: Callable[..., TasksManifest], reporter: Reporter | None) -> TasksResult:
    from contextpairs.pipelines.run.local import local_mapper
    from contextpairs.pipelines.run.reporting import Recorded

    before = _digest_in(config.out)
    recorded = Recorded(reporter)
    manifest = build(config, local_mapper(config.engine), recorded)
    created = manifest.digest != before
    return TasksResult(str(Path(config.out)), created, tuple(recorded.lines), tuple(recorded.notes), manifest)


def _digest_in(folder: str) -> str | None:
    """What names the tasks that a folder holds."""
    from contextpairs.pipelines.tasks.storing import NoTasks, TasksError, read_manifest

    try:
        return read_manifest(folder).digest
    except (NoTasks, TasksError):
        return None
