"""What a form of export is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contextpairs.data.exports.columns import Column
from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.options import ExportError, ExportOptions
from contextpairs.data.pairs.prompting import Letter, PromptOptions

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """How one consumer reads examples."""

    name: str
    record: Callable[[Example, ExportOptions], Record]
    """An example as the consumer reads it."""
    start: str
    """The lines that start a run; {here}, {train} and {probe} stand for the folder and its files."""
    columns: Callable[[bool], Mapping[str, Column]] | None = None
    """Columns of its Parquet, with images or without; None: JSON lines."""
    pair: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    """The pair row that a record carries; None: it has no place for one."""
    files: tuple[str, ...] = ()
    """Files of this package that stand beside the data."""
    has_reply: bool = False
    """Whether records hold the model's reply; without, a reply cannot be begun for the model."""
    has_system: bool = True

    def check(self, prompt: PromptOptions) -> None:
        """Refuse what the form cannot say. Raises ExportError."""
        if prompt.prefill and not self.has_reply:
            raise ExportError(
                f"prompt.prefill: {self.name} lets the model begin its own reply, so it would be lost; leave it empty "
                "and ask for it in prompt.suffix"
            )
        if prompt.system and not self.has_system:
            raise ExportError(f"prompt.system: {self.name} has no system message; say it in prompt.suffix")


def reply(letter: Letter, prompt: PromptOptions) -> str:
    """What the model is to answer, whole."""
    return f"{prompt.prefill.rstrip()} {letter}" if prompt.prefill else letter


def images_of(example: Example) -> list[Mapping[str, Any]]:
    """The images of an example as {bytes, path}, in the order of their places."""
    return list(example.shown.images)
