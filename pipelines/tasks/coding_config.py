"""Configuration of coding tasks."""

from __future__ import annotations

from pydantic import Field

from contextpairs.builders.coding.facts import FactsOptions
from contextpairs.data.sources.trajectories.partition import SourceOptions, TrajectorySource
from contextpairs.filters.coding.contamination import ContaminationOptions
from contextpairs.filters.coding.redaction import RedactionOptions
from contextpairs.pipelines.tasks.config import TasksConfig


class CodingTasksConfig(TasksConfig):
    """What makes coding tasks: name the files and functions that the fix of an issue changes."""

    sources: list[str | TrajectorySource] = Field(default_factory=list)
    """Trajectories, as for `build coding`; without any, the embedded sample."""
    out: str = "out/tasks/coding"
    """Local folder that the tasks are written to."""
    source: SourceOptions = SourceOptions()
    """How sources are read: column mapping, instances table, storage options."""
    facts: FactsOptions = FactsOptions()
    """How patches and functions are taken from a trajectory; as in the build of the pairs."""
    contamination: ContaminationOptions = ContaminationOptions()
    """Evaluation sets that must not enter; on by default."""
    redaction: RedactionOptions = RedactionOptions()
    """Secrets and personal data that are replaced in issues."""
    trust_unknown: bool | None = None
    """Whether a run of unknown outcome counts as resolved, which is right for corpora of successful runs alone, such as
    the 66k of SWE-smith. Default: for the embedded sample only. A gold patch is a reference whatever the runs did."""
    listed_files: int = Field(default=30, ge=0, le=500)
    """Files of the repository that the prompt lists, those of the fix among them; 0 lists none. The others are drawn
    from what the runs on the repository saw of it; where these are fewer than four, none are listed."""
    max_issue_chars: int = Field(default=20_000, ge=100)
    """Longest issue that is asked about."""

    @property
    def trusts_unknown(self) -> bool:
        """Whether runs of unknown outcome count as resolved."""
        return not self.sources if self.trust_unknown is None else self.trust_unknown
