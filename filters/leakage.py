"""The leak check that every published row passes: is a changed line of either patch readable in a context?

It shares the reading of code with the mask (`data.canonical`) and nothing else: it looks for each line again, plainly
and reformatted, in what is about to be published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from data.canonical import squeeze, without_comment, word_count
from data.patch import FilePatch
from data.trajectory import Message

MEANINGFUL_LENGTH = 10
"""Characters from which a line with two or more words counts as meaningful content."""


@dataclass(slots=True, frozen=True)
class Leak:
    """A changed line that can be read in a context, at which turn, and whether as it stands or reformatted."""

    line: str
    turn: int
    form: str


def leaks(context: Sequence[Message], patches: Iterable[Sequence[FilePatch]]) -> list[Leak]:
    """Every meaningful changed line of the patches that a context still shows."""
    texts = [(message.content, squeeze(message.content)) for message in context]
    found: list[Leak] = []
    for line, squeezed in sorted(set(_meaningful_lines(patches))):
        for turn, (text, squeezed_text) in enumerate(texts):
            if squeezed in squeezed_text:
                found.append(Leak(line, turn, "plain" if line.strip() in text else "reformatted"))
                break
    return found


def _meaningful_lines(patches: Iterable[Sequence[FilePatch]]) -> Iterator[tuple[str, str]]:
    """(line, squeezed) of changed lines, of lines without their comment, and of short lines read with the next."""
    for files in patches:
        for file in files:
            for hunk in file.hunks:
                for tag in "-+":
                    lines = [text for each, text in hunk.lines if each == tag]
                    for line in lines:
                        yield from _if_meaningful(line)
                        yield from _if_meaningful(without_comment(line))


def _if_meaningful(line: str) -> Iterator[tuple[str, str]]:
    if len(line.strip()) >= MEANINGFUL_LENGTH and word_count(line) >= 2:
        yield line, squeeze(line)
