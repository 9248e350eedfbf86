"""What the functions of the package return: short when shown, in full when printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contextpairs.pipelines.run.reporting import in_words

if TYPE_CHECKING:
    from contextpairs.data.exports.record import ExportRecord
    from contextpairs.data.store.manifest import AuditFigure, FunnelStage, Manifest
    from contextpairs.data.store.verify import Problem
    from contextpairs.pipelines.probe.reports import Report
    from contextpairs.pipelines.probe.results import Results
    from contextpairs.pipelines.tasks.storing import TasksManifest


def _shown(result: object, /, **said: Any) -> str:
    return f"{type(result).__name__}({', '.join(f'{name}={value!r}' for name, value in said.items())})"


def _printed(shown: str, funnel: Iterable[FunnelStage], notes: Iterable[str]) -> str:
    """In full: a line a stage of the funnel, with its reasons, and the notes."""
    return "\n".join([shown, *(f"  {in_words(stage)}" for stage in funnel), *(f"  {note}" for note in notes)])


@dataclass(frozen=True, slots=True, repr=False)
class BuildResult:
    """A version of pairs that a build published, or found published."""

    version: str
    """`v000001` and so on."""
    path: str
    """Folder or URL of the version's files: what `datasets`, DuckDB and trainers are given."""
    created: bool
    """False where nothing new was published: the store's latest version already said the same."""
    rows: dict[str, int]
    """Pairs by split."""
    funnel: tuple[FunnelStage, ...]
    """What happened to every row in this build, stage by stage."""
    notes: tuple[str, ...]
    """What a person should know of it."""
    manifest: Manifest
    """The account that the version gives of itself."""
    pinned: str | None = None
    """The version that `latest` is pinned to, which this build did not move; None where it is not pinned."""

    @property
    def audit(self) -> tuple[AuditFigure, ...]:
        """How often a cheap baseline picks the positive."""
        return self.manifest.audit

    def __repr__(self) -> str:
        return _shown(self, version=self.version, created=self.created, rows=self.rows, path=self.path)

    def __str__(self) -> str:
        return _printed(repr(self), self.funnel, self.notes)


@dataclass(frozen=True, slots=True, repr=False)
class TasksResult:
    """A folder of tasks."""

    path: str
    """The folder: what `load_tasks` and `train` are given."""
    created: bool
    """False if it already held the same tasks."""
    funnel: tuple[FunnelStage, ...]
    """What happened to every row in this build, stage by stage."""
    notes: tuple[str, ...]
    """What a person should know of it."""
    manifest: TasksManifest
    """The account that the folder gives of itself."""

    @property
    def rows(self) -> int:
        """Tasks."""
        return self.manifest.tasks

    @property
    def kind(self) -> str:
        """Which tasks: what `reward_functions` is given."""
        return self.manifest.kind

    def __repr__(self) -> str:
        return _shown(self, kind=self.kind, created=self.created, rows=self.rows, path=self.path)

    def __str__(self) -> str:
        return _printed(repr(self), self.funnel, self.notes)


@dataclass(frozen=True, slots=True, repr=False)
class TrainResult:
    """The outcome of a training run."""

    path: str
    """Folder of the last checkpoint."""
    final: str | None
    """Folder of the model that the run leaves; None where no checkpoint holds it whole."""
    record: dict[str, Any]
    """What `contextpairs.json` there says of the run: its data by digest, its settings."""
    history: list[dict[str, Any]]
    """What the trainer logged, a mapping for each time."""

    @property
    def version(self) -> str | None:
        """Version of the pairs that it trained on; None where the objective reads none."""
        pairs = self.record["pairs"]
        return pairs and str(pairs["version"])

    def __repr__(self) -> str:
        said = {"objective": self.record["objective"], "version": self.version, "path": self.path}
        return _shown(self, **said, final=self.final)


@dataclass(frozen=True, slots=True, repr=False)
class ProbeResult:
    """What a model made of the pairs."""

    path: str
    """Parquet file of the results; the summary stands beside it as JSON."""
    created: bool
    """False if the very same run was found finished, and nothing was asked."""
    results: Results
    """Facts of the run, and a row for each question."""
    report: Report
    """What they say: accuracy, consistency, position bias; per strategy and domain."""

    @property
    def version(self) -> str:
        """Version of the pairs."""
        return str(self.results.facts["version"])

    @property
    def rows(self) -> int:
        """Questions."""
        return int(self.results.rows.num_rows)

    @property
    def accuracy(self) -> float:
        """Share of questions answered right; chance is 1/2."""
        return self.report.overall.accuracy.value

    @property
    def consistent(self) -> float:
        """Share of pairs answered right in both orders; chance is 1/4."""
        return self.report.overall.consistent.value

    def __repr__(self) -> str:
        accuracy, consistent = round(self.accuracy, 3), round(self.consistent, 3)
        said = {"version": self.version, "created": self.created, "rows": self.rows, "accuracy": accuracy}
        return _shown(self, **said, consistent=consistent, path=self.path)


@dataclass(frozen=True, slots=True, repr=False)
class ExportResult:
    """Pairs in the form that a trainer reads."""

    form: str
    """Which form: the field `to`."""
    path: str
    """Folder or URL of the files."""
    created: bool
    """False if the same export stood there already."""
    record: ExportRecord
    """The account that the export gives of itself."""
    warnings: tuple[str, ...] = ()
    """What should be known of the exported versions, such as an older mask."""

    @property
    def versions(self) -> dict[str, str]:
        """The versions that were exported, by domain."""
        return {source.domain: source.version for source in self.record.sources}

    @property
    def rows(self) -> dict[str, int]:
        """Records by split."""
        return dict(self.record.rows)

    def __repr__(self) -> str:
        said = {"form": self.form, "created": self.created, "versions": self.versions, "rows": self.rows}
        return _shown(self, **said, path=self.path)


@dataclass(frozen=True, slots=True, repr=False)
class VerifyResult:
    """Whether versions are as they were published: true in a condition where all are whole."""

    problems: Mapping[str, tuple[Problem, ...]]
    """What is not as published, by version; nothing for a version that is whole."""

    def __bool__(self) -> bool:
        return not any(self.problems.values())

    def __repr__(self) -> str:
        counts = {version: len(found) for version, found in self.problems.items()}
        return _shown(self, whole=bool(self), problems=counts)

    def __str__(self) -> str:
        found = [f"  {version}: {problem}" for version, problems in self.problems.items() for problem in problems]
        return "\n".join([repr(self), *found])
