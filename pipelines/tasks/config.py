"""Configuration of the tasks of both domains."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from contextpairs.builders.coding.facts import FactsOptions
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.data.store.manifest import portable_uri
from contextpairs.data.store.settings import Settings
from contextpairs.filters.coding.contamination import ContaminationOptions
from contextpairs.filters.coding.redaction import RedactionOptions
from contextpairs.filters.images.contamination import ImageContaminationOptions
from contextpairs.pipelines.images.config import ScenesOptions
from contextpairs.pipelines.run.build_options import BuildConfig


class TasksConfig(BuildConfig):
    """What the tasks of both domains have in common."""

    limit: int | None = Field(default=None, ge=1)
    """Tasks to write at most, drawn by hash; None writes all."""
    probe_share: float = Field(default=0.1, ge=0.0, le=0.9)
    """As in the build of the pairs: what stands in their probe split gives no task."""

    @field_validator("out")
    @classmethod
    def _is_local(cls, out: str) -> str:
        if "://" in out:
            raise ValueError("tasks are written to a local folder; copy it where the trainer reads it")
        return out

    @field_validator("storage")
    @classmethod
    def _is_unused(cls, storage: dict[str, Any]) -> dict[str, Any]:
        if storage:
            raise ValueError("tasks are written to a local folder; how sources are reached is source.storage")
        return storage

    def content(self) -> dict[str, Any]:
        """The part that shapes the tasks: neither places nor the engine; paths by their names."""
        content = self.model_dump(mode="json", exclude={"out": True, "engine": True, "storage": True, "sources": True,
                                                        "source": {"storage"}})  # fmt: skip
        for section, name in (("source", "instances"), ("contamination", "evaluation_sets"), ("facts", "mirror")):
            value = content.get(section, {}).get(name)
            if value:
                portable = [portable_uri(each) for each in value] if isinstance(value, list) else portable_uri(value)
                content[section][name] = portable
        return content


class CodingTasksConfig(TasksConfig):
    """What makes coding tasks: name the files and functions that the fix of an issue changes."""

    sources: list[str] = Field(default_factory=list)
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


class ImageCapsOptions(Settings):
    """How often one thing may be asked about, so that no habit of answering pays. None is no cap."""

    image: int | None = Field(default=1, ge=1)
    """Tasks of one picture."""
    question: int | None = Field(default=500, ge=1)
    """Tasks of one question, whatever its writing, in a domain."""
    answer_ratio: float | None = Field(default=1.5, ge=1.0)
    """How many times as often as the next frequent answer the most frequent one may be right: among the tasks of one
    question, and then of one domain. A question that has one answer everywhere is asked once."""


class ImageTasksConfig(TasksConfig):
    """What makes image tasks: answer the question."""

    sources: list[str] = Field(default_factory=list)
    """Visual question answering rows, as for `build images`; without any, rendered scenes."""
    out: str = "out/tasks/images"
    """Local folder that the tasks are written to."""
    scenes: ScenesOptions = ScenesOptions()
    """The rendered scenes that stand in where no sources are given."""
    source: VqaOptions = VqaOptions()
    """How sources are read: column mapping, domains, storage options."""
    limits: ImageLimits = ImageLimits()
    """What an image may cost; checked before it is decoded."""
    contamination: ImageContaminationOptions = ImageContaminationOptions()
    """Evaluation images and questions that must not enter, told by pixels, perceptual hashes and words; vectors, which
    need a model, are not compared here."""
    caps: ImageCapsOptions = ImageCapsOptions()
    """How often one thing may be asked about."""
