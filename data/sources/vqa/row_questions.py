"""Which questions a row asks, in whichever of its columns they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import RowFault, VqaFault, wrong_type
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.chat import ChatTurn, exchanges, is_chat, turns_of, unpacked
from contextpairs.data.sources.vqa.fields import Field, FieldsOfRow, blank

ASKED = ("question", "q", "user", "human", "query", "problem")
ANSWERED = ("answer", "a", "assistant", "gpt", *fields.ANSWER)
OTHERS = ("answers",)
MISSING = "answer"


class RowQuestion(NamedTuple):
    """One question as the row holds it: its text, the fields of its answer and options, and what others answered."""

    question: Any
    answer: Field
    choices: Field
    others: Field = Field(OTHERS[0], None)


class Questions(NamedTuple):
    """What a row asks, and the turns of the conversation that it was found in."""

    asked: list[RowQuestion]
    turns: list[ChatTurn]


def questions_of(row: FieldsOfRow) -> Questions:
    """All that a row asks.

    Raises:
        RowFault: unknown-format, or a value of another kind than is known.
        VqaFault: no-question.
    """
    found = _found(row)
    value = unpacked(found.value)
    choices = _choices(row)
    if is_chat(value):
        turns = turns_of(value, found.column)
        return Questions(list(_of_turns(turns, row, choices, found.column)), turns)
    turns = _turns_beside(row)
    if isinstance(value, dict):
        value = _transposed(value)
    if isinstance(value, list) and value and all(isinstance(each, (dict, list)) for each in value):
        return Questions([_pair(each, choices, f"{found.column}[{at}]") for at, each in enumerate(value)], turns)
    if isinstance(value, list):
        return Questions(_parallel(value, _answer(row), choices, found.column), turns)
    answer = _answer(row)
    return Questions([RowQuestion(value, answer, choices, _others(row, answer))], turns)


def _found(row: FieldsOfRow) -> Field:
    """The field that holds the questions.

    Raises:
        RowFault: unknown-format, there is no such column.
        VqaFault: no-question, the columns there are hold nothing.
    """
    inner = row.find("question", (fields.INNER_QUESTION,))
    groups = (fields.QUESTION, fields.PAIRS)
    found = [row.find("question", names) for names in groups] + [inner, row.find("question", fields.CHAT)]
    there = [each for each in found if each is not None]
    if said := next((each for each in there if not blank(each.value)), None):
        return said
    answered = row.find("image", fields.IMAGE) and row.find("answer", fields.ANSWER)
    if there or answered:
        found_none = f"no column holds a question (columns: {row.columns()})"
        raise VqaFault("no-question", f"{found_none}; complete or drop the row")
    expected = "expected an image with a question and an answer; map `columns` image, question and answer"
    raise RowFault("unknown-format", f"no layout has columns {row.columns()}; {expected}")


def _turns_beside(row: FieldsOfRow) -> list[ChatTurn]:
    """Turns of a conversation beside the question: they may hold the image."""
    found = row.find("turns", fields.CHAT)
    if found is None or not is_chat(value := unpacked(found.value)):
        return []
    return turns_of(value, found.column)


def _choices(row: FieldsOfRow) -> Field:
    found = row.find("choices", fields.CHOICES)
    if found is None or blank(found.value):
        lettered = {} if "choices" in row.mapped else row.lettered()
        return Field("A, B, ...", lettered) if not blank(lettered) else Field("choices", None)
    return found


def _answer(row: FieldsOfRow) -> Field:
    return row.find("answer", fields.ANSWER) or Field(MISSING, None)


def _others(row: FieldsOfRow, answer: Field) -> Field:
    """What people answered, where another column holds the answer that was made of it."""
    found = row.find("others", OTHERS)
    taken = {column.split(".", 1)[0] for column in (answer.column, *row.mapped.values())}
    return found if found and found.column not in taken else Field(OTHERS[0], None)


def _of_turns(turns: Sequence[ChatTurn], row: FieldsOfRow, choices: Field, column: str) -> Iterator[RowQuestion]:
    """Each exchange is a question; a column of the answer answers the last one, those before it being examples."""
    found = list(exchanges(turns))
    answer = _answer(row)
    if not found:
        raise VqaFault("no-question", f"column {column!r}: no turn of a user; complete or drop the row")
    if not blank(answer.value) and (len(found) == 1 or found[-1].answer is None):
        yield RowQuestion(found[-1].question, answer, choices, _others(row, answer))
        return
    for question, said in found:
        yield RowQuestion(question, Field(column, said), choices)


def _transposed(value: dict[str, Any]) -> Any:
    """A list of objects for an object of lists, as `datasets` stores a sequence of objects."""
    columns = list(value.values())
    if not columns or not all(isinstance(each, list) and len(each) == len(columns[0]) for each in columns):
        return [value]
    return [dict(zip(value, each, strict=True)) for each in zip(*columns, strict=True)]


def _pair(pair: Any, choices: Field, place: str) -> RowQuestion:
    if isinstance(pair, list):
        if len(pair) != 2:
            raise wrong_type(place, "a question with its answer", pair)
        return RowQuestion(pair[0], Field(f"{place}[1]", pair[1]), choices)
    row = FieldsOfRow(pair, {})
    question, answer = row.find("question", ASKED), row.find("answer", ANSWERED)
    own = _choices(row)
    found = Field(f"{place}.{answer.column}", answer.value) if answer else Field(place, None)
    others = _others(row, answer) if answer else Field(OTHERS[0], None)
    return RowQuestion(question.value if question else None, found, choices if own.value is None else own, others)


def _parallel(questions: list[Any], answer: Field, choices: Field, column: str) -> list[RowQuestion]:
    """Questions and answers in lists of one length; options too, where each question has its own."""
    answers = answer.value if isinstance(answer.value, list) else [answer.value] * (len(questions) == 1)
    if len(answers) != len(questions):
        expected = f"as many answers in {answer.column!r} as questions in {column!r} ({len(questions)})"
        raise wrong_type(answer.column, expected, answer.value)
    return [
        RowQuestion(question, Field(answer.column, said), _own_choices(choices, at, len(questions)))
        for at, (question, said) in enumerate(zip(questions, answers, strict=True))
    ]


def _own_choices(choices: Field, at: int, count: int) -> Field:
    own = choices.value
    if isinstance(own, list) and len(own) == count and all(isinstance(each, (list, dict)) for each in own):
        return Field(f"{choices.column}[{at}]", own[at])
    return choices
