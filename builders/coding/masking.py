"""Close the paths by which a patch leaks into the traces of a pair, and keep the traces readable.

Six paths (METHOD: edit commands, re-reads of the edited file, diffs, scripts that quote the fix, thoughts, the final
summary) come down to four masks, applied to both traces with the patches of both:

* the payload of every edit command on a patched file goes whole,
* the hunks of every diff on a patched file go whole,
* everywhere else, whatever reads as a changed line of a patch (or of an earlier attempt) goes, also reformatted,
  wrapped, numbered, escaped or without its comment, and so does a run of new code and a comment told again; in the
  agent's own words also a quoted piece of a new line,
* measures by which a tool counts what the patch holds go.

What is left keeps its place: issue, code read, test output and reasoning stay, a mark stands for what went. A mark says
that something was there, never how much or how often: what it stood for goes whole, and marks between which nothing is
said are one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.masked_lines import Secrets, dense, one_spaced, secrets_of
from contextpairs.builders.coding.secret_spans import Span, code_spans, diff_spans, measure_spans, touches
from contextpairs.builders.coding.turn_text import MARK, TurnText
from contextpairs.builders.coding.whole_code import settled
from contextpairs.data.code.code_text import squeeze
from contextpairs.data.code.trajectory import Message

__all__ = ["CODE", "DIFF", "EDIT", "MARKER", "MEASURE", "Masked", "Secrets", "mask_trace", "secrets_of", "shared_lines"]

CODE, EDIT, DIFF, MEASURE = "[masked: patch code]", "[masked: edit]", "[masked: diff]", "[masked: measure]"
MARKER = MARK
ROUNDS = 5
"""Rounds after which a text that still shows something is left to the leak check: masking can join what stood apart."""
_ENVELOPE = re.compile(
    r"^(?:(?:diff --git |index |--- |\+\+\+ |@@|Index: |old mode|new mode|=====|<<<<<|>>>>>).*"
    r"|[ \t]*(?:```|~~~)[\w+-]{0,20}|</?source>\w{0,20}|[\w./\-]{1,300}\.\w{1,8}:?)[ \t]*$",
    re.M,
)
"""Lines between two marks that say nothing: headers of diffs, fences and signs of an edit block, its file's name."""


@dataclass(slots=True)
class Masked:
    """A masked trace. `counts` per kind of mask; `decisive` are the turns that held an edit or a diff."""

    messages: list[Message]
    counts: Counter[str] = field(default_factory=Counter)
    decisive: set[int] = field(default_factory=set)


def mask_trace(
    messages: Sequence[Message],
    edits: Sequence[Edit],
    secrets: Secrets,
    readings: Sequence[TurnText] = (),
    shared: Collection[str] = (),
) -> Masked:
    """Mask one trace of a pair.

    Args:
        messages: the trace, cleaned.
        edits: its edit commands, spans referring to `messages`.
        secrets: of both patches.
        readings: of the messages, where they are at hand.
        shared: lines (`one_spaced`) of the turns before the agent's first that the other trace has there as well:
            they tell nothing of the label, and stay.
    """
    masked = Masked([])
    payloads = _payloads(edits, secrets)
    start = head_length(messages)
    said = "\n".join(message.content for message in messages[:start])
    told = (squeeze(said), dense(said))
    for turn, message in enumerate(messages):
        reading = readings[turn] if readings else TurnText(message.content)
        is_agent = message.role == "assistant"
        spans = [*payloads.get(turn, ()), *diff_spans(reading.text, secrets, DIFF)]
        if any(span.mark in (EDIT, DIFF) for span in spans):
            masked.decisive.add(turn)
        spans += measure_spans(reading.text, MEASURE) if not is_agent else []
        kept = shared if turn < start else ()
        text = _masked(reading, spans, secrets, told if is_agent else None, kept)
        masked.counts.update(MARK.findall(text))
        masked.messages.append(Message(message.role, text))
    return masked


def head_length(messages: Sequence[Message]) -> int:
    """How many turns stand before the agent's first: instructions and issue."""
    return next((turn for turn, message in enumerate(messages) if message.role == "assistant"), len(messages))


def shared_lines(first: Sequence[Message], second: Sequence[Message]) -> frozenset[str]:
    """The lines, white space aside, that stand in the turns before the first agent turn of both traces."""
    one, two = (
        {one_spaced(line) for message in trace[: head_length(trace)] for line in message.content.split("\n")}
        for trace in (first, second)
    )
    return frozenset(one & two)


def _payloads(edits: Sequence[Edit], secrets: Secrets) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = {}
    for edit in edits:
        if edit.start < edit.end and (not edit.path or touches(edit.path, secrets.paths)):
            found.setdefault(edit.turn, []).append(Span(edit.start, edit.end, EDIT))
    return found


def _masked(
    reading: TurnText,
    spans: list[Span],
    secrets: Secrets,
    told: tuple[str, str] | None,
    kept: Collection[str],
) -> str:
    """A text with its spans and all that reads as a secret replaced, until a look at the result finds no more."""
    for _ in range(ROUNDS):
        spans = [*spans, *code_spans(reading, secrets, CODE, told)]
        if kept:
            spans = _within(_open_lines(reading.text, kept), spans)
        spans = [span for span in spans if MARK.sub("", reading.text[span.start : span.stop]).strip()]
        if not spans:
            break
        reading, spans = TurnText(_replaced(reading.text, spans)), []
    return reading.text


def _open_lines(text: str, kept: Collection[str]) -> list[tuple[int, int]]:
    """Where the lines start and stop that do not stay, in order; read once, however many spans a line holds."""
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        if one_spaced(line) not in kept:
            found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def _within(lines: Sequence[tuple[int, int]], spans: Iterable[Span]) -> list[Span]:
    """The parts of spans that lie in the lines."""
    parts: list[Span] = []
    for span in spans:
        first = bisect_right(lines, span.start, key=itemgetter(1))
        last = bisect_left(lines, span.stop, key=itemgetter(0))
        parts += [Span(max(start, span.start), min(stop, span.stop), span.mark) for start, stop in lines[first:last]]
    return parts


def _replaced(text: str, spans: Sequence[Span]) -> str:
    """One mark for each run of spans between which nothing is said."""
    out: list[str] = []
    end = 0
    runs = _runs(text, spans)
    for start, stop, mark in _runs(text, [_settled(text, run) for run in runs]):
        out += [text[end:start], mark, "\n" * text[start:stop].endswith("\n")]
        end = stop
    return "".join([*out, text[end:]])


def _settled(text: str, run: Span) -> Span:
    """A run of patch code as whole names, comments and brackets."""
    return Span(*settled(text, run.start, run.stop), CODE) if run.mark == CODE else run


def _runs(text: str, spans: Iterable[Span]) -> list[Span]:
    """Spans joined where they touch or nothing is said between them; marks that stand there already join in."""
    marks = [Span(match.start(), match.end(), match.group()) for match in MARK.finditer(text)]
    runs: list[Span] = []
    for span in sorted([*spans, *marks], key=lambda span: (span.start, -span.stop)):
        if runs and (span.start <= runs[-1][1] or not _says(text[runs[-1][1] : span.start])):
            start, stop, mark = runs[-1]
            runs[-1] = Span(start, max(stop, span.stop), min(mark, span.mark, key=ORDER.index))
        else:
            runs.append(span)
    return runs


ORDER = (EDIT, DIFF, CODE, MEASURE)
"""Which mark stands for a run of several: the one that says most of what was done."""


def _says(between: str) -> bool:
    """Whether text between two marks says anything: what encloses an edit, white space and punctuation do not."""
    return bool(re.search(r"\w", _ENVELOPE.sub("", between)))
