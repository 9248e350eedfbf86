"""The text of a question by itself: without image placeholders, and apart from the options that it lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from contextpairs.data.answers.question_key import INSTRUCTIONS, PLACEHOLDER

NUMBERED = re.compile(
    r"(?:\bpicture \d+:\s?)?<img>[^<]*</img>|<\|?(?:image|img|picture|figure)[ _]?\d+\|?>|" + PLACEHOLDER.pattern,
    re.IGNORECASE,
)
MARK = re.compile(r"(?<![\w(])(?:\(([A-Za-z])\)|([A-Za-z])([.):])(?:(?=\s)|(?<=\n[A-Z][:)])))")
"""(A), "A. ", and "A:65" at the start of a line."""
TITLE = re.compile(r"(?:(?:^|\n)[ \t]*(?:\w+ )?(?:options|choices)(?: are)?[ \t]*:?|\b(?:answer )?(?:options|choices)"
                   r"(?: are)?[ \t]*:)$", re.IGNORECASE)  # fmt: skip
CONJUNCTION = re.compile(r"(?:^|[\s,;])(?:or|and)$", re.IGNORECASE)
LONGEST = 20_000
"""Characters beyond which a text is not searched for options."""
STARTS = 4
"""First options that are tried, the last one first."""


class Listing(NamedTuple):
    """A question that lists its options.

    Attributes:
        stem: the question without them.
        labels: their letters, capital.
        texts: their texts.
    """

    stem: str
    labels: tuple[str, ...]
    texts: tuple[str, ...]


class _Mark(NamedTuple):
    label: str
    style: tuple[str, bool]
    start: int
    end: int


def bare(text: str) -> str:
    """A text without image placeholders, with line feeds alone as line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = NUMBERED.split(text)
    return (text if len(parts) == 1 else _joined(parts)).strip()


def _joined(parts: Sequence[str]) -> str:
    """What stood around placeholders, closed up as if there had been none."""
    text = ""
    for part in parts:
        before, after = text.rstrip(" \t"), part.lstrip(" \t")
        tight = not before or before[-1] in "\n(" or not after or after[0] in ".,;:?!)"
        if before.endswith("\n") or not before:
            after = after.lstrip("\n")
        text = before + ("" if tight else " ") + after
    return text


def listed(text: str) -> Listing | None:
    """A question taken apart from its options ("(A) red (B) blue", or one a line), or None where it lists none."""
    if len(text) > LONGEST:
        return None
    text = _without_instructions(text) if MARK.search(text) else text
    marks = [_mark(found) for found in MARK.finditer(text)]
    starts = [at for at, mark in enumerate(marks) if mark.label == "A"]
    for at in reversed(starts[-STARTS:]):
        run = _run(marks[at:])
        if len(run) > 1 and (found := _listing(text, run)):
            return found
    return None


def _without_instructions(text: str) -> str:
    before = None
    while before != text:
        before = text
        for instruction in INSTRUCTIONS:
            text = instruction.sub("", text).strip() or text
    return text


def _mark(found: re.Match[str]) -> _Mark:
    letter = found.group(1) or found.group(2)
    return _Mark(letter.upper(), (found.group(3) or "()", letter.isupper()), found.start(), found.end())


def _run(marks: Sequence[_Mark]) -> list[_Mark]:
    """Marks in the order of the alphabet and in one style, from the first on."""
    run = [marks[0]]
    for mark in marks[1:]:
        if mark.style == run[0].style and ord(mark.label) == ord(run[-1].label) + 1:
            run.append(mark)
    return run


def _listing(text: str, run: Sequence[_Mark]) -> Listing | None:
    stem = text[: run[0].start].rstrip()
    stops = [mark.start for mark in run[1:]] + [_last_stop(text, run[-1].end)]
    texts = tuple(_option(text[mark.end : stop]) for mark, stop in zip(run, stops, strict=True))
    stem = TITLE.sub("", stem).rstrip()
    # Names in running text ("triangles (A) and (B) touch. Which is larger?") are no list.
    in_line = "\n" not in text[run[0].start : run[-1].start]
    if not stem or not all(texts) or (in_line and any("?" in option for option in texts)):
        return None
    rest = text[stops[-1] :].strip()
    return Listing(f"{stem}\n{rest}" if rest else stem, tuple(mark.label for mark in run), texts)


def _last_stop(text: str, start: int) -> int:
    start += len(text[start:]) - len(text[start:].lstrip())
    stop = text.find("\n", start)
    return stop if stop >= 0 else len(text)


def _option(text: str) -> str:
    text = " ".join(text.split()).rstrip(",; ")
    return CONJUNCTION.sub("", text).rstrip(",; ")
