"""Pair rows of a split as examples: shown in the orders that were asked for, ready to become records.

A record carries the pair beside its prompt as JSON text, from which the row is made again. One text and no nested
columns: every trainer hands it through untouched, and no JSON reader guesses types in it (an answer such as 2024-05-01
would come back as a time stamp).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contextpairs.data.exports.record import ExportError, ExportOptions
from contextpairs.data.pairs.chat_text import PLACEHOLDER
from contextpairs.data.pairs.prompting import IMAGE, Letter, Shown, messages, show
from contextpairs.data.pairs.schemas import COLUMNS, CONTEXT_FIELDS, Split, canonical_json

ORDERS: dict[str, tuple[Letter | None, ...]] = {"label": (None,), "both": ("A", "B")}
IDS = ("pair_id", "mirror_id", "group_id", "strategy")


@dataclass(frozen=True, slots=True)
class Example:
    """A pair in one order."""

    row: Mapping[str, Any]
    """As the store holds it."""
    shown: Shown
    domain: str
    split: Split
    index: int
    """Place among the split's examples, from 0."""
    turns: list[dict[str, str]]
    """The conversation up to the reply, with an `<image>` for each of the images."""


def examples(rows: Iterable[Mapping[str, Any]], domain: str, split: Split, options: ExportOptions) -> Iterator[Example]:
    """The examples of a split, the orders of a pair one after the other.

    Raises:
        ExportError: an option puts an image placeholder into the prompt.
        ValueError: a row is not in the form of the store.
    """
    _check_prompt(options)
    shown = ((row, show(row, options.prompt, letter)) for row in rows for letter in ORDERS[options.order])
    for index, (row, each) in enumerate(shown):
        turns = messages(each, options.prompt)
        _check_images(each, turns)
        yield Example(row, each, domain, split, index, turns)


def carried(example: Example, options: ExportOptions) -> str:
    """The pair of an example as JSON text: its ids, or all of it, but images by their names alone."""
    row = example.row
    if options.keep == "ids":
        return canonical_json({name: row[name] for name in IDS})
    contexts = {name: row[name] if example.domain == "coding" else row[name]["path"] for name in CONTEXT_FIELDS}
    return canonical_json({**{name: row[name] for name in COLUMNS}, **contexts})


def restored(text: str, images: Sequence[bytes], letter: Letter) -> dict[str, Any]:
    """The row that a record carries.

    Args:
        text: what `carried` made.
        images: the record's images in the order of their places; none for coding pairs.
        letter: where the record shows the positive.

    Raises:
        ExportError: only the ids were kept.
    """
    said: Mapping[str, Any] = json.loads(text)
    if lacking := [name for name in COLUMNS if name not in said]:
        raise ExportError(f"pair {said.get('pair_id')}: {lacking} were not exported; export again with keep=row")
    row = {name: said[name] for name in COLUMNS}
    if images:
        places = images if letter == "A" else images[::-1]
        row.update(
            {name: {"bytes": each, "path": row[name]} for name, each in zip(CONTEXT_FIELDS, places, strict=True)}
        )
    return row


def _check_prompt(options: ExportOptions) -> None:
    for name in ("suffix", "system", "prefill"):
        if PLACEHOLDER.search(getattr(options.prompt, name)):
            raise ExportError(
                f"prompt.{name} holds a placeholder of an image; only the pair's own images may stand there"
            )


def _check_images(shown: Shown, turns: list[dict[str, str]]) -> None:
    placeholders = sum(turn["content"].count(IMAGE) for turn in turns)
    if placeholders != len(shown.images):
        raise ExportError(f"pair {shown.pair_id}: {placeholders} placeholders for {len(shown.images)} images")
