"""What a row of images and questions may hold: beyond it is `too-costly`. Far above what data sets have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contextpairs.data.sources.files.limits import too_costly
from contextpairs.data.sources.vqa.pictures import holds_picture
from contextpairs.data.sources.vqa.row_questions import RowQuestion

ROW_CHARS, ROW_VALUES = 4 * 2**20, 200_000
"""Characters of all texts of a row but for pictures, and texts, objects and lists of it."""
QUESTION_CHARS = ANSWER_CHARS = 16_000
SAID_CHARS = 2**18
"""Characters of what an answer is taken from: a response, a conversation, what people said."""
CHOICES, QUESTIONS, IMAGES = 1_000, 2_000, 1_000


def check_record(record: Any) -> None:
    """Refuse a row of too many texts, or of too long ones.

    Raises:
        RowFault: too-costly.
    """
    _check(record, "the row", ROW_CHARS, ROW_VALUES)


def check_asked(asked: Sequence[RowQuestion]) -> None:
    """Refuse too many questions. Raises RowFault: too-costly."""
    if len(asked) > QUESTIONS:
        raise too_costly(f"{len(asked)} questions, at most {QUESTIONS} a row")


def check_images(images: Sequence[Any]) -> None:
    """Refuse too many images. Raises RowFault: too-costly."""
    if len(images) > IMAGES:
        raise too_costly(f"{len(images)} images, at most {IMAGES} a row")


def check_question(asked: RowQuestion) -> None:
    """Refuse a question that is too long, or has too many answers or options.

    Raises:
        RowFault: too-costly.
    """
    if isinstance(asked.question, str) and len(asked.question) > QUESTION_CHARS:
        raise too_costly(f"a question of {len(asked.question)} characters, at most {QUESTION_CHARS}")
    for each in (asked.answer, asked.choices, asked.others):
        _check(each.value, f"column {each.column!r}", SAID_CHARS, CHOICES)


def check_answer(answer: str) -> None:
    """Refuse an answer that is too long. Raises RowFault: too-costly."""
    if len(answer) > ANSWER_CHARS:
        raise too_costly(f"an answer of {len(answer)} characters, at most {ANSWER_CHARS}")


def _check(value: Any, what: str, chars: int, values: int) -> None:
    """Refuse a value of too many characters, or of too many texts, objects and lists; nothing is called deeply."""
    said = held = 0
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            said += 0 if holds_picture(each) else len(each)
        elif isinstance(each, (dict, list)):
            left += each.values() if isinstance(each, dict) else each
        else:
            continue
        held += 1
        if held > values + 1:
            raise too_costly(f"{what} holds more than {values} texts, objects and lists")
        if said > chars:
            raise too_costly(f"{what} holds more than {chars} characters")
