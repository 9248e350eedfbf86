"""Which questions a row asks, in whichever of its columns they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import RowFault, VqaFault, shown, wrong_type
from contextpairs.data.sources.files.json_text import unpacked
from contextpairs.data.sources.trajectories.rows import value_at
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.advice import advice
from contextpairs.data.sources.vqa.chat import (
    ChatQuestion,
    ChatTurn,
    exchanges,
    is_chat,
    named_in_text,
    system_text,
    turns_of,
    unplaced,
)
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.fields import Field, FieldsOfRow
from contextpairs.data.sources.vqa.follow_up import stands_alone
from contextpairs.data.sources.vqa.texts import Text, blank, is_generic, says_something, spelled

ASKED = ("question", "q", "user", "human", *fields.QUESTION)
ANSWERED = ("answer", "a", "assistant", "gpt", *fields.ANSWER)
OTHERS = ("answers",)
MISSING = "answer"
LETTERED = "A, B, ..."
"""Stands for the columns of options that are named by letters."""
OF_PAIRS = fields.READ | {spelled(name) for name in ANSWERED}
"""Names in an object of a question with its answer under which nothing is asked."""


class RowQuestion(NamedTuple):
    """One question as the row holds it.

    Attributes:
        question: its text with all that belongs to it, or the fault for which it is none.
        answer: field of its answer.
        choices: field of its options.
        others: field of what others answered.
        unread: texts beside it that may be a part of it.
        alone: what was asked without what the row says beside it.
    """

    question: Any
    answer: Field
    choices: Field
    others: Field = Field(OTHERS[0], None)
    unread: tuple[Text, ...] = ()
    alone: str = ""


class Questions(NamedTuple):
    """What a row asks.

    Attributes:
        asked: its questions.
        turns: turns of the conversation that it was found in, or that stands beside it.
        unread: texts of the row that may be a part of its questions.
    """

    asked: list[RowQuestion]
    turns: list[ChatTurn]
    unread: list[Text]


class _Found(NamedTuple):
    """What a column asks.

    Attributes:
        asked: its questions.
        turns: turns of a conversation in it, or beside it.
        unread: texts of turns that may be a part of its questions.
        read: columns that were read for it.
        pairs: its questions are objects or lists, each with its own answer.
    """

    asked: list[RowQuestion]
    turns: list[ChatTurn]
    unread: list[Text]
    read: tuple[str, ...] = ()
    pairs: bool = False


def questions_of(row: FieldsOfRow) -> Questions:
    """All that a row asks.

    Raises:
        RowFault: unknown-format, or a value of another kind than is known.
        VqaFault: no-question.
    """
    column = _column(row)
    found = _asked(row, column)
    system, context = _system(row, found.turns), row.context(but=column.column if found.pairs else "")
    asked = [_with(each, (system, context)) for each in found.asked]
    read = {column.column, *found.read, *(each.choices.column for each in found.asked if not _explained(each.choices))}
    read |= {each.column for name in fields.SYSTEM if (each := row.column(name))}
    read |= set(row.letter_columns().values()) if LETTERED in read else set()
    return Questions(asked, found.turns, [*found.unread, *row.others(read)])


def _asked(row: FieldsOfRow, column: Field) -> _Found:
    """The questions of a column."""
    value, choices = unpacked(column.value), _choices(row)
    if is_chat(value):
        turns = turns_of(value, column.column, row.mapping)
        return _Found(list(_of_turns(turns, row, choices, column.column)), turns, [*unplaced(turns, column.column)])
    turns, unread, read = _turns_beside(row, column)
    if isinstance(value, dict):
        value = _transposed(value)
    if isinstance(value, list) and value and all(isinstance(each, (dict, list)) for each in value):
        inner = row.mapping.within(column.column)
        pairs = [_pair(each, choices, column.column, at, inner) for at, each in enumerate(value)]
        return _Found(pairs, turns, unread, read, pairs=True)
    answer = _answer(row)
    read = (*read, answer.column)
    if isinstance(value, list):
        return _Found(_parallel(value, answer, choices, column.column), turns, unread, read)
    if isinstance(value, str):
        turns = [*turns, ChatTurn("user", "", named_in_text(value, column.column))]
    value, about = _with_input(row, column, value)
    return _Found([RowQuestion(value, answer, choices, _others(row, answer))], turns, unread, (*read, *about))


def _with_input(row: FieldsOfRow, column: Field, value: Any) -> tuple[Any, tuple[str, ...]]:
    """An instruction together with what it is about, and the column of that."""
    about = row.column(fields.INPUT) if spelled(column.column) == "instruction" else None
    if about is None or row.mapping.takes(about.column):
        return value, ()
    if isinstance(about.value, str) and isinstance(value, str) and says_something(about.value):
        value = f"{value}\n{about.value}"
    return value, (about.column,)


def _with(asked: RowQuestion, beside: Sequence[str]) -> RowQuestion:
    """A question after what belongs to it."""
    if not isinstance(asked.question, str) or blank(asked.question):
        return asked
    whole = "\n".join([*filter(None, beside), asked.question])
    return asked._replace(question=whole, alone=asked.question)


def _system(row: FieldsOfRow, turns: Sequence[ChatTurn]) -> str:
    """What the system says of the question, in a turn or in a column."""
    found = next((each for name in fields.SYSTEM if (each := row.column(name))), None)
    said = found.value if found and not row.mapping.takes(found.column) else ""
    if not isinstance(said, str) or is_generic(said):
        said = ""
    return "\n".join(filter(None, (said.strip(), system_text(turns))))


def _column(row: FieldsOfRow) -> Field:
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
        raise VqaFault("no-question", f"{found_none}; {advice(row, 'question') or 'complete or drop the row'}")
    expected = "expected an image with a question and an answer; map `columns` image, question and answer"
    raise RowFault("unknown-format", f"no layout has columns {row.columns()}; {advice(row, 'question') or expected}")


def _turns_beside(row: FieldsOfRow, column: Field) -> tuple[list[ChatTurn], list[Text], tuple[str, ...]]:
    """Turns of conversations beside the question, which may hold the image; what they ask; and their columns."""
    turns: list[ChatTurn] = []
    unread: list[Text] = []
    read: list[str] = []
    for name in fields.CHAT:
        found = row.column(name)
        if found is None or found.column == column.column or not is_chat(value := unpacked(found.value)):
            continue
        here = turns_of(value, found.column, row.mapping)
        unread += [Text(found.column, turn.text) for turn in here if turn.role in ("system", "user") and turn.text]
        unread += [text for turn in here for text in turn.unread]
        turns += here
        read.append(found.column)
    return turns, [text for text in unread if not row.mapping.takes(text.column)], tuple(read)


def _explained(choices: Field) -> bool:
    """Whether options say more than a letter and a text."""
    value = unpacked(choices.value, ("[", "{"))
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _choices(row: FieldsOfRow) -> Field:
    found = row.find("choices", fields.CHOICES)
    if found is None or blank(found.value):
        lettered = {} if "choices" in row.mapped else row.lettered()
        return Field(LETTERED, lettered) if not blank(lettered) else Field("choices", None)
    return found


def _answer(row: FieldsOfRow) -> Field:
    if column := row.mapped.get("answer_index"):
        return Field(column, value_at(row.record, column), counts=True)
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
        yield RowQuestion(_of_its_own(found[-1], column), answer, choices, _others(row, answer))
        return
    for each in found:
        yield RowQuestion(_of_its_own(each, column), Field(column, each.answer), choices)


def _of_its_own(asked: ChatQuestion, column: str) -> str | VqaFault:
    """What a turn asks, or the fault of one that leans on those before it."""
    if not asked.later or stands_alone(asked.question):
        return asked.question
    detail = f"column {column!r}: {shown(asked.question)} is a later turn that does not name what it asks about"
    return VqaFault("follow-up", f"{detail}; write the question in full, or leave the turn out")


def _transposed(value: dict[str, Any]) -> Any:
    """A list of objects for an object of lists, as `datasets` stores a sequence of objects."""
    columns = list(value.values())
    if not columns or not all(isinstance(each, list) and len(each) == len(columns[0]) for each in columns):
        return [value]
    return [dict(zip(value, each, strict=True)) for each in zip(*columns, strict=True)]


def _pair(pair: Any, choices: Field, column: str, at: int, mapping: ColumnMapping) -> RowQuestion:
    place = f"{column}[{at}]"
    if isinstance(pair, list):
        if len(pair) != 2:
            raise wrong_type(place, "a question with its answer", pair)
        return RowQuestion(pair[0], Field(f"{place}[1]", pair[1]), choices)
    row = FieldsOfRow(pair, mapping)
    question, answer = row.find("question", ASKED), row.find("answer", ANSWERED)
    own = _choices(row)
    found = Field(f"{place}.{answer.column}", answer.value) if answer else Field(place, None)
    others = _others(row, answer) if answer else Field(OTHERS[0], None)
    read = {each.column for each in (question, answer, own) if each}
    read |= set(row.letter_columns().values()) if own.column == LETTERED else set()
    unread = tuple(Text(f"{column}.{name}", text) for name, text in row.others(read, OF_PAIRS))
    asked = question.value if question else None
    if isinstance(asked, str):
        asked = "\n".join(filter(None, (row.context(), asked)))
    return RowQuestion(asked, found, choices if own.value is None else own, others, unread)


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
