"""Contrastive context pairs for post-training: built, audited, published.

Each command is a function here, with the command's fields; what it takes, raises and returns is in its docstring.

    import contextpairs

    built = contextpairs.build_coding(sources="runs/", preset="attempts", out="out/mine")
    built                                                     # version, rows, whether it is new, where it is
    print(built)                                              # and the funnel: what happened to every row
    contextpairs.tasks.coding(sources="runs/", out="out/tasks")
    contextpairs.train(model="Qwen/Qwen3-8B", preset="qwen3-8b", pairs="out/mine", tasks="out/tasks")
    contextpairs.probe(model="out/train/final", pairs="out/mine")

Everything is loaded when it is first used: the import alone costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextpairs.data.exports.reading import pairs_of
    from contextpairs.data.store.store import Store
    from contextpairs.pipelines.interface import tasks
    from contextpairs.pipelines.interface.jobs import build_coding, build_images, export, merge, probe, train, verify
    from contextpairs.pipelines.interface.rethreshold import rethreshold
    from contextpairs.pipelines.run.build import NothingToPublish
    from contextpairs.pipelines.run.config_files import ConfigError
    from contextpairs.pipelines.tasks.rewards import reward_functions
    from contextpairs.pipelines.tasks.storing import load_tasks

    __version__: str

__all__ = [
    "ConfigError",
    "NothingToPublish",
    "Store",
    "__version__",
    "build_coding",
    "build_images",
    "export",
    "load_tasks",
    "merge",
    "pairs_of",
    "probe",
    "rethreshold",
    "reward_functions",
    "tasks",
    "train",
    "verify",
]

_HOMES = {
    "ConfigError": "pipelines.run.config_files",
    "NothingToPublish": "pipelines.run.build",
    "Store": "data.store.store",
    "build_coding": "pipelines.interface.jobs",
    "build_images": "pipelines.interface.jobs",
    "export": "pipelines.interface.jobs",
    "load_tasks": "pipelines.tasks.storing",
    "merge": "pipelines.interface.jobs",
    "pairs_of": "data.exports.reading",
    "probe": "pipelines.interface.jobs",
    "rethreshold": "pipelines.interface.rethreshold",
    "reward_functions": "pipelines.tasks.rewards",
    "tasks": "pipelines.interface",
    "train": "pipelines.interface.jobs",
    "verify": "pipelines.interface.jobs",
}
"""Modules of this package that hold what it gives."""

if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> Any:
        """Load a name when it is first asked for."""
        globals()[name] = value = _version() if name == "__version__" else _loaded(name)
        return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _loaded(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = f"{__name__}.{_HOMES[name]}"
    return import_module(f"{home}.tasks") if name == "tasks" else getattr(import_module(home), name)


def _version() -> str:
    from importlib.metadata import version

    return version(__name__)
