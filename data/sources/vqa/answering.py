"""Answers in any notation as text, or as the number of an option."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from data.answers.matching import BOX, OPEN_TAG, final_answer, spoken
from data.sources.faults import wrong_type
from data.sources.vqa.chat import is_chat, last_answer, turns_of, unpacked
from data.sources.vqa.choices import Options, at_index, option_text, options_of, resolve, with_listing
from data.sources.vqa.faults import VqaFault, shown
from data.sources.vqa.fields import Field, blank
from data.sources.vqa.wording import bare, listed
from data.vqa import Question

INDEX = re.compile(r"(?:^|[_.])(?:idx|index)$", re.IGNORECASE)
LABEL = re.compile(r"(?:^|[_.])label$", re.IGNORECASE)
INNER = ("answer", "text", "value", "ground_truth", "label")


def question_of(asked: Any, answer: Field, choices: Field) -> Question:
    """A question with its answer as text.

    Args:
        asked: text of the question, as the row has it.
        answer: column and value of the answer.
        choices: column and value of the options; a null value where there are none.

    Raises:
        RowFault: a value is of another kind than is known.
        VqaFault: no-question, no-answer or unresolved-option.
    """
    text = _question_text(asked)
    options = options_of(choices.value, choices.column)
    said = _answer(answer, options)
    together, listing = with_listing(options, listed(text), said)
    counted = bool(INDEX.search(answer.column))
    resolved = at_index(said, options, counted) if isinstance(said, int) else resolve(said, together)
    if not (resolved := bare(resolved)):
        raise VqaFault("no-answer", f"column {answer.column!r}: the answer is an image; expected text, drop the row")
    texts = tuple(option.text for option in options or together)
    return Question(listing.stem if listing else text, resolved, texts)


def _question_text(asked: Any) -> str:
    if not blank(asked) and not isinstance(asked, str):
        raise wrong_type("question", "a text", asked)
    text = "" if asked is None or not isinstance(asked, str) else bare(asked)
    if not text:
        found = f"found {shown(asked)}" if isinstance(asked, str) else "found none"
        raise VqaFault("no-question", f"{found}; expected a question about the image, complete or drop the row")
    return text


def _answer(found: Field, options: Options) -> str | int:
    """Text of an answer, or the zero-based number of its option."""
    value = unpacked(found.value)
    if is_chat(value):
        value = last_answer(turns_of(value, found.column))
    value = _majority(value, found.column) if isinstance(value, list) else _inner(value)
    index = _index(value)
    if INDEX.search(found.column) and index is not None and not options:
        detail = f"column {found.column!r} counts options, but the row has none; map `columns` choices"
        raise VqaFault("unresolved-option", detail)
    if options and index is not None and (not isinstance(value, str) or _counts(found.column)):
        return index
    return _text(value, found.column)


def _counts(column: str) -> bool:
    return bool(INDEX.search(column) or LABEL.search(column))


def _index(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"\s*[0-9]{1,3}\s*", value) else None
    return int(value) if isinstance(value, (int, float)) and not blank(value) and value % 1 == 0 else None


def _inner(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return next((value[name] for name in INNER if not blank(value.get(name))), value)


def _majority(values: Sequence[Any], column: str) -> str | None:
    """What most of several people answered; of equally frequent answers the first."""
    texts = [_text(each, column) for each in map(_inner, values) if not blank(each)]
    if not texts:
        return None
    most, _ = Counter(text.casefold() for text in texts).most_common(1)[0]
    return next(text for text in texts if text.casefold() == most)


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
