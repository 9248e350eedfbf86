"""The part of the leak check that looks for near copies: runs of new code, and comments told in other words.

Like the rest of the check it shares nothing with the mask, neither code nor the way in which text is read: here lines
are cut into items one by one, and looked for as text between blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

RUN = 8
"""Items of code in a row from which it is told."""
NAMES = 3
"""Names that such a run holds at least."""
WORDS = 5
"""Words of content in a row from which a comment is told again."""
_ITEM = re.compile(r"[A-Za-z_\u0080-\U0010ffff][\w]*|\d[\w.]*(?<!\.)|[-+*/%=<>!&|^~@.]+")
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
END = "."


class Told:
    """What one patch says that nobody could read before.

    Attributes:
        runs: runs of `RUN` items as text between blanks.
        comments: runs of `WORDS` words of its comments and docstrings, likewise.
    """

    def __init__(self, files: Sequence[FilePatch], seen: Sequence[str]) -> None:
        """Args: files: the patch. seen: texts that could be read before it."""
        old = [
            "\n".join(text for file in files for hunk in file.hunks for tag, text in hunk.lines if tag != "+"),
            *seen,
        ]
        new = list(_added(files))
        self.runs = _fresh([_items(text) for text in new], [_items(text) for text in old], RUN)
        self.runs = {
            run for run in self.runs if sum(item[0].isalpha() or item[0] == "_" for item in run.split()) >= NAMES
        }
        sentences = [each for text in new for each in _sentences(_notes(text))]
        self.comments = _fresh(sentences, [_flat(text) for text in old], WORDS)

    def first_in(self, text: str) -> str | None:
        """A run or comment that a text tells, or None."""
        for line in text.split("\n") if self.runs else ():
            if found := next((run for run in _runs(_items(line), RUN) if run in self.runs), None):
                return found.strip()
        if self.comments:
            for sentence in _sentences(text):
                if found := next((run for run in _runs(sentence, WORDS) if run in self.comments), None):
                    return found.strip()
        return None


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


def _items(text: str) -> list[str]:
    return _ITEM.findall(text)


def _runs(items: Sequence[str], length: int) -> Iterator[str]:
    return (f" {' '.join(items[start : start + length])} " for start in range(len(items) - length + 1))


def _fresh(new: Iterable[Sequence[str]], old: Iterable[Sequence[str]], length: int) -> set[str]:
    known = "\n".join(f" {' '.join(items)} " for items in old)
    return {run for items in new for run in _runs(items, length) if run not in known}


def _notes(text: str) -> str:
    """The comments and docstrings among lines of code; code ends a sentence."""
    lines = []
    for line in text.split("\n"):
        note = _NOTE.search(line)
        lines.append(line[note.end() :] if note else "\n" if _CODE.search(line) else line)
    return "\n".join(lines)


def _sentences(text: str) -> Iterator[list[str]]:
    """Words of content in lower case, sentence by sentence."""
    sentence: list[str] = []
    for item in _PROSE.findall(text):
        if item[0] in ".!?\n`":
            yield sentence
            sentence = []
        elif (word := item.lower()) not in _LITTLE:
            sentence.append(word)
    yield sentence


def _flat(text: str) -> list[str]:
    return [word for sentence in _sentences(text) for word in [*sentence, END]]
