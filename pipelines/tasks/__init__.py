"""Tasks for the RL term of training, made from the sources of pairs: prompts with rewards that need no sandbox."""

from pipelines.tasks.rewards import reward_functions
from pipelines.tasks.storing import NoTasks, TasksError, TasksManifest, load_tasks, read_manifest

__all__ = ["NoTasks", "TasksError", "TasksManifest", "load_tasks", "read_manifest", "reward_functions"]
