"""The part of the leak check that looks for near copies: runs of new code, and comments told in other words.

Like the rest of the check it shares nothing with the mask, neither code nor the way in which text is read: here lines
are cut into items one by one, and looked for as text between blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property

from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

RUN = 8
"""Items of code in a row from which it is told."""
NAMES = 3
"""Names that such a run holds at least."""
WORDS = 5
"""Words of content in a row from which a comment is told again."""
_CODE_ITEM = r"[A-Za-z_\u0080-\U0010ffff][\w]*|\d[\w.]*(?<!\.)|[-+*/%=<>!&|^~@.]+"
_ITEM = re.compile(_CODE_ITEM)
_LINE_ITEM = re.compile(rf"{_CODE_ITEM}|\n")
_PROSE = re.compile(r"[A-Za-z\u0080-\U0010ffff]+|\d+|[.!?](?=\s|$)|\n[ \t]*(?=\n)|`{3}")
_NOTE = re.compile(r"^\s*(?:#|//|\*)+ ?|\s(?:#|//)\s")
_CODE = re.compile(r"[=(){}\[\]<>|]")
_LITTLE = frozenset(
    {
        "a", "an", "the", "this", "that", "these", "those", "it", "its", "is", "are", "was", "were", "be", "been", "do",
        "does", "has", "have", "had", "will", "would", "should", "can", "could", "may", "might", "must", "to", "of",
        "in", "on", "at", "by", "for", "from", "with", "as", "and", "or", "but", "if", "then", "so", "also", "not",
        "we", "i", "you", "they", "there", "when", "which", "what", "into", "than", "no", "only", "just", "here",
    }
)  # fmt: skip
_ENDS = ".!?\n`"


class SearchedText:
    """A text in the two forms in which it is compared, each made once, when it is first wanted."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def lowered(self) -> str:
        """In lower case."""
        return self.text.lower()

    @cached_property
    def items(self) -> list[str]:
        """Items of code; the end of a line is one too."""
        return _LINE_ITEM.findall(self.text)

    @cached_property
    def words(self) -> list[str]:
        """Words of content in lower case; the end of a sentence is one too."""
        return _content(self.lowered)


class Told:
    """What one patch says that nobody could read before: runs of its code, and of words of its comments."""

    def __init__(self, files: Sequence[FilePatch], seen: Sequence[str]) -> None:
        """Args: files: the patch. seen: texts that could be read before it."""
        context = "\n".join(text for file in files for hunk in file.hunks for tag, text in hunk.lines if tag != "+")
        old = [context, *seen]
        new = list(_added(files))
        runs = {run for text in new for run in _windows(_ITEM.findall(text), RUN) if _names(run) >= NAMES}
        self._runs = _Sought(_Sought(runs).missing(old, _ITEM.findall))
        comments = {run for text in new for run in _windows(_content(_notes(text).lower()), WORDS) if _is_whole(run)}
        self._comments = _Sought(
            _Sought(comments).missing([text.lower() for text in old] if comments else (), _content)
        )

    def first_in(self, reading: SearchedText) -> str | None:
        """A run or comment that a text tells, or None."""
        found = next(self._runs.found_in(reading.items), None) if self._runs.may_stand_in(reading.text) else None
        if found is None and self._comments.may_stand_in(reading.lowered):
            found = next(self._comments.found_in(reading.words), None)
        return None if found is None else " ".join(found)


class _Sought:
    """Runs of items of one length, looked for where their longest item stands: few texts hold it."""

    def __init__(self, runs: Collection[tuple[str, ...]]) -> None:
        self._runs = runs
        self._places: dict[str, set[int]] = {}
        for run in runs:
            longest = max(range(len(run)), key=lambda at: len(run[at]))
            self._places.setdefault(run[longest], set()).add(longest)

    def may_stand_in(self, text: str) -> bool:
        """Whether a text holds the longest item of a run."""
        return any(item in text for item in self._places)

    def found_in(self, items: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """The runs that stand among items, in order."""
        places = self._places
        for at in [at for at, item in enumerate(items) if item in places]:
            for place in places[items[at]]:
                run = tuple(items[max(0, at - place) : at - place + self._length])
                if run in self._runs:
                    yield run

    def missing(self, texts: Iterable[str], items_of: Callable[[str], list[str]]) -> set[tuple[str, ...]]:
        """The runs that none of some texts holds."""
        there = (run for text in texts if self.may_stand_in(text) for run in self.found_in(items_of(text)))
        return set(self._runs).difference(there)

    @cached_property
    def _length(self) -> int:
        return len(next(iter(self._runs)))


def seen_before(context: Sequence[Message]) -> list[str]:
    """What a context shows before anything in it is masked: instructions, issue, and files as tools showed them."""
    texts: list[str] = []
    for message in context:
        if "[masked: " in message.content and any(f"[masked: {kind}]" in message.content for kind in ("edit", "diff")):
            break
        if message.role != "assistant":
            texts.append(message.content)
    return texts


def _added(files: Sequence[FilePatch]) -> Iterator[str]:
    """Each run of added lines as one text."""
    for file in files:
        for hunk in file.hunks:
            run: list[str] = []
            for tag, text in [*hunk.lines, (" ", "")]:
                if tag == "+":
                    run.append(text)
                elif run:
                    yield "\n".join(run)
                    run = []


def _windows(items: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return zip(*(items[start:] for start in range(length)), strict=False)


def _names(run: Sequence[str]) -> int:
    return sum(item[0].isalpha() or item[0] == "_" for item in run)


def _is_whole(run: Sequence[str]) -> bool:
    """Whether no sentence ends within a run of words."""
    return all(word[0] not in _ENDS for word in run)


def _notes(text: str) -> str:
    """The comments and docstrings among lines of code; code ends a sentence."""
    lines = []
    for line in text.split("\n"):
        note = _NOTE.search(line)
        lines.append(line[note.end() :] if note else "\n" if _CODE.search(line) else line)
    return "\n".join(lines)


def _content(lowered: str) -> list[str]:
    """Words of content and ends of sentences."""
    return [word for word in _PROSE.findall(lowered) if word not in _LITTLE]
