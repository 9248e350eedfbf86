"""Pair rows of a split as examples: shown in the orders that were asked for, ready to become records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contextpairs.data.exports.options import ExportError, ExportOptions
from contextpairs.data.pairs.chat_text import PLACEHOLDER
from contextpairs.data.pairs.prompting import IMAGE, Letter, Shown, messages, show
from contextpairs.data.pairs.schemas import Split

ORDERS: dict[str, tuple[Letter | None, ...]] = {"label": (None,), "both": ("A", "B")}


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
