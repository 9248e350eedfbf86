"""What must not be readable in the contexts of a pair, drawn from both of its patches and from earlier attempts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.retold import Retold, sentences_of, words_of
from contextpairs.builders.coding.token_runs import KnownTokens, TokenRuns, joined
from contextpairs.builders.coding.turn_text import TurnText
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
WRAPPED = 20
"""Lines over which a statement may be wrapped."""
ATTEMPTED = 200_000
"""Characters of earlier attempts that are looked for: a run that writes megabytes costs no more."""
_NAME = re.compile(r"[^\W\d]\w*")


class Known:
    """What of a run could be read before its agent's first edit: the issue, and what tools showed."""

    def __init__(self, shown: Sequence[TurnText] = ()) -> None:
        self._shown = shown

    @cached_property
    def tokens(self) -> str:
        """Of all of it, as `token_runs.joined` gives them."""
        return joined(self._shown)

    @cached_property
    def words(self) -> str:
        """Of all of it, as `retold.words_of` gives them."""
        return words_of(self._shown)

    @cached_property
    def lines(self) -> frozenset[str]:
        """Squeezed."""
        return frozenset(squeeze(line) for reading in self._shown for line in reading.text.split("\n"))


class NewAndOld(NamedTuple):
    """The new lines of both patches and the old ones, each as one text in which pieces can be looked for."""

    new: str
    old: str

    def is_new(self, piece: str, told: str) -> bool:
        """Whether new lines hold a piece and neither old lines nor what was told before do."""
        return piece in self.new and piece not in self.old and piece not in told


@dataclass(slots=True)
class Secrets:
    """What must not be readable in a context.

    Attributes:
        strong: squeezed forms that are masked wherever they stand.
        prose: squeezed comments and docstrings in lower case, masked wherever they stand.
        weak: squeezed forms too short or common for that: masked where they fill a line.
        literal: lines that say something only as they stand (a row of numbers squeezes to nothing), white space as
            single blanks: masked where a line holds them.
        runs: runs of tokens of new lines.
        retold: comments and docstrings of new lines by their words.
        fresh: new and old lines squeezed, each kind joined: what new ones hold and old ones do not is new code.
        dense: the same without white space alone, for pieces that differ in brackets and quotes.
        names: identifiers that a patch has in new lines and not in the lines that those replace.
        gone: identifiers that it has in old lines alone.
        paths: files that the patches change.
    """

    strong: tuple[str, ...]
    prose: tuple[str, ...]
    weak: frozenset[str]
    literal: frozenset[str]
    runs: TokenRuns
    retold: Retold
    fresh: NewAndOld
    dense: NewAndOld
    names: frozenset[str]
    gone: frozenset[str]
    paths: frozenset[str]


def secrets_of(
    patches: Sequence[Sequence[FilePatch]], attempts: Iterable[Sequence[str]] = (), known: Sequence[Known] = ()
) -> Secrets:
    """The secrets of a pair.

    Args:
        patches: both patches.
        attempts: lines that earlier attempts put in, as `attempted_lines` gives them, one list an edit.
        known: for each patch what could be read before its run's first edit.
    """
    strong: set[str] = set()
    weak: set[str] = set()
    lines: list[str] = []
    attempts = list(_bounded(attempts))
    for run in [*(run for files in patches for _, run in changed_runs(files)), *attempts]:
        _classify(run, strong, weak)
        lines.extend(run)
    runs, retold = TokenRuns(), Retold()
    given = [*known, *[Known()] * (len(patches) - len(known))]
    for side, (files, seen) in enumerate(zip(patches, given, strict=True)):
        other = [text for number, each in enumerate(patches) if number != side for text in _texts(each, "+")]
        _take_in(files, seen, other, runs, retold)
    before = KnownTokens("".join(seen.tokens for seen in given))
    for run in attempts:
        runs.add(run, before)
    return Secrets(
        tuple(sorted(strong, key=lambda text: (-len(text), text))),
        tuple(sorted({squeeze(line.strip()).lower().rstrip(".") for line in lines if is_prose(line)})),
        frozenset(weak),
        frozenset(one_spaced(line) for line in lines if is_literal(line)),
        runs,
        retold,
        _new_and_old(patches, squeeze),
        _new_and_old(patches, dense),
        _names_alone(patches, "+", "-"),
        _names_alone(patches, "-", "+"),
        frozenset(path for files in patches for file in files for path in file.names),
    )


def _bounded(attempts: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Attempts as far as `ATTEMPTED` goes."""
    left = ATTEMPTED
    for run in attempts:
        kept: list[str] = []
        for line in run:
            left -= len(line) + 1
            if left < 0:
                break
            kept.append(line)
        yield kept


def changed_runs(files: Sequence[FilePatch]) -> Iterator[tuple[str, list[str]]]:
    """Consecutive changed lines of one tag."""
    for file in files:
        for hunk in file.hunks:
            for tag, run in groupby(hunk.lines, key=lambda line: line[0]):
                if tag != " ":
                    yield tag, [text for _, text in run]


def _texts(files: Sequence[FilePatch], tags: str) -> Iterator[str]:
    return (text for file in files for hunk in file.hunks for tag, text in hunk.lines if tag in tags)


def _take_in(files: Sequence[FilePatch], seen: Known, other: Sequence[str], runs: TokenRuns, retold: Retold) -> None:
    """Add the new lines of one patch: what its old text or its run's `seen` text holds is no secret."""
    old = TurnText("\n".join(_texts(files, " -")))
    before = KnownTokens(seen.tokens + joined([old]))
    blocks = [run for tag, run in changed_runs(files) if tag == "+"]
    for run in blocks:
        runs.add(run, before)
    if sentences := [sentence for run in blocks for sentence in sentences_of(run)]:
        words = seen.words + words_of([old])
        retold.add(sentences, words, frozenset(f"{words} {words_of([TurnText(' '.join(other))])}".split()))


def _new_and_old(patches: Sequence[Sequence[FilePatch]], form: Callable[[str], str]) -> NewAndOld:
    new, old = ("\n".join(form(text) for files in patches for text in _texts(files, tag)) for tag in "+-")
    return NewAndOld(new, old)


def _names_alone(patches: Sequence[Sequence[FilePatch]], tag: str, other: str) -> frozenset[str]:
    """Identifiers that a patch has in its lines of one tag and not in those of another."""
    held = [[set(_NAME.findall("\n".join(_texts(files, each)))) for each in (tag, other)] for files in patches]
    return frozenset(name for names, others in held for name in names - others)


def dense(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def attempted_lines(edit: Edit, known: Known) -> list[str]:
    """Lines that an edit brought in: those that neither its old text holds nor a tool showed before the first edit."""
    if not edit.new:
        return []
    old = {squeeze(line) for line in (edit.old or "").split("\n")}
    return [
        line for line in edit.new.split("\n") if (text := squeeze(line)) and not (text in old or text in known.lines)
    ]


def _classify(run: Sequence[str], strong: set[str], weak: set[str]) -> None:
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


def _joined(run: Sequence[str], squeezed: Sequence[str], index: int) -> str:
    """A weak line with the lines after it until they are strong together: a wrapped statement read as one."""
    text, words = squeeze(run[index].strip()), _words(run[index])
    if not text:
        return ""
    for other in range(index + 1, min(len(run), index + WRAPPED)):
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
