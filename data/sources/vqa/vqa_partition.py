"""How visual question answering sources are read, and the unit of work that they are cut into."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final, Literal

from pydantic import Field, field_validator

from contextpairs.data.answers.languages import check
from contextpairs.data.sources.trajectories.partition import (
    Located,
    Partition,
    SourceOptions,
    StorageOptions,
    known_fields,
)
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping

VQA_FIELDS: Final = ("image", "question", "answer", "choices", "domain", "license", "id", "image_id", "answer_index")
CONTEXT: Final = "context"
EITHER: Final = (("image", "image_id"), ("answer", "answer_index"))
"""Fields that say the same in two ways."""


class VqaOptions(StorageOptions):
    """What the reader of images and questions cannot tell from content."""

    columns: dict[str, str | list[str]] = Field(default_factory=dict)
    """Field (image, question, answer, choices, domain, license, id) -> column (`a.b` reaches into a struct); overrides
    what is recognised. `image_id`, instead of `image`: the picture's number, by which a list in the same document or
    the picture's file name tells it. `answer_index`, instead of `answer`: place of the right choice, counted from 0.
    `context` -> list of columns whose texts belong to the question, before it and in this order."""
    ignore: list[str] = Field(default_factory=list)
    """Columns that are no part of the question, with all that they hold. A text that is neither read, nor known to be
    no part, nor named here sets its row aside."""
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
    locale: str = ""
    """Language of questions and answers, with or without a territory (`de`, `pt_BR`); several that are possible with
    spaces between. It says what words and marks of numbers mean ("Billion", "1.000"). Without it each question tells
    its own, and those that do not tell have the languages of their file."""
    rendered: bool = False
    """Whether the pictures were drawn by a program (charts, pages, scenes), and none is made from another but by saving
    it anew in another size or format. Then two that differ in one detail are two, and an empty one shows nothing to
    count; without it both are set aside."""
    frame: Literal["first"] | None = None
    """`first`: an animation's questions are about its first frame. Without it animations whose frames differ are set
    aside."""

    @field_validator("columns")
    @classmethod
    def _vqa_fields(cls, columns: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        known_fields(columns, (*VQA_FIELDS, CONTEXT))
        if several := next(
            (name for name, each in columns.items() if name != CONTEXT and not isinstance(each, str)), ""
        ):
            raise ValueError(f"{several!r} takes one column; only {CONTEXT!r} takes a list")
        for plain, other in EITHER:
            if plain in columns and other in columns:
                raise ValueError(f"{plain!r} and {other!r} say the same in two ways; map one of them")
        return columns

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, locale: str) -> str:
        for each in locale.split():
            check(each)
        return locale

    def mapping(self) -> ColumnMapping:
        """What is said of columns."""
        named = {name: column for name, column in self.columns.items() if isinstance(column, str) and name != CONTEXT}
        context = self.columns.get(CONTEXT, [])
        return ColumnMapping(named, (context,) if isinstance(context, str) else tuple(context), tuple(self.ignore))

    def containers(self) -> SourceOptions:
        """What the readers of files and data sets need of this."""
        return SourceOptions(storage=self.storage, partition_bytes=self.partition_bytes)


class VqaSource(VqaOptions, Located):
    """A source of images and questions with a reading of its own."""


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
