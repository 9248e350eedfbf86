"""Fields of a row, found among its columns: by the configured mapping, else by the names that data sets use."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import wrong_type
from contextpairs.data.sources.trajectories.rows import value_at

IMAGE = (
    "decoded_image", "image", "images", "image_bytes", "image_path", "image_file", "img", "img_path", "file_name",
    "filename", "picture", "photo", "image_url",
)  # fmt: skip
QUESTION = ("question", "questions", "problem", "query", "question_text")
PAIRS = ("qa_pairs", "qas", "qa", "question_answers", "texts")
CHAT = ("conversations", "conversation", "messages", "prompt", "instruction")
INNER_QUESTION = "extra_info.question"
ANSWER = (
    "multiple_choice_answer", "answer", "answers", "reward_model.ground_truth", "ground_truth", "solution",
    "correct_answer", "gt_answer", "answerkey", "label", "answer_idx", "answer_index", "correct_choice_idx",
    "correct_idx", "direct_answers", "completion", "response", "output",
)  # fmt: skip
CHOICES = ("choices", "options", "candidates", "multiple_choices")
LETTER_COLUMNS = "ABCDEFGHIJ"
ID = ("id", "question_id", "questionid", "qid", "pid", "uid", "sample_id", "row_id", "index")
DOMAIN = ("domain",)
LICENSE = ("license", "licence")
NUMBERED_IMAGE = re.compile(r"(?:image|img)_?\d{1,2}", re.IGNORECASE)
NAMES = frozenset(
    name.split(".")[0]
    for names in (IMAGE, QUESTION, PAIRS, CHAT, (INNER_QUESTION,), ANSWER, CHOICES, ID, DOMAIN, LICENSE)
    for name in names
)


class Field(NamedTuple):
    """A column with its value."""

    column: str
    value: Any


class FieldsOfRow:
    """A row of a source, asked for fields."""

    def __init__(self, record: Mapping[str, Any], mapped: Mapping[str, str]) -> None:
        """Args:
        record: value of each column.
        mapped: field -> column, of the configuration.
        """
        self.record = record
        self.mapped = mapped
        self._written = {name.lower(): name for name in reversed(list(record))}

    def find(self, field: str, names: Iterable[str]) -> Field | None:
        """The mapped column, else the first of these names that says something, else the first that is there."""
        if column := self.mapped.get(field):
            return Field(column, value_at(self.record, column))
        found: Field | None = None
        for name in names:
            each = self._column(name)
            if each and not blank(each.value):
                return each
            found = found or each
        return found

    def _column(self, name: str) -> Field | None:
        outer, _, inner = name.partition(".")
        column = self._written.get(outer)
        if column is None:
            return None
        value = self.record[column]
        if not inner:
            return Field(column, value)
        return Field(f"{column}.{inner}", value[inner]) if isinstance(value, dict) and inner in value else None

    def text(self, field: str, names: Iterable[str]) -> str:
        """A field that is a short text, or "".

        Raises:
            RowFault: it is neither text nor a number.
        """
        found = self.find(field, names)
        if found is None or blank(found.value):
            return ""
        if isinstance(found.value, (dict, list, bytes)):
            raise wrong_type(found.column, "text", found.value)
        return str(found.value).strip()

    def numbered_images(self) -> list[Field]:
        """Columns such as image_1, image_2 that hold something."""
        names = sorted(name for name in self.record if NUMBERED_IMAGE.fullmatch(name))
        return [Field(name, self.record[name]) for name in names if not blank(self.record[name])]

    def lettered(self) -> dict[str, Any]:
        """Options in columns A, B, C..., None where a letter has none; empty where there is no A with a B."""
        if not {"A", "B"} <= self.record.keys():
            return {}
        # A table of numbers and texts writes a missing option as "nan".
        found = {name: self.record.get(name) for name in LETTER_COLUMNS}
        return {name: None if blank(value) or str(value).lower() == "nan" else value for name, value in found.items()}

    def columns(self) -> str:
        """Names of its columns, for errors."""
        return named(self.record)


def blank(value: Any) -> bool:
    """Whether a value says nothing: null, NaN or infinity, white space, an empty list, or an object of such."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, dict):
        return all(each is None or each in ("", b"") for each in value.values())
    return isinstance(value, (list, bytes)) and not value


def named(columns: Collection[str]) -> str:
    """Names of columns for an error, sorted, the first dozen."""
    return ", ".join(sorted(map(str, columns))[:12]) or "none"


def is_known(column: str, mapped: Mapping[str, str]) -> bool:
    """Whether a top-level column may matter."""
    if column.lower() in NAMES or column in LETTER_COLUMNS or NUMBERED_IMAGE.fullmatch(column):
        return True
    return any(column in (name, name.split(".", 1)[0]) for name in mapped.values())


def asks(columns: Collection[str], mapped: Mapping[str, str]) -> bool:
    """Whether rows with these columns may hold questions."""
    there = {name.lower() for name in columns}
    return "question" in mapped or not there.isdisjoint((*QUESTION, *PAIRS, *CHAT, "extra_info"))


def shows(columns: Collection[str], mapped: Mapping[str, str]) -> bool:
    """Whether rows with these columns may hold images; those of a chat may be within its turns."""
    there = {name.lower() for name in columns}
    return (
        "image" in mapped
        or not there.isdisjoint((*IMAGE, *CHAT))
        or any(NUMBERED_IMAGE.fullmatch(name) for name in there)
    )


def image_column(columns: Collection[str]) -> str:
    """The column that is looked at first for the image, "" where there is none."""
    there = {name.lower(): name for name in columns}
    return next((there[name] for name in IMAGE if name in there), "")
