"""Fields of a row, found among its columns: by the configured mapping, else by the names that data sets use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import wrong_type
from contextpairs.data.sources.files.json_text import unpacked
from contextpairs.data.sources.trajectories.rows import value_at
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.texts import Text, blank, option_text, skipped, spelled, texts_in

IMAGE = (
    "decoded_image", "image", "images", "image_bytes", "image_path", "image_file", "img", "img_path", "file_name",
    "filename", "image_filename", "image_file_name", "image_local_name", "image_name", "img_name", "img_file",
    "file_path", "picture", "photo", "image_paths", "image_url", "image_urls",
)  # fmt: skip
IMAGE_ID = (
    "image_id", "image_index", "image_idx", "image_number", "img_id", "img_index", "imgid", "coco_image_id", "coco_id",
    "picture_id",
)  # fmt: skip
"""Columns that tell the picture by its number or by its file's name without the ending."""
QUESTION = ("question", "questions", "problem", "query", "question_text", "question_string", "question_str")
PAIRS = ("qa_pairs", "qas", "qa", "question_answers", "texts")
CHAT = ("conversations", "conversation", "messages", "message", "prompt", "instruction")
SYSTEM = ("system", "system_prompt")
"""Columns that hold a system turn of its own."""
INPUT = "input"
"""What an instruction is about, where a column `instruction` asks."""
INNER_QUESTION = "extra_info.question"
ANSWER = (
    "multiple_choice_answer", "answer", "answers", "reward_model.ground_truth", "reward_spec.ground_truth",
    "ground_truth", "solution", "correct_answer", "gt_answer", "answerkey", "label", "answer_idx", "answer_index",
    "correct_choice_idx", "correct_idx", "direct_answers", "completion", "response", "output",
)  # fmt: skip
OTHER_ANSWERS = ("suffix", "gt", "target", "final_answer", "reference_answer", "best_answer", "short_answer", "chosen")
"""Columns that hold an answer only where a mapping says so: beside another one they are no part of the row."""
CHOICES = ("choices", "options", "candidates", "multiple_choices", "option")
LETTER_COLUMNS = "ABCDEFGHIJ"
LETTERED = ("{}", "choice_{}", "option_{}", "opt_{}")
"""How columns of options are named by letters."""
ID = ("id", "question_id", "questionid", "qid", "pid", "uid", "sample_id", "row_id", "index", "__key__")
DOMAIN = ("domain",)
LICENSE = ("license", "licence")
IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|bmp|tiff?)$", re.IGNORECASE)
NUMBERED_IMAGE = re.compile(r"(?:image|img)_?\d{1,2}", re.IGNORECASE)
NAMES = frozenset(
    spelled(name.split(".")[0])
    for names in (
        IMAGE,
        IMAGE_ID,
        QUESTION,
        PAIRS,
        CHAT,
        SYSTEM,
        (INPUT, INNER_QUESTION),
        ANSWER,
        CHOICES,
        ID,
        DOMAIN,
        LICENSE,
    )
    for name in names
)
READ = frozenset(
    spelled(name)
    for names in (IMAGE, IMAGE_ID, ANSWER, ID, DOMAIN, LICENSE)
    for one in names
    for name in one.split(".")[-1:]
)
"""Names under which a text is a picture's place, an answer, an id, a domain or a licence, whichever of them is read."""


class Field(NamedTuple):
    """A column with its value.

    Attributes:
        column: its name.
        value: what it holds.
        counts: the value is a place among options, from 0, because a mapping says so.
    """

    column: str
    value: Any
    counts: bool = False


class FieldsOfRow:
    """A row of a source, asked for fields."""

    def __init__(self, record: Mapping[str, Any], mapping: ColumnMapping) -> None:
        """Args:
        record: value of each column.
        mapping: columns of the configuration.
        """
        self.record = record
        self.mapping = mapping
        self._written = {spelled(name): name for name in reversed(list(record))}

    @property
    def mapped(self) -> Mapping[str, str]:
        """Field -> column, of the configuration."""
        return self.mapping.fields

    def find(self, field: str, names: Iterable[str]) -> Field | None:
        """The mapped column, else the first of these names that says something, else the first that is there."""
        if column := self.mapped.get(field):
            return Field(column, value_at(self.record, column))
        found: Field | None = None
        for name in names:
            each = self.column(name)
            if each and not blank(each.value):
                return each
            found = found or each
        return found

    def column(self, name: str) -> Field | None:
        """The column of a name, or a field within it for `a.b`; None where there is none, or one that is left out."""
        outer, _, inner = name.partition(".")
        column = self._written.get(spelled(outer))
        if column is None or self.mapping.ignores(column):
            return None
        value = self.record[column]
        if not inner:
            return Field(column, value)
        return Field(f"{column}.{inner}", value[inner]) if isinstance(value, dict) and inner in value else None

    def context(self, but: str = "") -> str:
        """Texts of the columns that belong to the question, a line each; those of a list of objects too.

        Args:
            but: a column whose own columns are left to whoever reads its objects.

        Raises:
            RowFault: one holds no text.
        """
        columns = [name for name in self.mapping.context if not but or not name.startswith(f"{but}.")]
        found = [text for column in columns for text in _texts_at(self.record, column, column)]
        return "\n".join(dict.fromkeys(found))

    def others(self, read: Collection[str], known: frozenset[str] = READ) -> Iterator[Text]:
        """Texts that may be a part of the question, but for those of columns that were read.

        Args:
            read: columns that were read, `a.b` for one within an object.
            known: names, spelled as names are compared, under which nothing is a part of the question.
        """
        there = frozenset((*read, *self.mapped.values()))
        for column, value in self.record.items():
            if not NUMBERED_IMAGE.fullmatch(column):
                yield from texts_in(column, value, self.mapping, known, there)

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
        columns = self.letter_columns()
        # A table of numbers and texts writes a missing option as "nan".
        found = {letter: self.record[column] for letter, column in columns.items()}
        return {name: None if blank(value) or str(value).lower() == "nan" else value for name, value in found.items()}

    def letter_columns(self) -> dict[str, str]:
        """Columns of options by their letters: A, B and so on, or choice_a, option_a and so on."""
        for form in LETTERED:
            names = {letter: form.format(letter) for letter in LETTER_COLUMNS}
            if form == "{}":
                found = {letter: letter for letter in names if letter in self.record}
            else:
                there = {letter: self._written.get(spelled(name)) for letter, name in names.items()}
                found = {letter: column for letter, column in there.items() if column is not None}
            if {"A", "B"} <= found.keys():
                return found
        return {}

    def columns(self) -> str:
        """Names of its columns, for errors."""
        return named(self.record)


def _texts_at(held: Any, column: str, rest: str) -> Iterator[str]:
    """Texts of a column, `a.b` reaching into objects and into those of a list."""
    held = unpacked(held, ("[", "{"))
    if isinstance(held, list):
        for each in held:
            yield from _texts_at(each, column, rest)
    elif isinstance(held, dict):
        if not rest:
            raise wrong_type(column, "text, map a column within it", held)
        name = rest if rest in held else rest.split(".", 1)[0]
        yield from _texts_at(held.get(name), column, rest[len(name) + 1 :])
    elif not blank(held) and not rest:
        yield option_text(held)


def named(columns: Collection[str]) -> str:
    """Names of columns for an error, sorted, the first dozen."""
    return ", ".join(sorted(map(str, columns))[:12]) or "none"


def is_known(column: str, mapping: ColumnMapping) -> bool:
    """Whether a top-level column may matter: it is read, or may hold a part of the question."""
    if any(column in (name, name.split(".", 1)[0]) for name in mapping.columns()):
        return True
    if mapping.ignores(column):
        return False
    return spelled(column) in NAMES or spelled(column) in map(spelled, OTHER_ANSWERS) or not skipped(column)


def recognised(column: str) -> bool:
    """Whether a top-level column is read by its name, or can hold nothing that is asked."""
    return spelled(column) in NAMES or NUMBERED_IMAGE.fullmatch(column) is not None or skipped(column)


def asks(columns: Collection[str], mapping: ColumnMapping) -> bool:
    """Whether rows with these columns may hold questions."""
    there = {spelled(name) for name in columns if not mapping.ignores(name)}
    return "question" in mapping.fields or not there.isdisjoint(map(spelled, (*QUESTION, *PAIRS, *CHAT, "extra_info")))


def shows(columns: Collection[str], mapping: ColumnMapping) -> bool:
    """Whether rows with these columns may hold images; those of a chat may be within its turns."""
    there = {spelled(name) for name in columns if not mapping.ignores(name)}
    return (
        not mapping.fields.keys().isdisjoint(("image", "image_id"))
        or not there.isdisjoint(map(spelled, (*IMAGE, *IMAGE_ID, *CHAT)))
        or any(NUMBERED_IMAGE.fullmatch(name) for name in columns)
    )


def asks_and_shows(columns: Collection[str], mapping: ColumnMapping) -> bool:
    """Whether rows with these columns may hold images with questions."""
    return asks(columns, mapping) and shows(columns, mapping)


def image_column(columns: Collection[str]) -> str:
    """The column that is looked at first for the image, "" where there is none."""
    there = {spelled(name): name for name in columns}
    return next((there[spelled(name)] for name in IMAGE if spelled(name) in there), "")
