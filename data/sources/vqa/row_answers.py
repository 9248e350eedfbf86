"""Answers in any notation as text, or as the number of an option."""

from __future__ import annotations

import re
from typing import Any

from contextpairs.data.answers.matching import BOX, OPEN_TAG, final_answer, spoken
from contextpairs.data.sources.files.faults import VqaFault, shown, wrong_type
from contextpairs.data.sources.files.json_text import unpacked
from contextpairs.data.sources.vqa.annotators import Several, agreed
from contextpairs.data.sources.vqa.chat import is_chat, last_answer, turns_of
from contextpairs.data.sources.vqa.choices import Options, at_index, at_place, options_of, resolve, with_listing
from contextpairs.data.sources.vqa.fields import Field
from contextpairs.data.sources.vqa.record import Question
from contextpairs.data.sources.vqa.texts import blank, option_text
from contextpairs.data.sources.vqa.wording import Listing, bare, listed

INDEX = re.compile(r"(?:^|[_.])(?:idx|index)$", re.IGNORECASE)
LABEL = re.compile(r"(?:^|[_.])label$", re.IGNORECASE)
CHOSEN = re.compile(r"(?:^|\.)multiple_choice_answer$", re.IGNORECASE)
"""A column whose answer was chosen among those of several people."""
INNER = ("answer", "text", "value", "ground_truth", "label")
Said = list[str | int]
"""Answers as text, or as the number of an option."""


def question_of(asked: Any, answer: Field, choices: Field, others: Field, locale: str = "") -> Question:
    """A question with its answer as text.

    Args:
        asked: text of the question, as the row has it.
        answer: column and value of the answer.
        choices: column and value of the options; a null value where there are none.
        others: column and value of the answers that people gave, beside the one that was chosen.
        locale: languages of all of them; by default what the question tells.

    Raises:
        RowFault: a value is of another kind than is known.
        VqaFault: no-question, no-answer, several-answers, annotators-disagree or unresolved-option.
    """
    text = _question_text(asked)
    options = options_of(choices.value, choices.column)
    said, people = _answers(answer, options)
    together, listing = _with_listing(options, text, said)
    resolved = agreed(_several(said, answer, options, together, people)._replace(locale=locale), text, bool(together))
    if isinstance(given := _inner(unpacked(others.value, ("[", "{"))), list) and not all(map(blank, given)):
        theirs, people = _answers(Field(others.column, given), options)
        several = _several(theirs, others, options, together, people or bool(CHOSEN.search(answer.column)))
        resolved = agreed(several._replace(locale=locale), text, bool(together), resolved)
    if not (resolved := bare(resolved)):
        raise VqaFault("no-answer", f"column {answer.column!r}: the answer is an image; expected text, drop the row")
    texts = tuple(option.text for option in options or together)
    return Question(listing.stem if listing else text, resolved, texts, locale)


def _question_text(asked: Any) -> str:
    if not blank(asked) and not isinstance(asked, str):
        raise wrong_type("question", "a text", asked)
    text = "" if asked is None or not isinstance(asked, str) else bare(asked)
    if not text:
        found = f"found {shown(asked)}" if isinstance(asked, str) else "found none"
        raise VqaFault("no-question", f"{found}; expected a question about the image, complete or drop the row")
    return text


def _with_listing(options: Options, text: str, said: Said) -> tuple[Options, Listing | None]:
    """Options of the row with those that the question lists, if any of the answers is one of them."""
    found = listed(text)
    tried = (with_listing(options, found, each) for each in said)
    return next((each for each in tried if each[1]), (options, None))


def _several(said: Said, found: Field, options: Options, together: Options, people: bool) -> Several:
    return Several(tuple(_resolved(each, found, options, together) for each in said), found.column, people)


def _resolved(said: str | int, found: Field, options: Options, together: Options) -> str:
    """The text that an answer names.

    Raises:
        VqaFault: unresolved-option; says which mapping decides where a number may be the place of an option.
    """
    if found.counts and isinstance(said, int):
        return at_place(said, options)
    try:
        if isinstance(said, int):
            return at_index(said, options, bool(INDEX.search(found.column)))
        return resolve(said, together)
    except VqaFault as fault:
        place = said if isinstance(said, int) else _index(said)
        if place is None or "[" in found.column or not any(option.place == place for option in options):
            raise
        counts = f"source.columns.answer_index={found.column} counts options from 0"
        raise VqaFault(fault.reason, f"{fault.detail}; {counts}") from fault


def _answers(found: Field, options: Options) -> tuple[Said, bool]:
    """Each answer that a field holds, at least one, and whether they are known to be of several people."""
    value = unpacked(found.value)
    if is_chat(value):
        value = last_answer(turns_of(value, found.column))
    value = _inner(value)
    if not isinstance(value, list):
        return [_answer(value, found, options)], False
    inner = [each for each in map(_inner, value) if not blank(each)] or [None]
    return [_answer(each, found, options) for each in inner], any(isinstance(each, dict) for each in value)


def _answer(value: Any, found: Field, options: Options) -> str | int:
    """Text of an answer, or the number of its option."""
    index, column = _index(value), found.column
    if (found.counts or INDEX.search(column)) and index is not None and not options:
        detail = f"column {column!r} counts options, but the row has none; map `columns` choices"
        raise VqaFault("unresolved-option", detail)
    if found.counts and index is None and not blank(value):
        detail = f"column {column!r}: found {shown(value)}, expected the place of an option, counted from 0"
        raise VqaFault("unresolved-option", f"{detail}; map it as source.columns.answer={column}")
    if options and index is not None and (not isinstance(value, str) or found.counts or _counts(column)):
        return index
    return _text(value, column)


def _counts(column: str) -> bool:
    return bool(INDEX.search(column) or LABEL.search(column))


def _index(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"\s*[0-9]{1,3}\s*", value) else None
    return int(value) if isinstance(value, (int, float)) and not blank(value) and value % 1 == 0 else None


def _inner(value: Any) -> Any:
    """What an object says under a name for answers, None where it says nothing there; any other value as it is."""
    if not isinstance(value, dict) or value.keys().isdisjoint(INNER):
        return value
    return next((value[name] for name in INNER if not blank(value.get(name))), None)


def _text(value: Any, column: str) -> str:
    if isinstance(value, (dict, list, bytes)) and not blank(value):
        raise wrong_type(column, "an answer as text or number", value)
    text = "" if blank(value) or value is None else _final(option_text(value))
    if not text:
        found = f"found {shown(value)}" if isinstance(value, str) and value else "found none"
        raise VqaFault("no-answer", f"column {column!r}: {found}; expected an answer, complete or drop the row")
    return text


def _final(text: str) -> str:
    """An answer without the reasoning that a response gives before it."""
    if BOX.search(text) or OPEN_TAG.search(text):
        return final_answer(text) or ""
    return (spoken(text) or "").strip()
