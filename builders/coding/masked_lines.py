"""What must not be readable in the contexts of a pair, drawn from both of its patches and from earlier attempts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contextpairs.builders.coding.find_edits import Edit
from contextpairs.data.code.code_text import blank, squeeze, without_comment, word_count
from contextpairs.data.code.patch import FilePatch

STRONG_LENGTH = 10
"""Characters from which a changed line of two words or more is found anywhere, not only as a line of its own."""
LEAST = 5
"""Characters that what is looked for inside other text has when it is squeezed: `11` is everywhere."""
BOILERPLATE = frozenset(
    [
        "else",
        "try",
        "pass",
        "return",
        "break",
        "continue",
        "finally",
        "end",
        "fi",
        "done",
        "None",
        "True",
        "False",
        "self",
        "cls",
        "default",
        "then",
        "do",
        "begin",
    ]
)
STRING_PREFIX = re.compile(r"(?<![\w\"'])[rbfuRBFU]{1,2}(?=[\"'])")
WRAPPED_NUMBER = re.compile(r"(?<=[(\[{,])\s*\d+(?::|[ \t]+(?:[+\->|][ \t]|(?=\S)))")
OPENED_NUMBER = re.compile(r"(?<=[(\[{])\s*\d+(?::|[ \t]+(?:[+\->|][ \t]|(?=\S)))")
PROSE_WORDS = 5
"""Words from which a line of English in a patch (a comment, a docstring) is found in any case of letters."""


@dataclass(slots=True)
class Secrets:
    """What must not be readable in a context.

    Attributes:
        strong: squeezed forms that are masked wherever they stand.
        prose: squeezed comments and docstrings in lower case, masked wherever they are told again.
        weak: squeezed forms too short or common for that: masked where they fill a line.
        literal: lines that say something only as they stand (a row of numbers squeezes to nothing), white space as
            single blanks: masked where a line holds them.
        fresh: squeezed new lines, joined; a quoted piece of one that `known` does not hold is a quote of the fix.
        known: squeezed old and context lines, joined.
        paths: files that the patches change.
    """

    strong: tuple[str, ...]
    prose: tuple[str, ...]
    weak: frozenset[str]
    literal: frozenset[str]
    fresh: str
    known: str
    paths: frozenset[str]


def secrets_of(patches: Iterable[Sequence[FilePatch]], attempts: Iterable[Edit] = ()) -> Secrets:
    """The secrets of a pair: changed lines of its patches and the lines that earlier attempts put in."""
    strong: set[str] = set()
    weak: set[str] = set()
    fresh: list[str] = []
    known: list[str] = []
    lines: list[str] = []
    paths: set[str] = set()
    for run, is_new in _runs(patches, paths, known):
        _classify(run, strong, weak)
        lines.extend(run)
        if is_new:
            fresh.extend(squeeze(line) for line in run)
    for edit in attempts:
        attempted = _attempted(edit)
        _classify(attempted, strong, weak)
        lines.extend(line for line in attempted if is_literal(line))
    ordered = sorted(strong, key=lambda text: (-len(text), text))
    prose = sorted({squeeze(line.strip()).lower().rstrip(".") for line in lines if is_prose(line)})
    literal = frozenset(one_spaced(line) for line in lines if is_literal(line))
    return Secrets(
        tuple(ordered), tuple(prose), frozenset(weak), literal,
        "\n".join(fresh), "\n".join(known), frozenset(paths),
    )  # fmt: skip


def _runs(
    patches: Iterable[Sequence[FilePatch]], paths: set[str], known: list[str]
) -> Iterable[tuple[list[str], bool]]:
    """Consecutive changed lines of one tag; fills `paths` and `known` on the way."""
    for files in patches:
        for file in files:
            paths.add(file.path)
            for hunk in file.hunks:
                known.extend(squeeze(text) for tag, text in hunk.lines if tag != "+")
                run: list[str] = []
                previous = " "
                for tag, text in [*hunk.lines, (" ", "")]:
                    if tag != previous and run:
                        yield run, previous == "+"
                        run = []
                    if tag != " ":
                        run.append(text)
                    previous = tag


def _attempted(edit: Edit) -> list[str]:
    """Lines that an edit brought in. A whole-file write names no old text, so its lines cannot be told apart."""
    if not edit.new or (edit.old is None and edit.kind not in ("insert", "append")):
        return []
    old = set(map(str.strip, (edit.old or "").split("\n")))
    return [line for line in edit.new.split("\n") if line.strip() not in old]


def _classify(run: list[str], strong: set[str], weak: set[str]) -> None:
    """Sort a run of changed lines: strong ones alone, weak ones as whole lines and joined to their neighbours."""
    squeezed = [squeeze(line) for line in run]
    for index, (line, text) in enumerate(zip(run, squeezed, strict=True)):
        if is_strong(line):
            strong.update(_variants(line))
            continue
        if is_weak(line, text):
            weak.add(squeeze(line.strip()))
        joined = _joined(run, squeezed, index)
        if joined:
            strong.add(joined)


def _variants(line: str) -> Iterator[str]:
    """Squeezed forms of a strong line: as it is, without comment or string prefixes, with numbers read as gutters."""
    line = line.strip()
    bare = without_comment(line)
    for form in (line, bare) if bare != line and is_strong(bare) else (line,):
        yield squeeze(form)
        for pattern in (STRING_PREFIX, WRAPPED_NUMBER, OPENED_NUMBER):
            other = pattern.sub("", form)
            if other != form and is_strong(other):
                yield squeeze(other)


def _joined(run: list[str], squeezed: list[str], index: int) -> str:
    """A weak line with the lines after it until they are strong together: a wrapped statement read as one."""
    text, words = squeeze(run[index].strip()), _words(run[index])
    if not text:
        return ""
    for other in range(index + 1, len(run)):
        text, words = text + squeezed[other], words + _words(run[other])
        if len(text) >= STRONG_LENGTH and words >= 2:
            return text
    return ""


def _words(line: str) -> int:
    """How many words and numbers of a line are left when it is read as code: a leading number counts as a gutter."""
    return word_count(blank(line.strip()))


def is_strong(line: str) -> bool:
    """Whether a changed line says enough to be looked for inside other text."""
    return len(line.strip()) >= STRONG_LENGTH and _words(line) >= 2 and len(squeeze(line.strip())) >= LEAST


def is_weak(line: str, squeezed: str) -> bool:
    """Whether a changed line that is not strong says anything at all."""
    return bool(squeezed) and squeezed not in BOILERPLATE and (_words(line) >= 2 or len(squeezed) >= 6)


def is_literal(line: str) -> bool:
    """Whether a changed line says enough as it stands, and too little when numbers and marks are read as gutters."""
    return len(line.strip()) >= STRONG_LENGTH and word_count(line) >= 2 and not is_strong(line)


def one_spaced(line: str) -> str:
    """The line with its white space as single blanks."""
    return " ".join(line.split())


def is_prose(line: str) -> bool:
    """Whether a changed line is a sentence of English: an agent tells it in its own words as it writes it."""
    is_comment = line.lstrip().startswith(("#", "//"))
    return (
        _words(line) >= PROSE_WORDS
        and len(squeeze(line)) >= STRONG_LENGTH
        and (is_comment or not re.search(r"[=(){}\[\]<>|]", line))
    )
