"""A build under way: where its work runs, who watches, what it has counted so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from contextpairs.data.sources.files.guard import FAILED
from contextpairs.data.sources.files.safe_text import safe
from contextpairs.data.store.manifest import FunnelStage
from contextpairs.data.store.stages import StageFolder
from contextpairs.data.store.work_dir import Uses
from contextpairs.pipelines.run.build_options import BuildConfig
from contextpairs.pipelines.run.engine import Mapper, Output, Work, rejections_of
from contextpairs.pipelines.run.reporting import Reporter, in_words
from contextpairs.pipelines.run.run_log import RunLog
from contextpairs.pipelines.run.stage import Payload, Stage, code_version, failures

Config = TypeVar("Config", bound=BuildConfig)
T = TypeVar("T")


class NothingToPublish(LookupError):
    """No pair survived.

    Attributes:
        funnel: what happened to every row, stage by stage.
    """

    def __init__(self, message: str, funnel: Sequence[FunnelStage] = ()) -> None:
        """Args: message: for a person. funnel: as far as the build came."""
        super().__init__(message)
        self.funnel = tuple(funnel)


class StillOwed(RuntimeError):
    """A model did not answer everything: that is no rejection, the work is owed to the next run."""


class TooManyFailed(RuntimeError):
    """So many rows failed that a fault is likelier than bad luck: nothing is published."""


MOST_FAILED, MOST_FAILED_SHARE = 20, 0.01
"""Failed rows of a stage, and their share of all, both of which have to be exceeded for a build to end."""


@dataclass(slots=True)
class Build(Generic[Config]):
    """A build under way: what every step needs, and the funnel so far.

    Attributes:
        stages: all that the build may run, whether or not it has work for them.
        log: what its record will say.
    """

    config: Config
    mapper: Mapper
    reporter: Reporter
    stages: tuple[Stage[Any], ...]
    funnel: list[FunnelStage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    log: RunLog = field(default_factory=RunLog)
    _uses: Uses = field(init=False)

    def __post_init__(self) -> None:
        """Begin a record of what is used."""
        self._uses = Uses(self.config.work_dir, self.config.reply_folders())

    def uses(self, *names: str) -> None:
        """Note outputs and keys of caches in the work directory that a collection must leave to later runs."""
        self._uses.add(names)

    def run(self, works: Sequence[Work], done: Callable[[Output], object] | None = None) -> list[Output]:
        """Run the works of one stage; `done` hears of each output as it comes, on any thread."""
        if not works:
            return []
        stage = works[0].stage.name
        self.reporter.stage(stage, len(works))
        with self.log.running(stage) as heard:
            StageFolder(works[0].folder, stage).clean()

            def advance(output: Output) -> None:
                if heard.first(output):
                    self.reporter.advance(output.reused, output.handled)
                    if done:
                        done(output)

            outputs = self.mapper(works, advance)
            for output in outputs:  # an executor may give a result before it calls back
                advance(output)
        self.uses(*(output.path for output in outputs))
        self._told_failures(stage, outputs)
        return outputs

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What the build does itself, shown and timed as a stage of one piece."""
        self.reporter.stage(name, 1)
        with self.log.costs.of(name):
            yield
        self.reporter.advance(False)

    def _told_failures(self, stage: str, outputs: Sequence[Output]) -> None:
        """Say what failed, with an example; more than a few are no chance.

        Raises:
            TooManyFailed: more rows than `MOST_FAILED`, and a larger share of all.
        """
        failed = sum(failures(output.reasons) for output in outputs)
        if not failed:
            return
        rows = sum(output.handled for output in outputs)
        owing = (output for output in outputs if failures(output.reasons))
        example = next(row["detail"] for row in rejections_of(owing) if row["reason"] == FAILED)
        if failed > MOST_FAILED and failed > MOST_FAILED_SHARE * rows:
            raise TooManyFailed(f"{stage}: {failed} of {rows} rows failed, nothing was published; {example}")
        self.reporter.note(safe(f"{stage}: {failed} of {rows} rows failed and are owed; {example}"))

    def work(self, stage: Stage[Payload], payload: Payload, inputs: Any) -> Work:
        """One partition of a stage.

        Args:
            stage: one of the build's.
            payload: what its function takes.
            inputs: what the output depends on.
        """
        if stage not in self.stages:
            raise ValueError(f"{stage.name} is no stage of this build, so its manifest would not tell of this code")
        return Work(stage, payload, inputs, self.config.work_dir)

    def code_version(self) -> str:
        """Hash of the code of all stages, for the manifest."""
        return code_version(self.stages)

    def gathered(self, stage: str, count: int, replies: Iterable[T]) -> list[T]:
        """What a model behind an endpoint replies to so many requests: all of it, since what is under way is paid."""
        self.reporter.stage(stage, count)
        found: list[T] = []
        with self.log.costs.of(stage):
            for reply in replies:
                found.append(reply)
                self.reporter.advance(False)
        return found

    def nothing_left(self) -> NothingToPublish:
        """The error of a build that no pair survived; it names the stage after which none was left."""
        message = "no pair survived; the funnel says at which stage and why"
        emptied = next((line for line in self.funnel if line.rows_in and not line.rows_out), None)
        return NothingToPublish(f"{message}: {in_words(emptied)}" if emptied else message, self.funnel)

    def line(self, stage: str, unit: str, rows_in: int, rows_out: int, reasons: dict[str, int]) -> None:
        """Add a line to the funnel; what failed is owed, not rejected."""
        owed = reasons.get(FAILED, 0)
        reasons = {reason: count for reason, count in reasons.items() if count and reason != FAILED}
        line = FunnelStage.model_validate(
            {"stage": stage, "unit": unit, "rows_in": rows_in, "rows_out": rows_out, "reasons": reasons, "owed": owed}
        )
        self.add(line)

    def add(self, line: FunnelStage) -> None:
        """Add a line that is already made."""
        self.funnel.append(line)
        self.reporter.funnel(line)

    def note(self, message: str) -> None:
        """Something that reader and card should know; text of rows in it does nothing to a terminal."""
        message = safe(message)
        self.notes.append(message)
        self.reporter.note(message)
