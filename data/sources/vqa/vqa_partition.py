"""How visual question answering sources are read, and the unit of work that they are cut into."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

from pydantic import Field, field_validator

from contextpairs.data.sources.trajectories.partition import Partition, SourceOptions, StorageOptions, known_fields

VQA_FIELDS: Final = ("image", "question", "answer", "choices", "domain", "license", "id")


class VqaOptions(StorageOptions):
    """What the reader of images and questions cannot tell from content."""

    columns: dict[str, str] = Field(default_factory=dict)
    """Field (image, question, answer, choices, domain, license, id) -> column (`a.b` reaches into a struct); overrides
    what is recognised."""
    domain: str | None = None
    """Domain of rows that name none; without it, the name of their file or data set."""
    domains: dict[str, str] = Field(default_factory=dict)
    """Pattern of a source's files (`*/charts/*`, or a file name) -> domain of their rows that name none; the first that
    fits holds, before `domain`."""
    image_root: str | None = None
    """Folder or fsspec URL that image paths may lead into besides the source's own folder; relative ones are looked up
    here first."""
    license: str | None = None
    """Licence of rows that name none."""

    @field_validator("columns")
    @classmethod
    def _vqa_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        return known_fields(columns, VQA_FIELDS)

    def containers(self) -> SourceOptions:
        """What the readers of files and data sets need of this."""
        return SourceOptions(storage=self.storage, partition_bytes=self.partition_bytes)


@dataclass(frozen=True, slots=True)
class VqaPartition(Partition):
    """A part of a source of images and questions. Picklable.

    `fingerprint` covers the image files that its rows name, besides their own file.
    """

    vqa: VqaOptions = field(default_factory=VqaOptions, repr=False)
    """How its rows are read."""


def vqa_partition(partition: Partition, options: VqaOptions) -> VqaPartition:
    """The partition, with how its rows are read."""
    return VqaPartition(**{each.name: getattr(partition, each.name) for each in fields(Partition)}, vqa=options)
