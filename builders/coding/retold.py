"""Comments and docstrings of a patch, told again: the same words of content in order, whatever stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from contextpairs.builders.coding.turn_text import ContentWord, TurnText

WORDS = 5
"""Words of content in order from which a sentence is a retelling."""
BETWEEN = 4
"""Other words of content that may stand among those."""
SHORT = 3
"""Words of content from which a whole comment is looked for, if one of them is its own."""
_COMMENT = re.compile(r"^\s*(?:#+|//+|/?\*+|--|;;)\s?|\s(?:#|//)\s")
_CODE = re.compile(r"[=(){}\[\]<>|]")


@dataclass(slots=True)
class Retold:
    """What is looked for: runs of `WORDS` words, and short comments whole."""

    runs: set[tuple[str, ...]] = field(default_factory=set)
    shorts: set[tuple[str, ...]] = field(default_factory=set)
    own: frozenset[str] = frozenset()
    """The words of short comments that nothing else holds: without one of them in sight none is looked for."""

    def add(self, lines: Sequence[str], known: str, common: frozenset[str]) -> None:
        """Take in consecutive new lines.

        Args:
            lines: text without diff marks.
            known: words that could be read before, as `words_of` gives them.
            common: words of the issue, the old code and the other patch.
        """
        for sentence in _sentences(lines):
            for start in range(len(sentence) - WORDS + 1):
                run = tuple(sentence[start : start + WORDS])
                if f" {' '.join(run)} " not in known:
                    self.runs.add(run)
            if SHORT <= len(sentence) < WORDS and (own := set(sentence) - common):
                self.shorts.add(tuple(sentence))
                self.own |= own

    @property
    def _follows(self) -> dict[str, list[tuple[str, ...]]]:
        """What has to follow a run's first word."""
        follows: dict[str, list[tuple[str, ...]]] = {}
        for run in sorted(self.runs):
            follows.setdefault(run[0], []).append(run[1:])
        return follows

    def spans(self, reading: TurnText) -> list[tuple[int, int]]:
        """Where a text tells one of them again."""
        if not self.runs and not self.shorts:
            return []
        words = reading.words
        return [*self._told(words), *self._short(words)]

    def _told(self, words: Sequence[ContentWord]) -> Iterator[tuple[int, int]]:
        """Runs in order within one sentence, with up to `BETWEEN` other words of content among them."""
        follows = self._follows
        for at, first in enumerate(words):
            window = words[at + 1 : at + WORDS + BETWEEN] if first.text in follows else ()
            said = {word.text: None for word in window if word.sentence == first.sentence}
            for rest in follows[first.text] if said else ():
                if rest[0] in said and all(word in said for word in rest):
                    found = _in_order(rest, [word for word in window if word.sentence == first.sentence])
                    if found is not None:
                        yield first.start, found[1]

    def _short(self, words: Sequence[ContentWord]) -> Iterator[tuple[int, int]]:
        """Short comments: their words in order within one sentence."""
        numbers = {word.sentence for word in words if word.text in self.own}
        for number, group in groupby(words, key=lambda word: word.sentence) if numbers else ():
            sentence = list(group) if number in numbers else []
            for short in self.shorts:
                if (found := _in_order(short, sentence)) is not None:
                    yield found


def words_of(readings: Iterable[TurnText]) -> str:
    """The words of content of texts as one text in which runs can be looked for."""
    return "".join(f" {' '.join(word.text for word in reading.words)} \n" for reading in readings)


def _in_order(wanted: Sequence[str], sentence: Sequence[ContentWord]) -> tuple[int, int] | None:
    """Where words stand in a sentence in this order: from the first to the last; None where they do not."""
    start, at = -1, 0
    for word in sentence:
        if word.text == wanted[at]:
            start = word.start if at == 0 else start
            at += 1
            if at == len(wanted):
                return start, word.stop
    return None


def _sentences(lines: Sequence[str]) -> Iterator[list[str]]:
    """The sentences of comments and docstrings in lines of code, as words of content."""
    text = "\n".join(_prose(line) for line in lines)
    sentence: list[str] = []
    number = 0
    for word in TurnText(text).words:
        if word.sentence != number and sentence:
            yield sentence
            sentence = []
        number = word.sentence
        sentence.append(word.text)
    if sentence:
        yield sentence


def _prose(line: str) -> str:
    """What of a line is a comment or a docstring; a blank line, which ends a sentence, for code."""
    comment = _COMMENT.search(line)
    if comment is not None:
        return line[comment.end() :]
    words = TurnText(line.strip("\"' \t")).words
    return line if len(words) >= SHORT and not _CODE.search(line) and " " in line.strip() else "\n"
