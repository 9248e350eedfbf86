"""The unit of work of the reader of images and questions."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.sources.vqa.options import VqaOptions


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
