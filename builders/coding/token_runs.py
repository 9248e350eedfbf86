"""Runs of new code: eight tokens and more that a patch brings in and that nobody could read before.

A near copy of a new line (`if` for `elif`, one name changed, a tail cut off) is not found by comparing lines; a run of
its tokens is. What the issue, the old lines of the patch or the files as tools showed them before the run's first edit
hold as well says nothing of the patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contextpairs.builders.coding.turn_text import TurnText

RUN = 8
"""Tokens from which a run is told from chance."""
NAMES = 3
"""Identifiers that a run holds at least."""
LONGEST = 64
"""Tokens up to which a run that begins as known text does is followed until it is new."""


@dataclass(slots=True)
class TokenRuns:
    """Runs by their first `RUN` tokens with what else has to follow, and the tokens that any of them begins with."""

    rests: dict[tuple[str, ...], list[tuple[str, ...]]] = field(default_factory=dict)
    firsts: set[str] = field(default_factory=set)

    def add(self, lines: Sequence[str], known: str) -> None:
        """Take in consecutive new lines.

        Args:
            lines: text without diff marks.
            known: what could be read before, as `joined` gives it.
        """
        tokens = TurnText("\n".join(lines)).tokens
        for start in range(len(tokens) - RUN + 1):
            run = _new_run(tokens, start, known)
            if run is not None and sum(token[0].isalpha() or token[0] == "_" for token in run) >= NAMES:
                rests = self.rests.setdefault(run[:RUN], [])
                if run[RUN:] not in rests:
                    rests.append(run[RUN:])
                self.firsts.add(run[0])

    def spans(self, reading: TurnText) -> list[tuple[int, int]]:
        """Where a text shows such a run."""
        tokens, firsts, rests = reading.tokens, self.firsts, self.rests
        found: list[tuple[int, int]] = []
        for start, token in enumerate(tokens):
            if token in firsts:
                for rest in rests.get(tuple(tokens[start : start + RUN]), ()):
                    stop = start + RUN + len(rest)
                    if tuple(tokens[start + RUN : stop]) == rest:
                        found.append((start, stop))
        if not found:
            return []
        places = reading.token_spans()
        return [(places[start][0], places[stop - 1][1]) for start, stop in found]


def joined(readings: Iterable[TurnText]) -> str:
    """The tokens of texts as one text in which runs can be looked for."""
    return "".join(f" {' '.join(reading.tokens)} \n" for reading in readings)


def _new_run(tokens: Sequence[str], start: int, known: str) -> tuple[str, ...] | None:
    """The shortest run of new tokens from a place on, of `RUN` and more; None where all of it was known."""
    for stop in range(start + RUN, min(len(tokens), start + LONGEST) + 1):
        run = tokens[start:stop]
        if f" {' '.join(run)} " not in known:
            return tuple(run)
    return None
