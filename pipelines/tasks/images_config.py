"""Configuration of image tasks."""

from __future__ import annotations

from pydantic import Field

from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions, VqaSource
from contextpairs.filters.images.contamination import ImageContaminationOptions
from contextpairs.pipelines.images.config import ScenesOptions
from contextpairs.pipelines.tasks.caps import ImageCapsOptions
from contextpairs.pipelines.tasks.config import TasksConfig


class ImageTasksConfig(TasksConfig):
    """What makes image tasks: answer the question."""

    sources: list[str | VqaSource] = Field(default_factory=list)
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
