"""Comments and docstrings of a patch, told again: the same words of content in order, whatever stands between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby

from contextpairs.builders.coding.turn_text import ContentWord, TurnText, content_words

WORDS = 5
"""Words of content in order from which a sentence is a retelling."""
BETWEEN = 4
"""Other words of content that may stand among those."""
LEFT_OUT = 2
"""Words of the comment that may be left out among those."""
SHORT = 3
"""Words of content from which a whole comment is looked for, if one of them is its own."""
_COMMENT = re.compile(r"^\s*(?:#+|//+|/?\*+|--|;;)\s?|\s(?:#|//)\s")
_CODE = re.compile(r"[=(){}\[\]<>|]")


@dataclass(slots=True)
class Retold:
    """What is looked for: runs of `WORDS` words, and short comments whole.

    Attributes:
        runs: the runs with all their beginnings, by which a text is followed word by word.
        shorts: short comments.
        own: the words of those that nothing else holds: without one of them in sight none is looked for.
        longest: the longest word of each run: a text without any of those tells none.
    """

    runs: set[tuple[str, ...]] = field(default_factory=set)
    shorts: set[tuple[str, ...]] = field(default_factory=set)
    own: frozenset[str] = frozenset()
    longest: set[str] = field(default_factory=set)

    def add(self, sentences: Iterable[Sequence[str]], known: str, common: frozenset[str]) -> None:
        """Take in the comments and docstrings of a patch.

        Args:
            sentences: as `sentences_of` gives them.
            known: words that could be read before, as `words_of` gives them.
            common: words of the issue, the old code and the other patch.
        """
        told = [tuple(sentence) for sentence in sentences]
        runs = {run for sentence in told for run in _runs(sentence)}
        for run in runs - _told_before(runs, known):
            self.runs.update(run[:length] for length in range(1, WORDS + 1))
            self.longest.add(max(run, key=len))
        for sentence in told:
            if SHORT <= len(sentence) < WORDS and (own := set(sentence) - common):
                self.shorts.add(sentence)
                self.own |= own

    def spans(self, reading: TurnText) -> list[tuple[int, int]]:
        """Where a text tells one of them again."""
        lowered = reading.blanked.lower() if self.runs or self.shorts else ""
        if not any(word in lowered for words in (self.longest, self.own) for word in words):
            return []
        words = reading.words
        return [*self._told(words), *self._short(words)]

    def _told(self, words: Sequence[ContentWord]) -> Iterator[tuple[int, int]]:
        """Runs in order within one sentence."""
        for at, first in enumerate(words):
            if (first.text,) in self.runs:
                window = [word for word in words[at : at + WORDS + BETWEEN] if word.sentence == first.sentence]
                for last, _ in _followed(self.runs, [word.text for word in window]):
                    yield first.start, window[last].stop
                    break

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
    return "".join(f" {' '.join(content_words(reading.blanked))} \n" for reading in readings)


def _runs(sentence: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Each `WORDS` words in order of a sentence among which at most `LEFT_OUT` are left out."""
    for start in range(len(sentence) - WORDS + 1):
        after = sentence[start + 1 : start + WORDS + LEFT_OUT]
        yield from ((sentence[start], *rest) for rest in combinations(after, WORDS - 1))


def _told_before(runs: Collection[tuple[str, ...]], known: str) -> set[tuple[str, ...]]:
    """Those of the runs that a text which could be read before tells as loosely."""
    beginnings = {run[:length] for run in runs for length in range(1, WORDS + 1)}
    words = known.split()
    starts = (at for at, word in enumerate(words) if (word,) in beginnings) if beginnings else ()
    return {run for at in starts for _, run in _followed(beginnings, words[at : at + WORDS + BETWEEN])}


def _followed(runs: Collection[tuple[str, ...]], words: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The runs that start with the first of some words and go on in order among them, and where each ends."""
    begun: set[tuple[str, ...]] = {(words[0],)}
    for at, word in enumerate(words[1:], start=1):
        longer = {run for each in begun if (run := (*each, word)) in runs}
        yield from ((at, run) for run in sorted(longer) if len(run) == WORDS)
        begun |= {run for run in longer if len(run) < WORDS}


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


def sentences_of(lines: Sequence[str]) -> Iterator[list[str]]:
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
