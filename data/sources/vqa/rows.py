"""One row of a source -> an image with its questions, or the reason why not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from contextpairs.data.sources.files.faults import Fault, Rejection, RowFault, VqaFault, rejection_of, wrong_type
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.sources.files.hub import PREFIX, hub_source
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.advice import advice
from contextpairs.data.sources.vqa.chat import ChatTurn
from contextpairs.data.sources.vqa.choices import options_of
from contextpairs.data.sources.vqa.fields import FieldsOfRow
from contextpairs.data.sources.vqa.image_files import ImageFiles
from contextpairs.data.sources.vqa.pictures import Picture, picture_of, pictures_of
from contextpairs.data.sources.vqa.record import Question, VqaRow
from contextpairs.data.sources.vqa.row_answers import question_of
from contextpairs.data.sources.vqa.row_limits import (
    check_answer,
    check_asked,
    check_images,
    check_question,
    check_record,
)
from contextpairs.data.sources.vqa.row_questions import Questions, RowQuestion, questions_of
from contextpairs.data.sources.vqa.texts import unread_text, unsaid
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.data.sources.vqa.wording import bare, listed

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
            read = guarded(partial(self._read, row, number, key), "read", self.uri, number, key)
            if isinstance(read, Rejection):
                yield read
                return
            found, faults = read
            yield found
            yield from (rejection_of(fault, self.uri, number, key) for fault in faults)
        except (VqaFault, RowFault) as fault:
            yield rejection_of(fault, self.uri, number, key)

    def shown(self, number: int, record: Any) -> Iterator[VqaRow | Rejection]:
        """Each image of a row with the texts that are asked of it; neither question nor answer has to be there.

        An image that cannot be had is a rejection.

        Raises:
            OSError: storage fails: the work is owed again.
        """
        key = ""
        try:
            row = self._row(record)
            key = row.text("id", fields.ID)
            texts, turns = _asked(row)
            pictures = pictures_of(row, turns)
            check_images(pictures)
        except (VqaFault, RowFault) as fault:
            yield rejection_of(fault, self.uri, number, key)
            return
        for picture in pictures:
            try:
                content = self.files.load(picture)
            except (VqaFault, RowFault) as fault:
                yield rejection_of(fault, self.uri, number, key)
            else:
                questions = tuple(Question(text, "") for text in texts)
                yield VqaRow(self.uri, number, key, self.domain, None, picture.name, content, questions)

    def _row(self, record: Any) -> FieldsOfRow:
        if isinstance(record, (RowFault, VqaFault)):
            raise record
        if not isinstance(record, dict):
            raise wrong_type("(row)", "a JSON object", record)
        check_record(record)
        return FieldsOfRow(record, self.options.mapping())

    def _read(self, row: FieldsOfRow, number: int, key: str) -> tuple[VqaRow, list[Fault]]:
        found = questions_of(row)
        check_asked(found.asked)
        picture = picture_of(row, found.turns)
        domain = row.text("domain", fields.DOMAIN) or self.domain
        license = row.text("license", fields.LICENSE) or self.options.license
        questions, faults = _questions(found.asked, self.options.locale)
        if not questions:
            raise _advised(faults[0], row)
        _refuse_unread(found)
        content = self._content(picture, row)
        return VqaRow(self.uri, number, key, domain, license, picture.name, content, tuple(questions)), faults

    def _content(self, picture: Picture, row: FieldsOfRow) -> bytes:
        try:
            return self.files.load(picture)
        except VqaFault as fault:
            raise _advised(fault, row) from fault


def _asked(row: FieldsOfRow) -> tuple[list[str], list[ChatTurn]]:
    """What a row asks as far as it can be read, with and without the options that a text lists, and its turns."""
    try:
        found = questions_of(row)
    except (VqaFault, RowFault):
        return [], []
    said = [text for each in found.asked for text in (each.question, each.alone)]
    texts = [text for each in said if isinstance(each, str) and (text := bare(each))]
    stems = [listing.stem for text in texts if (listing := listed(text))]
    return list(dict.fromkeys([*texts, *stems])), found.turns


def _refuse_unread(found: Questions) -> None:
    """Every text of a row is read, is known to be no part of what it asks, or sets the row aside.

    Raises:
        VqaFault: unread-text.
    """
    said = [text for each in found.asked for text in _said(each)]
    if texts := unsaid(found.unread, said):
        raise unread_text(texts)


def _said(asked: RowQuestion) -> Iterator[str]:
    """What a question was read as, and its options."""
    yield from (text for text in (asked.question, asked.alone) if isinstance(text, str))
    try:
        yield from (option.text for option in options_of(asked.choices.value, asked.choices.column))
    except RowFault:
        return


def _question(asked: RowQuestion, locale: str) -> Question:
    if isinstance(asked.question, VqaFault):
        raise asked.question
    check_question(asked)
    found = question_of(asked.question, asked.answer, asked.choices, asked.others, locale)
    check_answer(found.answer)
    if asked.unread and (texts := unsaid(asked.unread, _said(asked))):
        raise unread_text(texts)
    return found


def _questions(asked: Sequence[RowQuestion], locale: str) -> tuple[list[Question], list[Fault]]:
    """Questions that can be used, and what is wrong with the others; at least one of the two."""
    questions: list[Question] = []
    faults: list[Fault] = []
    for each in asked:
        try:
            questions.append(_question(each, locale))
        except (VqaFault, RowFault) as fault:
            faults.append(fault)
    if not asked:
        faults.append(VqaFault("no-question", "its list of questions is empty; complete or drop the row"))
    return questions, faults


def _advised(fault: Fault, row: FieldsOfRow) -> Fault:
    """A fault, with the mapping that mends it where another column may hold what the known ones do not."""
    said = ""
    if fault.reason == "no-answer" and not row.find("answer", fields.ANSWER) and "answer_index" not in row.mapped:
        said = advice(row, "answer")
    if fault.reason == "remote-image" and "image_id" not in row.mapped:
        said = advice(row, "image_id")
    return VqaFault(fault.reason, f"{fault.detail}, or {said}") if said and isinstance(fault, VqaFault) else fault


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
