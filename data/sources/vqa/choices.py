"""Options of a question in any notation, and the answer that names one of them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from contextpairs.data.answers.numbers import number
from contextpairs.data.answers.options import LABEL, LETTER, LETTERED, LETTERS
from contextpairs.data.sources.files.faults import RowFault, VqaFault, shown, wrong_type
from contextpairs.data.sources.files.json_text import parse
from contextpairs.data.sources.vqa.texts import blank, option_text
from contextpairs.data.sources.vqa.wording import Listing, listed

LABELS, TEXTS = ("label", "labels", "key", "letter", "id"), ("text", "texts", "content", "value", "option", "answer")
DIGITS = re.compile(r"\s*\d{1,2}\s*")
MARKED = re.compile(r"\s*(?:\((\d{1,2})\)\s*|(\d{1,2})[.):](?:\s+|(?=[^\W\d])))\S")
COUNTED = re.compile(r"\s*(\d{1,2})\s+[^\W\d]\D*$")
LONGEST_LITERAL = 20_000


class Option(NamedTuple):
    """A text with the letter or number that stands for it, and its place among the options, blank ones counted."""

    label: str
    text: str
    place: int


Options = tuple[Option, ...]


def options_of(value: Any, column: str) -> Options:
    """Options as a column holds them: texts, {letter: text}, {label: [...], text: [...]}, or one of these as text.

    Raises:
        RowFault: the value is none of these.
    """
    if blank(value):
        return ()
    if isinstance(value, str):
        value = _from_text(value)
    if isinstance(value, dict):
        return _from_dict(value, column)
    if not isinstance(value, list) or not all(isinstance(each, (str, int, float, dict, type(None))) for each in value):
        raise _no_options(value, column)
    if any(isinstance(each, dict) for each in value):
        return tuple(_from_item(each, at, column) for at, each in enumerate(value))
    return _labelled({at: option_text(each) for at, each in enumerate(value) if not blank(each)})


def _no_options(value: Any, column: str) -> RowFault:
    fault = wrong_type(column, "options: a list of texts, or texts by letter", value)
    if "[" in column:
        return fault
    return RowFault(fault.reason, f"{fault.detail}, or leave it out: source.ignore='{json.dumps([column])}'")


def _from_text(text: str) -> Any:
    """A list or object written as JSON or as Python does, a listing with letters, or a line each."""
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return parse(text)
        except RowFault:
            pass
        if len(text) <= LONGEST_LITERAL and (literal := _literal(text)) is not None:
            return literal
    if found := listed(f"?\n{text}"):
        return dict(zip(found.labels, found.texts, strict=True))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if len(lines) > 1 else text


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _from_dict(value: dict[str, Any], column: str) -> Options:
    labels = next((value[name] for name in LABELS if isinstance(value.get(name), list)), None)
    texts = next((value[name] for name in TEXTS if isinstance(value.get(name), list)), None)
    if labels is not None and texts is not None and len(labels) == len(texts):
        pairs = list(enumerate(zip(labels, texts, strict=True)))
    else:
        pairs = [(at, each) for at, each in enumerate(value.items()) if not blank(each[1])]
    return _without_labels(tuple(Option(_label(label), _text(text, column), at) for at, (label, text) in pairs))


def _without_labels(options: Options) -> Options:
    """Options whose texts all begin with their own letters, without these."""
    found = [LABEL.match(option.text) for option in options]
    if [(one.group(1) or one.group(2)).upper() if one else "" for one in found] != [each.label for each in options]:
        return options
    ends = [one.end() for one in found if one]
    bare = tuple(each._replace(text=each.text[end:].strip()) for each, end in zip(options, ends, strict=True))
    return bare if all(each.text for each in bare) else options


def _from_item(item: Any, at: int, column: str) -> Option:
    if not isinstance(item, dict):
        return Option(_letter(at), _text(item, column), at)
    label = next((item[name] for name in LABELS if not blank(item.get(name))), _letter(at))
    text = next((item[name] for name in TEXTS if not blank(item.get(name))), None)
    return Option(_label(label), _text(text, column), at)


def _labelled(texts: dict[int, str]) -> Options:
    """Options by position, or by the letters that they begin with where those are the first of the alphabet."""
    found = [LABEL.match(text) for text in texts.values()]
    letters = [(one.group(1) or one.group(2)).upper() for one in found if one]
    if len(letters) == len(texts) > 1 and set(letters) == set(LETTERS[: len(set(letters))]):
        return tuple(
            Option(letter, text[one.end() :].strip(), at)
            for letter, (at, text), one in zip(letters, texts.items(), found, strict=True)
            if one
        )
    return tuple(Option(_letter(at), text, at) for at, text in texts.items())


def _letter(at: int) -> str:
    return LETTERS[at] if at < len(LETTERS) else str(at)


def _label(label: Any) -> str:
    return option_text(label).strip("().:").upper()


def _text(value: Any, column: str) -> str:
    if isinstance(value, (dict, list, bytes)) or value is None:
        raise wrong_type(column, "options as text", value)
    return option_text(value)


def with_listing(options: Options, listing: Listing | None, answer: str | int) -> tuple[Options, Listing | None]:
    """Options of a row together with those that its question lists, and the listing if it is one of this question.

    A listing is believed where the row's own options are as many, or where the answer names one of it: letters in
    running text may look like one.
    """
    if listing is None:
        return options, None
    written = tuple(map(Option, listing.labels, listing.texts, range(len(listing.texts))))
    if options:
        return ((*options, *written), listing) if len(options) == len(written) else (options, None)
    if isinstance(answer, int) or not (LETTER.match(answer) or _named(answer, written)):
        return (), None
    return written, listing


def _named(answer: str, options: Sequence[Option]) -> bool:
    both = LETTERED.match(answer)
    said = {_folded(answer), *([_folded(both.group(3))] if both else [])}
    return any(_folded(option.text) in said for option in options)


def resolve(answer: str, options: Options) -> str:
    """The text of the option that an answer names by letter, by text or by both; the answer itself without options.

    Raises:
        VqaFault: unresolved-option: no option has the letter, or several with different texts may be meant.
    """
    if not options:
        return answer
    letter = LETTER.match(answer)
    label = (letter.group(1) or letter.group(2)).upper() if letter else answer.strip().upper()
    found = [option.text for option in options if option.label == label or _folded(option.text) == _folded(answer)]
    if DIGITS.fullmatch(answer):
        found += [option.text for option in options if _says(option, int(answer))]
    if found:
        return _only(found, answer, options)
    if letter or (DIGITS.fullmatch(answer) and not any(map(_numeric, options))):
        raise _unresolved(answer, options, "no option has this letter; expected one of the options, or its letter")
    return _by_both(answer, options)


def _by_both(answer: str, options: Options) -> str:
    """An answer such as "B. blue"; where its letter is no option's, the answer as it is."""
    both = LETTERED.match(answer)
    label = (both.group(1) or both.group(2)).upper() if both else ""
    texts = [option.text for option in options if option.label == label]
    if not both or not texts:
        return answer
    if _folded(both.group(3)) not in map(_folded, texts):
        raise _unresolved(answer, options, "its letter and its text are of different options; correct one of them")
    return _only(texts, answer, options)


def at_index(index: int, options: Options, counted: bool = False) -> str:
    """The text of the option with a number: its label where options have numbers, else its zero-based place.

    Args:
        index: the number.
        options: at least one.
        counted: the number is a place by the name of its column, whatever the labels are.

    Raises:
        VqaFault: unresolved-option: there is none, or the number is the label, the text or the place of others.
    """
    placed = counted or not all(option.label.isdigit() for option in options)
    found = [
        option.text
        for option in options
        if option.label == str(index) or _says(option, index) or (placed and option.place == index)
    ]
    if not found:
        raise _unresolved(index, options, "no option has this number; correct or drop the row")
    return _only(found, index, options)


def at_place(place: int, options: Options) -> str:
    """The text of the option at a place, counted from 0, blank ones counted.

    Raises:
        VqaFault: unresolved-option: there is none.
    """
    found = [option.text for option in options if option.place == place]
    if not found:
        raise _unresolved(place, options, "no option has this place, counted from 0; correct or drop the row")
    return _only(found, place, options)


def _says(option: Option, index: int) -> bool:
    """Whether an option is a number ("2.0", "two"), or begins with it as a label or a count ("2. red", "2 cats")."""
    written = MARKED.match(option.text) or COUNTED.match(option.text)
    if written:
        return int(written.group(written.lastindex or 1)) == index
    return any(reading.exact == index for reading in number(option.text))


def _only(found: Sequence[str], answer: str | int, options: Options) -> str:
    if len({_folded(text) for text in found}) > 1:
        raise _unresolved(answer, options, "options with different texts may be meant; write the answer as text")
    if not found[0]:
        raise _unresolved(answer, options, "its option is empty; correct or drop the row")
    return found[0]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")


def _numeric(option: Option) -> bool:
    return any(sign.isdigit() for sign in option.text)


def _unresolved(answer: str | int, options: Options, why: str) -> VqaFault:
    there = ", ".join(f"{option.label}: {option.text}" for option in options)
    return VqaFault("unresolved-option", f"answer {shown(answer)} with options {shown(there)}: {why}")
