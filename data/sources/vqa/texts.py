"""Texts that a row holds: which are no part of a question, by column or by what they say, and which are unread."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from contextpairs.data.answers.options import LABEL
from contextpairs.data.answers.question_key import question_key
from contextpairs.data.sources.files.faults import VqaFault, shown
from contextpairs.data.sources.files.json_text import unpacked
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.wording import bare, listed

NO_QUESTION = Path(__file__).with_name("no_question.yaml")
GENERIC_TEXTS = Path(__file__).with_name("generic_texts.yaml")
NUMBER = re.compile(r"\s*[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?\s*%?\s*")
ADDRESS = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
"""A web address, which no model follows."""
NOTHING = frozenset({"nan", "none", "null", "n/a", "true", "false", "[]", "{}", "-"})
"""How tables write a missing value or a truth value."""
SENTENCE_ENDS = re.compile(r"(?<=[.!?。！？])\s+(?=[A-Z<\\])|(?<=[。！？])|\n+")
NO_WORD = re.compile(r"[\W_]+")
NEVER: frozenset[str] = frozenset()
LARGEST_WHOLE = 1e15
"""Floats up to which every whole number is told from its neighbours."""
SINGLE_DIGITS = 12
"""Digits beyond which a float may be one of single precision, which nine tell from all others."""
NAMED_CHARS = 80
"""Of the names of columns in a message, which is cut at 500 characters."""
LABEL_WORDS = 12
"""Words of a label at most; what is longer, or ends as a sentence does, sorts nothing."""
DEEPEST = 32
"""Levels of objects and lists that are searched for texts; what lies deeper counts as one."""


class Text(NamedTuple):
    """A text with its column, `a.b` for one within an object or within the objects of a list."""

    column: str
    text: str


class NoPart(NamedTuple):
    """Under which texts a column is no part of a question: of these values alone, labels alone, or any."""

    values: frozenset[str]
    labels: bool


def blank(value: Any) -> bool:
    """Whether a value says nothing: null, NaN or infinity, white space, an empty list, or an object of such."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, dict):
        return all(each is None or each in ("", b"") for each in value.values())
    return isinstance(value, (list, bytes)) and not value


def option_text(value: Any) -> str:
    """A text or number as text, a whole one without a fraction; a truth value as "true" or "false"."""
    if isinstance(value, bool):
        return str(value).lower()
    return _decimal(value) if isinstance(value, float) else str(value).strip()


def _decimal(value: float) -> str:
    """A number as people write it; one that was stored in single precision without the digits that this added."""
    if value.is_integer() and abs(value) < LARGEST_WHOLE:
        return str(int(value))
    if sum(map(str.isdigit, text := repr(value))) > SINGLE_DIGITS and abs(value) < LARGEST_WHOLE:
        short = (f"{value:.{digits}g}" for digits in range(1, 10))
        return next((each for each in short if _single(float(each)) == value), text)
    return text


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def spelled(name: str) -> str:
    """A name of a column in the one spelling in which names are compared."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


@cache
def _no_part() -> dict[str, NoPart]:
    listed = yaml.safe_load(NO_QUESTION.read_text(encoding="utf-8"))
    return {
        ".".join(map(spelled, column.split("."))): NoPart(frozenset(each.get("values", ())), each.get("labels", False))
        for each in listed
        for column in each["columns"]
    }


def no_part(column: str, text: str) -> bool:
    """Whether a data-file list knows the texts of a column, such as this one, as no part of a question."""
    path = [spelled(part) for part in column.split(".")]
    known = next(
        (found for name in (".".join(path), ".".join(path[-2:]), *reversed(path)) if (found := _no_part().get(name))),
        None,
    )
    if known is None:
        return False
    if known.values:
        return text.strip().casefold() in known.values
    return not known.labels or (len(text.split()) <= LABEL_WORDS and not text.rstrip().endswith((".", "?", "!", ":")))


def skipped(column: str) -> bool:
    """Whether no text under a column can be a part of a question."""
    known = _no_part().get(spelled(column))
    return known is not None and not known.values and not known.labels


def texts_in(
    column: str, value: Any, mapping: ColumnMapping, known: frozenset[str] = NEVER, read: frozenset[str] = NEVER
) -> Iterator[Text]:
    """Texts that a column holds at any depth, but for those that are no part of a question.

    Args:
        column: its name.
        value: what it holds; a list or object may be written as text.
        mapping: columns that are left out, or read as context.
        known: names, as `spelled` gives them, that are no part of a question at any depth.
        read: columns, `a.b` for one within an object, that are read otherwise.
    """
    stack = [(column, value, 0)]
    while stack:
        name, held, depth = stack.pop()
        if name in read or mapping.takes(name) or spelled(name.rsplit(".", 1)[-1]) in known:
            continue
        held = unpacked(held, ("[", "{"))
        if isinstance(held, (dict, list)) and depth >= DEEPEST:
            yield Text(name, "...")
        elif isinstance(held, dict):
            stack += [(f"{name}.{key}", each, depth + 1) for key, each in reversed(list(held.items()))]
        elif isinstance(held, list):
            stack += [(name, each, depth + 1) for each in reversed(held)]
        elif isinstance(held, str) and says_something(held) and not no_part(name, held):
            yield Text(name, held)


def says_something(text: str) -> bool:
    """Whether a text is more than white space, a number, a truth value, a web address or the place of the picture."""
    if text.strip().casefold() in NOTHING or NUMBER.fullmatch(text) or ADDRESS.fullmatch(text):
        return False
    return bool(bare(text))


@cache
def _generic() -> frozenset[str]:
    listed = yaml.safe_load(GENERIC_TEXTS.read_text(encoding="utf-8"))
    sentences = [sentence for group in listed for several in group.values() for sentence in several]
    return frozenset(_plain(part) for each in sentences for part in (each, *SENTENCE_ENDS.split(each)))


def _plain(text: str) -> str:
    return NO_WORD.sub(" ", text.casefold()).strip()


@lru_cache(maxsize=1 << 12)
def is_generic(text: str) -> bool:
    """Whether a text says only who answers and in what form, by a data-file list of such sentences."""
    return not without_generic(text)


@lru_cache(maxsize=1 << 12)
def without_generic(text: str) -> str:
    """A text without the sentences that say only who answers and in what form."""
    known = _generic()
    if _plain(text) in known:
        return ""
    parts = [part for part in SENTENCE_ENDS.split(text) if part and _plain(part) and _plain(part) not in known]
    return "\n".join(part.strip() for part in parts)


def key_of(text: str) -> str:
    """What texts share that ask the same thing, whatever they say of the form of the answer."""
    text = bare(text)
    return question_key(without_generic(text) or text)


def unsaid(texts: Iterable[Text], said: Iterable[str]) -> list[Text]:
    """Texts that say more than what a row was read as, one a column.

    Args:
        texts: the texts.
        said: what was read: question, answers, options.
    """
    keys: frozenset[str] | None = None
    found: dict[str, Text] = {}
    for each in texts:
        keys = frozenset(map(key_of, said)) if keys is None else keys
        if each.column not in found and not is_generic(bare(each.text)) and not _repeats(each.text, keys):
            found[each.column] = each
    return list(found.values())


def _repeats(text: str, keys: frozenset[str]) -> bool:
    """Whether a text says nothing but what has these keys: an option by its letter, a question with its options too."""
    if key_of(text) in keys or key_of(LABEL.sub("", text)) in keys:
        return True
    listing = listed(bare(text))
    return listing is not None and all(key_of(each) in keys for each in (listing.stem, *listing.texts))


def unread_text(found: Iterable[Text]) -> VqaFault:
    """The fault of texts that are neither read nor known to be no part, with the mapping that decides about them."""
    texts = list(found)
    columns = _few([each.column for each in texts if "[" not in each.column])
    if not columns:
        what = f"{texts[0].column!r}: text that may be a part of the question ({shown(texts[0].text)})"
        return VqaFault("unread-text", f"{what}; write it into the question, or leave it out")
    what = f"column {', '.join(map(repr, columns))}: text that may be a part of the question ({shown(texts[0].text)})"
    names = json.dumps(columns)
    advice = f"source.columns.context='{names}' takes it in, source.ignore='{names}' leaves it out"
    return VqaFault("unread-text", f"{what}; {advice}")


def _few(columns: list[str]) -> list[str]:
    """The first columns, as many as a message has room for: it names them three times."""
    lengths = accumulate(len(column) + len(", ''") for column in columns)
    return [column for column, length in zip(columns, lengths, strict=True) if length <= NAMED_CHARS] or columns[:1]
