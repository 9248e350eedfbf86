"""One turn of a trace in the forms in which secrets are looked for, each made once, when it is first wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from contextpairs.data.code.code_text import blank, squeeze_blanked

MARK = re.compile(r"\[masked: (?:patch code|edit|diff|measure)\]")
TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)*\w*|[=!<>]=|->|\*\*|//|&&|\|\||[^\s\w()\[\]{},;:'\"`\\]")
_WORD = re.compile(r"[^\W\d_]+|\d+|(?P<end>[.!?](?=\s|$)|\n\s*\n|```)", re.M)
_LETTERS = re.compile(r"[^\W\d_]+|\d+")
_SMALL = """
    a an the this that these those it its is are was were be been being am do does did has have had will would shall
    should can could may might must to of in on at by for from with without into onto over under as and or nor but if
    then else than so also just only not no we i you he she they them their our your my me us when while where which
    what who whom whose there here up out
"""
SMALL_WORDS = frozenset(_SMALL.split())
"""Words that tell nothing of a comment: a sentence that differs in them alone tells the same."""


@dataclass(frozen=True, slots=True)
class ContentWord:
    """A word of content in lower case, where it stands, and the number of its sentence."""

    text: str
    start: int
    stop: int
    sentence: int


class TurnText:
    """The text of a turn, or of lines of code, and what is read off it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def blanked(self) -> str:
        """The text in equal length, without gutters, escapes and marks."""
        return blank(MARK.sub(lambda match: " " * len(match.group()), self.text))

    @cached_property
    def squeezed(self) -> str:
        """ContentWord characters and operators alone."""
        return squeeze_blanked(self.blanked)

    @cached_property
    def tokens(self) -> list[str]:
        """Identifiers, numbers and operators, in order."""
        return TOKEN.findall(self.blanked)

    def token_spans(self) -> list[tuple[int, int]]:
        """Where each token stands."""
        return [match.span() for match in TOKEN.finditer(self.blanked)]

    @cached_property
    def words(self) -> list[ContentWord]:
        """The words of content with their sentences; a name of several words is read as those."""
        return list(_words(self.blanked))


def content_words(text: str) -> list[str]:
    """The words of content alone, in lower case."""
    return [word for word in map(str.lower, _LETTERS.findall(text)) if word not in SMALL_WORDS]


def _words(text: str) -> Iterator[ContentWord]:
    sentence = 0
    for match in _WORD.finditer(text):
        if match["end"] is not None:
            sentence += 1
        elif (word := match.group().lower()) not in SMALL_WORDS:
            yield ContentWord(word, match.start(), match.end(), sentence)
