"""Close the paths by which a patch leaks into the traces of a pair, and keep the traces readable.

Six paths (METHOD: edit commands, re-reads of the edited file, diffs, scripts that quote the fix, thoughts, the final
summary) come down to three masks, applied to both traces with the patches of both:

* the payload of every edit command on a patched file goes whole,
* the hunks of every diff on a patched file go whole,
* everywhere else, whatever reads as a changed line of a patch (or of an earlier attempt) goes, also reformatted,
  wrapped, numbered, escaped or without its comment; in the agent's own words also a quoted piece of a new line.

What is left keeps its place: issue, code read, test output and reasoning stay, a named marker stands for what went.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from contextpairs.builders.coding.find_edits import Edit
from contextpairs.builders.coding.masked_lines import Secrets, one_spaced, secrets_of
from contextpairs.data.code.code_text import blank, squeeze, squeeze_blanked, squeeze_with_positions
from contextpairs.data.code.trajectory import Message

__all__ = ["CODE", "DIFF", "EDIT", "MARKER", "Masked", "Secrets", "mask_trace", "merge", "secrets_of"]

CODE, EDIT, DIFF = "[masked: patch code]", "[masked: edit]", "[masked: diff]"
MARKER = re.compile(r"\[masked: (?:patch code|edit|diff)\]")
HUNK = re.compile(r"^@@+ (?:-\d+(?:,\d+)? )+\+\d+(?:,(\d+))? @@+.*$", re.M)
HUNK_LINE = re.compile(r"\n(?:[ +\-\\].*|\r?(?=\n[ +\-\\@]))")
DIFF_FILE = re.compile(r"^(?:\+\+\+|---|Index:|diff --(?:git|cc|combined)) +(.+)$", re.M)
BULLET = re.compile(r"\n[+-] \S")
WORD_DIFF = re.compile(r"^.*(?:\[-.+?-\]|\{\+.+?\+\}).*$", re.M)
QUOTED = re.compile(r"`([^`\n]{3,300})`|\"([^\"\n]{6,300})\"")
NAME = re.compile(r"[\w.]+(?:\(\))?")
OPENING, CLOSING = "([{'\"`", ")]}'\"`,;:\\"


LINE_END = re.compile(r"[()\[\]{}'\"`,;:\\]+$", re.M)


@dataclass(slots=True)
class Masked:
    """A masked trace. `counts` per kind of mask; `decisive` are the turns that held an edit or a diff."""

    messages: list[Message]
    counts: Counter[str] = field(default_factory=Counter)
    decisive: set[int] = field(default_factory=set)


def mask_trace(messages: Sequence[Message], edits: Sequence[Edit], secrets: Secrets) -> Masked:
    """Mask one trace of a pair.

    Args:
        messages: the trace, cleaned.
        edits: its edit commands, spans referring to `messages`.
        secrets: of both patches.
    """
    masked = Masked([])
    payloads: dict[int, list[tuple[int, int]]] = {}
    for edit in edits:
        if edit.start < edit.end and _touches(edit.path, secrets.paths):
            payloads.setdefault(edit.turn, []).append((edit.start, edit.end))
    told = _told_at_first(messages)
    for turn, message in enumerate(messages):
        text = _mask_spans(message.content, payloads.get(turn, []), EDIT, masked, turn)
        text = _mask_diffs(text, masked, turn, secrets)
        text = _mask_code(text, secrets, masked, told if message.role == "assistant" else None)
        masked.messages.append(Message(message.role, text))
    return masked


def _told_at_first(messages: Sequence[Message]) -> str:
    """Squeezed text of the turns before the agent's first: the issue. What it says, the agent may quote."""
    start = next((turn for turn, message in enumerate(messages) if message.role == "assistant"), len(messages))
    return "\n".join(squeeze(message.content) for message in messages[:start])


def _touches(path: str, paths: frozenset[str]) -> bool:
    """Whether a path as an agent wrote it (absolute, relative, with ./) is one of the patched files."""
    path = path.removeprefix("./")
    return any(path == known or path.endswith("/" + known) or known.endswith("/" + path) for known in paths)


def _mask_spans(text: str, spans: list[tuple[int, int]], marker: str, masked: Masked, turn: int) -> str:
    if not spans:
        return text
    out: list[str] = []
    end = 0
    for start, stop in merge(spans):
        out += [text[end:start], marker, "\n" * (text[start:stop].endswith("\n"))]
        end = stop
        masked.counts[marker] += 1
    masked.decisive.add(turn)
    return "".join([*out, text[end:]])


def merge(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping or touching spans as one, in order."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _mask_diffs(text: str, masked: Masked, turn: int, secrets: Secrets) -> str:
    """Replace the hunks of diffs on a patched file; the headers, which name the file alone, stay."""
    if "@@ " not in text or not any(path.rsplit("/", 1)[-1] in text for path in secrets.paths):
        return text
    files = [(match.start(), match[1]) for match in DIFF_FILE.finditer(text)]
    spans = [_hunk_span(text, match) for match in HUNK.finditer(text)]
    told = [span for span in spans if _is_told(text, span, files, secrets)]
    return _mask_spans(text, told, DIFF, masked, turn)


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
    names = [name for start, name in files if start < span[0]][-2:]
    if not names or any(_touches(part, secrets.paths) for name in names for part in _paths_in(name)):
        return True
    squeezed = squeeze(text[span[0] : span[1]])
    return any(secret in squeezed for secret in secrets.strong)


def _paths_in(name: str) -> list[str]:
    """The paths of a diff header line, without the a/ and b/ of git."""
    return [part.strip('"').removeprefix("a/").removeprefix("b/") for part in name.split()]


def _mask_code(text: str, secrets: Secrets, masked: Masked, told: str | None) -> str:
    """Mask what reads as patch code, until a look at the result finds no more: masking can join what stood apart.

    Args:
        told: for the agent's own words, in which quoted pieces go too, what the issue said; None for other text.
    """
    for _ in range(5):
        blanked = blank(MARKER.sub(lambda match: " " * len(match.group()), text))
        squeezed = squeeze_blanked(blanked)
        spans = _strong_spans(blanked, squeezed, secrets) + _weak_spans(blanked, squeezed, secrets)
        if secrets.literal:
            spans += _literal_spans(text, secrets.literal)
        if "-]" in text or "{+" in text:
            spans += _word_diff_spans(text, secrets)
        if told is not None:
            spans += _quoted_spans(blanked, secrets, told)
        if not spans:
            break
        text = _replace_code(text, blanked, spans, masked)
    return text


def _strong_spans(blanked: str, squeezed: str, secrets: Secrets) -> list[tuple[int, int]]:
    found = list(_found(squeezed, secrets.strong))
    lowered = squeezed.lower() if secrets.prose else ""
    if len(lowered) == len(squeezed):
        found += _found(lowered, secrets.prose)
    if not found:
        return []
    positions = squeeze_with_positions(blanked)[1]
    return [(int(positions[start]), int(positions[stop - 1]) + 1) for start, stop in found]


def _found(squeezed: str, wanted: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where the wanted forms stand in squeezed text."""
    for secret in filter(None, wanted):
        stop = 0
        while (start := squeezed.find(secret, stop)) >= 0:
            stop = start + len(secret)
            yield start, stop


def _word_diff_spans(text: str, secrets: Secrets) -> list[tuple[int, int]]:
    """Lines of a word diff, `a [-old-]{+new+} b`, that read as a changed line before or after."""
    spans: list[tuple[int, int]] = []
    for match in WORD_DIFF.finditer(text):
        old = re.sub(r"\{\+.*?\+\}", "", match.group()).replace("[-", "").replace("-]", "")
        new = re.sub(r"\[-.*?-\]", "", match.group()).replace("{+", "").replace("+}", "")
        readings = (squeeze(old), squeeze(new))
        if any(secret in reading for reading in readings for secret in secrets.strong):
            spans.append(match.span())
    return spans


def _weak_spans(blanked: str, squeezed: str, secrets: Secrets) -> list[tuple[int, int]]:
    weak = {secret for secret in secrets.weak if secret in squeezed}
    if not weak:
        return []
    longest = max(map(len, weak))
    spans: list[tuple[int, int]] = []
    start = 0
    for line in blanked.split("\n"):
        bare = line.strip()
        if bare and len(bare) <= 2 * longest + 40 and squeeze(bare) in weak:
            at = start + line.index(bare)
            spans.append((at, at + len(bare)))
        start += len(line) + 1
    return spans


def _literal_spans(text: str, literal: frozenset[str]) -> list[tuple[int, int]]:
    """Lines that hold a secret as it stands, but for the width of white space."""
    spans: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        plain = one_spaced(line)
        if any(secret in plain for secret in literal):
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _quoted_spans(blanked: str, secrets: Secrets, told: str) -> list[tuple[int, int]]:
    """Quoted pieces of a new line that no old line holds: `use "<= limit"` gives the fix away as its line does.

    A name alone does not: what an agent looks at and reasons about is called by its name. Nor does what the issue told.
    """
    spans: list[tuple[int, int]] = []
    for match in QUOTED.finditer(blanked):
        quoted = match.group(1) or match.group(2)
        piece = squeeze(quoted)
        distinct = len(piece) >= 5 and not piece.isalnum() and not NAME.fullmatch(quoted.strip())
        if distinct and piece in secrets.fresh and piece not in secrets.known and piece not in told:
            spans.append((match.start() + 1, match.end() - 1))
    return spans


def _replace_code(text: str, blanked: str, spans: list[tuple[int, int]], masked: Masked) -> str:
    """Put one marker for each run of spans between which nothing but white space and punctuation stands."""
    runs: list[tuple[int, int]] = []
    for start, stop in merge(_widened(blanked, span) for span in spans):
        if runs and not re.search(r"\w", blanked[runs[-1][1] : start]):
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
    out: list[str] = []
    end = 0
    for start, stop in runs:
        out += [text[end:start], CODE]
        end = stop
        masked.counts[CODE] += 1
    return "".join([*out, text[end:]])


def _widened(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Take in the word a span starts or ends inside of, and the brackets and quotes at its edges."""
    start, stop = span
    while start > 0 and (text[start - 1] == "_" or text[start - 1].isalnum()):
        start -= 1
    while stop < len(text) and (text[stop] == "_" or text[stop].isalnum()):
        stop += 1
    while start > 0 and text[start - 1] in OPENING:
        start -= 1
    ending = LINE_END.match(text, stop)
    return start, ending.end() if ending else _closed(text, stop)


def _closed(text: str, stop: int) -> int:
    while stop < len(text) and text[stop] in CLOSING:
        stop += 1
    return stop
