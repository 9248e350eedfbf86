"""What a run has done so far: costs of its stages, outputs to draw examples from, the manifest it would publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.run_records import RunExample, StageCost
from contextpairs.data.store.store import Published
from contextpairs.pipelines.run.costs import Costs
from contextpairs.pipelines.run.engine import Output, rejections_of

EXAMPLES = 20
"""Of each reason, in a record."""
LINES = {"mask": "masking"}
"""Stages whose line of the funnel has another name."""


class Heard:
    """Outputs of a stage as they are heard of, each once, from any thread."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.outputs: dict[int, Output] = {}
        self._lock = Lock()

    def first(self, output: Output) -> bool:
        """Whether the output is heard of for the first time."""
        with self._lock:
            new = id(output) not in self.outputs
            self.outputs[id(output)] = output
            return new


class RunLog:
    """What a run has done so far.

    Attributes:
        manifest: of what is to be published, as soon as it is known.
        published: what came of it, as soon as it is there.
        rejected: rows and files that were set aside before any stage ran.
    """

    def __init__(self) -> None:
        """Begin now."""
        self.costs = Costs()
        self.manifest: Manifest | None = None
        self.published: Published | None = None
        self.rejected: list[Rejection] = []
        self._outputs: dict[str, list[Output]] = {}
        self._kept: list[RunExample] = []

    @contextmanager
    def running(self, stage: str) -> Iterator[Heard]:
        """Charge a stage, and keep what is heard of it."""
        heard = Heard()
        try:
            with self.costs.of(stage):
                yield heard
        finally:
            self._outputs.setdefault(stage, []).extend(heard.outputs.values())

    def keep(self, examples: Iterable[RunExample]) -> None:
        """Keep examples of what the build itself dropped."""
        self._kept.extend(examples)

    def stages(self) -> tuple[StageCost, ...]:
        """What each stage cost, in the order in which they began."""
        self.costs.charge()
        return tuple(self._cost(stage, seconds) for stage, seconds in self.costs.seconds.items())

    def _cost(self, stage: str, seconds: float) -> StageCost:
        outputs = self._outputs.get(stage, [])
        made = [output for output in outputs if not output.reused]
        rows = sum(output.handled for output in made)
        return StageCost(
            stage=LINES.get(stage, stage),
            seconds=round(seconds, 3),
            partitions=len(outputs),
            reused=len(outputs) - len(made),
            rows=rows,
            rows_a_second=round(rows / seconds, 1) if rows and seconds else None,
            peak_bytes=max([self.costs.peak[stage], *(output.peak_bytes for output in made)]),
        )

    def examples(self) -> tuple[RunExample, ...]:
        """A few dropped rows of each reason of each line of the funnel."""
        outputs = [output for each in self._outputs.values() for output in each]
        return tuple(_few([*map(_of_rejection, self.rejected), *_stored(outputs), *self._kept]))


def _of_rejection(rejection: Rejection) -> RunExample:
    return RunExample(
        stage=LINES.get(rejection.stage, rejection.stage),
        reason=rejection.reason,
        source=rejection.source,
        row=rejection.row,
        key=rejection.key,
        detail=rejection.detail,
    )


def _stored(outputs: Sequence[Output]) -> Iterator[RunExample]:
    """Rejections of the outputs; an output is read only while one of its reasons has too few."""
    found: Counter[str] = Counter()
    for output in outputs:
        if any(found[reason] < EXAMPLES for reason in output.reasons):
            found.update(output.reasons)
            yield from (_of_rejection(Rejection(**row)) for row in rejections_of([output]))


def _few(examples: Iterable[RunExample]) -> Iterator[RunExample]:
    found: Counter[tuple[str, str]] = Counter()
    for example in examples:
        found[example.stage, example.reason] += 1
        if found[example.stage, example.reason] <= EXAMPLES:
            yield example
