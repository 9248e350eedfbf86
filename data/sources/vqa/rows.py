"""One row of a source -> an image with its questions, or the reason why not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from data.sources.faults import RowFault, wrong_type
from data.sources.hub import PREFIX, hub_source
from data.sources.vqa import fields
from data.sources.vqa.answering import question_of
from data.sources.vqa.asking import Asked, questions_of
from data.sources.vqa.faults import Fault, VqaFault, rejection_of
from data.sources.vqa.fields import Row
from data.sources.vqa.options import VqaOptions
from data.sources.vqa.pictures import picture_of
from data.sources.vqa.places import ImageFiles
from data.trajectory import Rejection
from data.vqa import Question, VqaRow

SHARD = re.compile(r"-\d{5}-of-\d{5}$")


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one file or data set.

    Attributes:
        uri: where the rows are.
        options: column mapping and defaults.
        files: reads images that rows name by path.
        domain: of rows that name none.
    """

    uri: str
    options: VqaOptions
    files: ImageFiles
    domain: str

    def outcomes(self, number: int, record: Any) -> Iterator[VqaRow | Rejection]:
        """What comes of a row: it, with the questions that can be used, or one rejection.

        A row that is kept is followed by a rejection for each of its questions that cannot be used.

        Raises:
            OSError: storage fails: the work is owed again.
        """
        key = ""
        try:
            row = self._row(record)
            key = row.text("id", fields.ID)
            found, faults = self._read(row, number, key)
            yield found
            yield from (rejection_of(fault, self.uri, number, key) for fault in faults)
        except (VqaFault, RowFault) as fault:
            yield rejection_of(fault, self.uri, number, key)

    def _row(self, record: Any) -> Row:
        if isinstance(record, RowFault):
            raise record
        if not isinstance(record, dict):
            raise wrong_type("(row)", "a JSON object", record)
        return Row(record, self.options.columns)

    def _read(self, row: Row, number: int, key: str) -> tuple[VqaRow, list[Fault]]:
        asked, turns = questions_of(row)
        picture = picture_of(row, turns)
        domain = row.text("domain", fields.DOMAIN) or self.domain
        license = row.text("license", fields.LICENSE) or self.options.license
        questions, faults = _questions(asked)
        if not questions:
            raise faults[0]
        content = self.files.load(picture)
        found = VqaRow(self.uri, number, key, domain, license, picture.name, content, tuple(questions))
        return found, faults


def _questions(asked: Sequence[Asked]) -> tuple[list[Question], list[Fault]]:
    """Questions that can be used, and what is wrong with the others; at least one of the two."""
    questions: list[Question] = []
    faults: list[Fault] = []
    for each in asked:
        try:
            questions.append(question_of(*each))
        except (VqaFault, RowFault) as fault:
            faults.append(fault)
    if not asked:
        faults.append(VqaFault("no-question", "its list of questions is empty; complete or drop the row"))
    return questions, faults


def domain_of(uri: str, options: VqaOptions) -> str:
    """The domain of rows of a file or data set that name none."""
    name = posixpath.basename(uri.replace("\\", "/"))
    for pattern, domain in options.domains.items():
        if fnmatchcase(uri, pattern) or fnmatchcase(name, pattern):
            return domain
    return options.domain or _stem(uri, name)


def _stem(uri: str, name: str) -> str:
    """Name of a data set or file, without endings and without the number of a shard."""
    if uri.startswith(PREFIX):
        return posixpath.basename(hub_source(uri.split("#", 1)[0]).name.rstrip("/"))
    return SHARD.sub("", name.split(".", 1)[0]) or name
