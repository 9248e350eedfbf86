"""Where a text shows what must not be readable in it: hunks of diffs, patch code in any form, a patch's measures."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from contextpairs.builders.coding.masked_lines import Secrets, dense, one_spaced
from contextpairs.builders.coding.turn_text import TurnText
from contextpairs.builders.coding.whole_code import closed_quotes, widened
from contextpairs.data.code.code_text import lines_with, lower, squeeze, squeeze_with_positions

HUNK = re.compile(r"^@@+ (?:-\d+(?:,\d+)? )+\+\d+(?:,(\d{1,9}))? @@+.*$", re.M)
HUNK_LINE = re.compile(r"\n(?:[ +\-\\].*|\r?(?=\n[ +\-\\@]))")
DIFF_FILE = re.compile(r"^(?:\+\+\+|---|Index:|diff --(?:git|cc|combined)) +(.+)$", re.M)
BULLET = re.compile(r"\n[+-] \S")
QUOTED = re.compile(r"`([^`\n]{1,300})`|\"([^\"\n]{1,300})\"")
CALLED = re.compile(r"(?<![\w.])[\w.]{1,100}\([^()\n]{1,200}\)")
NAME = re.compile(r"[\w.]+(?:\(\))?")
_NAMED = r"[`'\"]?+[\w.]{1,80}+(?:\(\))?+[`'\",]?+"
_FEW = rf"{_NAMED}(?:\s+{_NAMED}){{0,3}}"
REPLACING = re.compile(
    rf"\b(?:replac|chang|renam|swap|switch|substitut)\w{{0,8}}\s+({_FEW}?)\s+(?:with|by|to|for|into|->|→)\s+({_FEW})",
    re.I,
)
INSTEAD = re.compile(rf"({_FEW})\s+(?:instead\s+of|rather\s+than|in\s+place\s+of)\s+({_FEW})", re.I)
_PART = re.compile(r"\w+")
MEASURES = {
    "token": r"\d[\d.,]{0,15}k? (?:prompt|input) tokens, \d[\d.,]{0,15}k? (?:completion|output) tokens"
    r"(?:, \$[\d.]{1,12} cost)?|\d[\d.,]{0,15}k? (?:completion|output) tokens|Tokens: \d[^\n]{0,120}",
    "too long ": r"(?<=too long )\(\d{1,9} ?[/>] ?\d{1,9}(?: characters)?\)",
    " lines": r"\d{1,9} ?(?:→|->|=>) ?\d{1,9} lines|(?<=\()\d{1,9} lines total(?=\))",
    " more lines ": r"(?<=\()\d{1,9} more lines (?:above|below)(?=\))",
    " changed": r"\d{1,9} files? changed(?:, \d{1,9} insertions?\(\+\))?(?:, \d{1,9} deletions?\(-\))?",
    "| ": r"(?<=\| )[ \t]{0,8}\d{1,9} [+-]{1,200}(?=\n|$)",
    "new_span_ids: ": r"(?<=new_span_ids: )\[[^\]\n]{0,2000}\]",
    "\nindex ": r"(?<=\nindex )[0-9a-f]{7,40}\.\.[0-9a-f]{7,40}",
    "\nlint_messages: ": r"(?<=\nlint_messages: )\[\{[^\n]{0,50000}",
    '"line": ': r"(?<=\"line\": )\d{1,9}",
    "too many ": r"too many [a-z ]{1,40}\(\d{1,9}/\d{1,9}\)",
    ": trailing whitespace": r"(?<=:)\d{1,9}(?=: trailing whitespace)",
}
"""Figures by which a tool counts or names what a patch holds: tokens of its text, lengths of its lines, names it added,
the hash of the file that it makes. Each stands in one line, by a word in lower case that the line holds."""
_MEASURES = [(word, re.compile(kind, re.I)) for word, kind in MEASURES.items()]
_FAULTS = ("trailing whitespace", "new blank line at EOF", "space before tab in indent")
_BLANK_FAULT = rf"[^\s:]{{1,200}}:\d{{1,9}}: (?:{'|'.join(_FAULTS)})\.?\n[^\n]{{0,400}}\n"
FAULTS = re.compile(
    rf"(?<=\n)(?:{_BLANK_FAULT}){{1,500}}(?:warning: \d{{1,9}} lines? (?:adds?|have|has) whitespace errors\.?)?", re.I
)
"""Faults of white space that a tool found in a patch, each with its line."""


class Span(NamedTuple):
    """Characters of a text and the mark that is to stand for them."""

    start: int
    stop: int
    mark: str


def measure_spans(text: str, mark: str) -> list[Span]:
    """Figures of a tool that count what the patch holds."""
    lowered = lower(text)
    found = [
        match for word, kind in _MEASURES for line in lines_with(word, lowered) for match in kind.finditer(text, *line)
    ]
    if any(fault.lower() in lowered for fault in _FAULTS):
        found += FAULTS.finditer(text)
    return [Span(match.start(), match.end(), mark) for match in found]


def diff_spans(text: str, secrets: Secrets, mark: str) -> list[Span]:
    """The hunks of diffs on a patched file; the headers, which name the file alone, stay."""
    if "@@ " not in text or not any(path.rsplit("/", 1)[-1] in text for path in secrets.paths):
        return []
    files = [(match.start(), match[1]) for match in DIFF_FILE.finditer(text)]
    spans = (_hunk_span(text, match) for match in HUNK.finditer(text))
    return [Span(*span, mark) for span in spans if _is_told(text, span, files, secrets)]


def _hunk_span(text: str, header: re.Match[str]) -> tuple[int, int]:
    """A hunk to its last line: what its header counts, then changed lines alone, for agents miscount."""
    stop, left = header.end(), int(header[1] or 1)
    while line := HUNK_LINE.match(text, stop):
        tag = text[stop + 1 : stop + 2]
        if left <= 0 and (tag not in ("+", "-", "\\") or BULLET.match(text, stop)):
            break
        left -= tag != "-"
        stop = line.end()
    return header.start(), stop


def _is_told(text: str, span: tuple[int, int], files: list[tuple[int, str]], secrets: Secrets) -> bool:
    """Whether a hunk belongs to a patched file, to a file that is not named, or shows a line of a patch."""
    stop = bisect_left(files, (span[0], ""))
    names = [name for _, name in files[max(0, stop - 2) : stop]]
    if not names or any(touches(part, secrets.paths) for name in names for part in _paths_in(name)):
        return True
    squeezed = squeeze(text[span[0] : span[1]])
    return any(secret in squeezed for secret in secrets.strong)


def _paths_in(name: str) -> list[str]:
    """The paths of a diff header line, without the a/ and b/ of git."""
    return [part.strip('"').removeprefix("a/").removeprefix("b/") for part in name.split()]


def touches(path: str, paths: Collection[str]) -> bool:
    """Whether a path as an agent wrote it (absolute, relative, with ./) is one of the patched files."""
    path = path.removeprefix("./")
    return any(path == known or path.endswith("/" + known) or known.endswith("/" + path) for known in paths)


def code_spans(reading: TurnText, secrets: Secrets, mark: str, told: tuple[str, str] | None) -> list[Span]:
    """All that reads as patch code, as whole statements or lines.

    Args:
        reading: of the text.
        secrets: of both patches.
        mark: what is to stand for it.
        told: for the agent's own words, in which quoted pieces go too, what the issue said, `squeeze`d and `dense`;
            None for other text.
    """
    text = reading.text
    code = [*_strong_spans(reading, secrets.strong), *_weak_spans(reading, secrets), *secrets.runs.spans(reading)]
    spans = [widened(text, reading.blanked, start, stop) for start, stop in code]
    retold = [*secrets.retold.spans(reading), *_prose_spans(reading, secrets.prose)]
    spans += [closed_quotes(text, start, stop) for start, stop in retold]
    spans += _literal_spans(text, secrets.literal)
    if "-]" in text or "{+" in text:
        spans += _word_diff_spans(text, secrets)
    if told is not None:
        spans += _quoted_spans(reading, secrets, told)
        spans += _replacing_spans(text, secrets)
    return [Span(start, stop, mark) for start, stop in spans]


def _found(squeezed: str, wanted: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where the wanted forms stand in squeezed text."""
    for secret in filter(None, wanted):
        stop = 0
        while (start := squeezed.find(secret, stop)) >= 0:
            stop = start + len(secret)
            yield start, stop


def _strong_spans(reading: TurnText, strong: Sequence[str]) -> list[tuple[int, int]]:
    return _placed(reading, list(_found(reading.squeezed, strong)))


def _prose_spans(reading: TurnText, prose: Sequence[str]) -> list[tuple[int, int]]:
    lowered = reading.squeezed.lower() if prose else ""
    return _placed(reading, list(_found(lowered, prose))) if len(lowered) == len(reading.squeezed) else []


def _placed(reading: TurnText, found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in squeezed text as places in the text."""
    if not found:
        return []
    positions = squeeze_with_positions(reading.blanked)[1]
    return [(int(positions[start]), int(positions[stop - 1]) + 1) for start, stop in found]


def _weak_spans(reading: TurnText, secrets: Secrets) -> list[tuple[int, int]]:
    """Lines that a short or common changed line fills."""
    weak = {secret for secret in secrets.weak if secret in reading.squeezed}
    if not weak:
        return []
    longest = max(map(len, weak))
    spans: list[tuple[int, int]] = []
    start = 0
    for line in reading.blanked.split("\n"):
        bare = line.strip()
        if bare and len(bare) <= 2 * longest + 40 and squeeze(bare) in weak:
            at = start + line.index(bare)
            spans.append((at, at + len(bare)))
        start += len(line) + 1
    return spans


def _literal_spans(text: str, literal: Collection[str]) -> list[tuple[int, int]]:
    """Lines that hold a secret as it stands, but for the width of white space."""
    spans: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n") if literal else ():
        plain = one_spaced(line)
        if any(secret in plain for secret in literal):
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _word_diff_spans(text: str, secrets: Secrets) -> list[tuple[int, int]]:
    """Lines of a word or character diff, `a [-old-]{+new+} b`, that read as changed lines before or after."""
    spans: list[tuple[int, int]] = []
    for opening, closing, marks in (("[-", "-]", ("{+", "+}")), ("{+", "+}", ("[-", "-]"))):
        reading, places = _without(text, opening, closing, marks)
        for start, stop in [*_strong_spans(TurnText(reading), secrets.strong), *secrets.runs.spans(TurnText(reading))]:
            first, last = places[start], places[stop - 1] + 1
            if text[first:last] != reading[start:stop]:
                end = text.find("\n", last)
                spans.append((text.rfind("\n", 0, first) + 1, len(text) if end < 0 else end))
    return spans


def _without(text: str, opening: str, closing: str, marks: tuple[str, str]) -> tuple[str, list[int]]:
    """A text without what stands between two marks and without two others, and where each character was."""
    places: list[int] = []
    at = 0
    while at < len(text):
        if text.startswith(opening, at) and (end := text.find(closing, at)) >= 0:
            at = end + len(closing)
        elif text.startswith(opening, at):
            places.extend(range(at, len(text)))
            break
        elif text.startswith(marks, at):
            at += len(marks[0])
        else:
            places.append(at)
            at += 1
    return "".join(text[place] for place in places), places


def _quoted_spans(reading: TurnText, secrets: Secrets, told: tuple[str, str]) -> list[tuple[int, int]]:
    """Pieces of a new line that no old line holds, quoted or as a call: `use "<= limit"` tells the fix as its line.

    A name alone does not: what an agent looks at and reasons about is called by its name. Nor does what the issue told.
    """
    text = reading.blanked
    quoted = [(match.start() + 1, match.end() - 1, 5 if match[1] else 6) for match in QUOTED.finditer(text)]
    called = [(*match.span(), 8) for match in CALLED.finditer(text)]
    squeezed, compact = told
    return [
        (start, stop)
        for start, stop, least in [*quoted, *called]
        if not NAME.fullmatch(piece := text[start:stop].strip())
        and (
            (len(form := squeeze(piece)) >= least and secrets.fresh.is_new(form, squeezed))
            or (len(form := dense(piece)) >= least and secrets.dense.is_new(form, compact))
        )
    ]


def _replacing_spans(text: str, secrets: Secrets) -> list[tuple[int, int]]:
    """`Replace X with Y` and `Y instead of X` of two names, of which a patch takes out X and brings in Y."""
    if not all(any(name in text for name in names) for names in (secrets.names, secrets.gone)):
        return []
    found = [(match, 1, 2) for match in REPLACING.finditer(text)] + [(match, 2, 1) for match in INSTEAD.finditer(text)]
    return [
        match.span(1)[:1] + match.span(2)[1:]
        for match, old, new in found
        if _names_in(match[old]) & secrets.gone and _names_in(match[new]) & secrets.names
    ]


def _names_in(text: str) -> set[str]:
    return set(_PART.findall(text))
