"""All images and questions of a build as arrays: what the routes choose from. The images' bytes stay on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.data.store.stages import DISTINCT, parquet_file, read_table

Codes = npt.NDArray[np.int64]

QUESTIONS = pa.list_(
    pa.struct(
        [
            ("question", pa.large_string()),
            ("answer", pa.large_string()),
            ("choices", pa.list_(pa.large_string())),
            ("locale", pa.large_string()),
            ("domain", pa.large_string()),
            ("license", pa.large_string()),
            ("source", pa.large_string()),
            ("row", pa.int64()),
            ("key", pa.large_string()),
            ("rendered", pa.bool_()),
        ]
    )
)


def _distinct(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, metadata={DISTINCT: b""})


FACTS = pa.schema(
    [
        _distinct("image_id", pa.large_string()),
        ("format", pa.large_string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("frames", pa.int32()),
        ("size", pa.int64()),
        _distinct("pixel_hash", pa.large_string()),
        _distinct("phash", pa.int64()),
        ("thumbnail", pa.large_binary()),
        ("brightness", pa.float64()),
        ("sharpness", pa.float64()),
        ("contrast", pa.float64()),
        ("outline", pa.large_binary()),
    ]
)
IMAGES = pa.schema([*FACTS, ("questions", QUESTIONS), ("name", pa.large_string()), ("image", pa.large_binary())])
"""What the first stage writes: an image a row, with all that is asked of it in its partition."""
ROW_GROUP = 1000
"""Images of a row group at most."""
ROW_GROUP_BYTES = 16 * 2**20
"""Bytes of its images, unless a single one has more."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of texts, each kept once: `words[codes]`."""

    words: list[str]
    codes: Codes

    def __getitem__(self, row: int) -> str:
        return self.words[int(self.codes[row])]


@dataclass(frozen=True, slots=True)
class ImageTable:
    """Distinct images by bytes, in the order of their stages' outputs.

    Attributes:
        facts: columns of ImageFacts.
        paths: stage outputs.
        output: of each image, index into `paths`.
        place: row of each image in its output.
    """

    facts: pa.Table
    paths: list[str]
    output: Codes
    place: Codes

    def __len__(self) -> int:
        return len(self.output)

    def at(self, image: int) -> ImageFacts:
        """What is known of an image."""
        row = self.facts.slice(image, 1).to_pylist()[0]
        return ImageFacts(**row)

    def column(self, name: str) -> npt.NDArray[Any]:
        """A numeric column, shape (n,)."""
        return np.asarray(self.facts[name].to_numpy())

    def bytes(self, name: str) -> npt.NDArray[np.uint8]:
        """All bytes of a binary column, one image after another."""
        column = self.facts[name].combine_chunks()
        if not len(column):
            return np.zeros(0, np.uint8)
        ends = np.frombuffer(column.buffers()[1], np.int64)[[column.offset, column.offset + len(column)]]
        return np.frombuffer(column.buffers()[2], np.uint8)[slice(*ends)]

    def many(self, images: Sequence[int]) -> list[ImageFacts]:
        """What is known of several images."""
        return [ImageFacts(**row) for row in self.facts.take(pa.array(images, pa.int64())).to_pylist()]


@dataclass(frozen=True, slots=True)
class QuestionTable:
    """One entry a question of an image, shape (n,) each; the order is that of the sources.

    Attributes:
        image: index into the ImageTable.
        choices: options as JSON text, "[]" where there are none.
        locale: languages of question and answer, with spaces between; "" where none is known.
        row: row number within the source.
        rendered: whether the source says that its pictures were drawn by a program.
    """

    image: Codes
    question: Texts
    answer: Texts
    choices: Texts
    locale: Texts
    domain: Texts
    license: Texts
    source: Texts
    row: Codes
    key: Texts
    rendered: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.image)


class QuestionParts(NamedTuple):
    """Questions as they were read: a list a row, and which image each row is."""

    lists: pa.ChunkedArray
    image: Codes


def read_part(path: str) -> pa.Table:
    """A stage output without its images' bytes."""
    return read_table(path, [*FACTS.names, "questions"])


def load_images(paths: Sequence[str], parts: Sequence[pa.Table]) -> tuple[ImageTable, QuestionParts]:
    """Images of all partitions, and what is asked of them; one that stands in several is taken from the first.

    Args:
        paths: of the stage outputs.
        parts: what `read_part` read of each.
    """
    table = pa.concat_tables(parts) if parts else IMAGES.empty_table()
    lists, facts = table["questions"], table.select(FACTS.names)
    del table
    # In one piece, so that whoever wants the bytes as an array needs no second copy.
    place = FACTS.names.index("thumbnail")
    facts = facts.set_column(place, FACTS[place], pa.chunked_array([facts["thumbnail"].combine_chunks()]))
    images, codes = _distinct_images(paths, facts, list(map(len, parts)))
    return images, QuestionParts(lists, codes)


def _distinct_images(paths: Sequence[str], facts: pa.Table, lengths: Sequence[int]) -> tuple[ImageTable, Codes]:
    """Distinct images, and which of them each row is."""
    ids = pc.dictionary_encode(facts["image_id"].combine_chunks())
    codes = ids.indices.to_numpy().astype(np.int64)
    first = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))
    output = np.repeat(np.arange(len(lengths)), lengths)[first]
    place = (np.concatenate([np.arange(n) for n in lengths]) if lengths else np.zeros(0, np.int64))[first]
    known = facts if len(first) == len(facts) else facts.take(pa.array(first))
    return ImageTable(known, list(paths), output, place), codes


def load_questions(asked: QuestionParts) -> QuestionTable:
    """Questions of all partitions, in their order."""
    nested = asked.lists.combine_chunks()
    counts = pc.list_value_length(nested).to_numpy()
    flat = nested.flatten()
    return QuestionTable(
        image=np.repeat(asked.image, counts),
        question=_texts(flat.field("question")),
        answer=_texts(flat.field("answer")),
        choices=_texts(_as_json(flat.field("choices"))),
        locale=_texts(flat.field("locale")),
        domain=_texts(flat.field("domain")),
        license=_texts(pc.fill_null(flat.field("license"), "")),
        source=_texts(flat.field("source")),
        row=flat.field("row").to_numpy(),
        key=_texts(flat.field("key")),
        rendered=flat.field("rendered").to_numpy(zero_copy_only=False).astype(bool),
    )


def _texts(column: Any) -> Texts:
    encoded = pc.dictionary_encode(column)
    return Texts(encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64))


def _as_json(column: Any) -> Any:
    """Lists of texts as JSON; most are empty, and then nothing is converted."""
    import json

    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    texts = np.full(len(column), "[]", object)
    for row in np.flatnonzero(lengths):
        texts[row] = json.dumps(column[int(row)].as_py(), ensure_ascii=False)
    return pa.array(texts, pa.large_string())


def read_images(path: str, places: Sequence[int]) -> dict[int, tuple[str, bytes, str | None]]:
    """(image_id, bytes, name) of rows of a stage output; only row groups that hold one of them are read."""
    return {place: found for group in images_by_group(path, places) for place, found in group.items()}


def images_by_group(path: str, places: Sequence[int]) -> Iterator[dict[int, tuple[str, bytes, str | None]]]:
    """As `read_images`, a row group at a time, in their order."""
    wanted = np.unique(np.asarray(places, np.int64))
    with parquet_file(path) as file:
        bounds = np.cumsum([0, *(file.metadata.row_group(g).num_rows for g in range(file.num_row_groups))])
        for group, (start, stop) in enumerate(pairwise(bounds.tolist())):
            mine = wanted[(start <= wanted) & (wanted < stop)]
            if len(mine):
                table = file.read_row_group(group, columns=["image_id", "image", "name"])
                rows = table.take(pa.array(mine - start)).to_pylist()
                found = ((row["image_id"], row["image"], row["name"]) for row in rows)
                yield dict(zip(mine.tolist(), found, strict=True))
