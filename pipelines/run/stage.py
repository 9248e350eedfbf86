"""A stage of a build: a function of a partition's payload, under the name of the folder that holds its outputs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pyarrow as pa

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.store.stages import StageFolder
from contextpairs.pipelines.run.code_identity import Closure, code_closure, code_identity

Payload = TypeVar("Payload")


@dataclass(slots=True)
class Batch:
    """Rows that a stage hands out as it goes, with what it rejected and counted on the way."""

    table: pa.Table | None = None
    rejections: list[Rejection] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class Stage(Generic[Payload]):
    """A function that workers run, one partition at a time; what `@stage` makes of it. Picklable: by module and name.

    Attributes:
        name: of the folder of its outputs.
        runs_model: whether it wants a GPU, if there is one.
    """

    def __init__(self, name: str, function: Callable[[Payload], Iterable[Batch]], runs_model: bool) -> None:
        """Keep the function and what is known of it."""
        self.name = name
        self.runs_model = runs_model
        self._function = function
        self.__module__ = function.__module__
        self.__doc__ = function.__doc__

    def __call__(self, payload: Payload) -> Iterable[Batch]:
        """Rows of a partition."""
        return self._function(payload)

    def write(self, payload: Payload, folder: StageFolder, name: str) -> tuple[int, dict[str, int], dict[str, int]]:
        """Do a partition's work: its output appears in the folder under the name, whole or not at all.

        Returns:
            Rows, rejections by "stage/reason", other counts.
        """
        reasons: Counter[str] = Counter()
        counts: Counter[str] = Counter()
        with folder.writer(name) as writer:
            for batch in self(payload):
                reasons.update(f"{rejection.stage}/{rejection.reason}" for rejection in batch.rejections)
                counts.update(batch.counts)
                writer.write(batch.table, batch.rejections)
            return writer.close(dict(reasons), dict(counts)), dict(reasons), dict(counts)

    def __reduce__(self) -> str:
        """Where pickle finds the stage: at the name of its function."""
        return self._function.__qualname__

    def identity(self) -> str:
        """Hash of all code that shapes its rows; another code is another output.

        Raises:
            CodeMismatch: a file was changed after this process had begun.
        """
        return code_identity(self._function)

    def closure(self) -> Closure:
        """All code that shapes its rows."""
        return code_closure(self._function)


def stage(name: str, *, runs_model: bool = False) -> Callable[[Callable[[Payload], Iterable[Batch]]], Stage[Payload]]:
    """Make a function a stage, whose outputs lie in a folder of that name."""
    return lambda function: Stage(name, function, runs_model)


def code_version(stages: Iterable[Stage[Any]]) -> str:
    """Hash of the code of some stages, as a manifest tells it: 16 hex digits."""
    lines = sorted(f"{each.name} {each.__reduce__()} {each.identity()}" for each in stages)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()
