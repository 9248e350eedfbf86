"""What harnesses add to a trace and no model reads for news: rankings of code, and turns that repeat the agent."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Sequence

from contextpairs.data.code.trajectory import Message

LEAST = 20
"""Characters from which a turn that repeats the agent's words is no coincidence."""
TURNS = 4
"""Turns of an agent after which nobody repeats it."""
LINES = 100
"""Lines under a key that are looked at in a turn: a harness writes a few."""
_RANKED = re.compile(r'"?ranked_spans"?: ?(?=\[)')
_KEYED = re.compile(rf"^[a-z_]{{2,30}}: ?(.{{{LEAST},}})(?:\n|\Z)", re.M)
"""A line that a harness puts under a key: `message: ...`, `instructions: ...`."""
_ESCAPED = re.compile(r"\\([\"'\\/nrt])")
_DECODER = json.JSONDecoder()


def without_echoes(messages: Sequence[Message]) -> tuple[list[Message], dict[str, int]]:
    """The turns without what tells nothing; a turn of which nothing is left is empty, so that places stay.

    Returns:
        The turns, and how many lost a `ranking` or were an `echo`.
    """
    counts: Counter[str] = Counter()
    turns: deque[str] = deque([""], maxlen=TURNS)
    found: list[Message] = []
    for message in messages:
        if message.role == "assistant":
            turns.append(" ".join(f"{message.content} {_ESCAPED.sub(_plain, message.content)}".split()))
            found.append(message)
            continue
        text = _without_ranking(message.content)
        counts["ranking"] += text != message.content
        kept = _without_said(text, "\n".join(turns))
        counts["echo"] += kept != text
        text = kept
        found.append(message if text == message.content else Message(message.role, text))
    return found, {kind: count for kind, count in sorted(counts.items()) if count}


def _plain(match: re.Match[str]) -> str:
    """What an escape of JSON stands for."""
    return " " if match[1] in "nrt" else match[1]


def _without_said(text: str, said: str) -> str:
    """The text without what its agent has just said: all of it, or what stands behind a key in a line.

    Args:
        text: of a tool.
        said: the agent's last turns, white space as single blanks.
    """
    plain = " ".join(text.split())
    if len(plain) >= LEAST and plain in said:
        return ""
    return _KEYED.sub(lambda line: "" if " ".join(line[1].split()) in said else line[0], text, count=LINES)


def _without_ranking(text: str) -> str:
    """The text without its lists of ranked spans."""
    out: list[str] = []
    at = 0
    for match in _RANKED.finditer(text):
        if match.start() < at:
            continue
        try:
            _, end = _DECODER.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        out.append(text[at : match.start()])
        at = end + text.startswith("\n", end)
    return "".join([*out, text[at:]])
