"""Runs of new code: eight tokens and more that a patch brings in and that nobody could read before.

A near copy of a new line (`if` for `elif`, one name changed, a tail cut off) is not found by comparing lines; a run of
its tokens is. What the issue, the old lines of the patch or the files as tools showed them before the run's first edit
hold as well says nothing of the patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from contextpairs.builders.coding.turn_text import TurnText

RUN = 8
"""Tokens from which a run is told from chance."""
NAMES = 3
"""Identifiers that a run holds at least."""
LONGEST = 64
"""Tokens up to which a run that begins as known text does is followed until it is new."""
LOOKED = 1_000_000_000
"""Characters of known text that are looked through for runs before their places are listed."""
PLACES = 8
"""Places of one run in known text that are compared: where there are more, some that are known count as new."""
_NONE: frozenset[tuple[str, ...]] = frozenset()


@dataclass(slots=True)
class TokenRuns:
    """Runs of tokens.

    Attributes:
        rests: their first `RUN` tokens, with what else has to follow.
        firsts: the tokens that any of them begins with.
        longest: the longest of the first `RUN` tokens of each: a text without any of those shows none.
    """

    rests: dict[tuple[str, ...], set[tuple[str, ...]]] = field(default_factory=dict)
    firsts: set[str] = field(default_factory=set)
    longest: set[str] = field(default_factory=set)

    def add(self, lines: Sequence[str], known: KnownTokens) -> None:
        """Take in consecutive new lines.

        Args:
            lines: text without diff marks.
            known: what could be read before.
        """
        tokens = TurnText("\n".join(lines)).tokens
        for start in range(len(tokens) - RUN + 1):
            run = _new_run(tokens, start, known)
            if run is not None and sum(token[0].isalpha() or token[0] == "_" for token in run) >= NAMES:
                self.rests.setdefault(run[:RUN], set()).add(run[RUN:])
                self.firsts.add(run[0])
                self.longest.add(max(run[:RUN], key=len))

    def spans(self, reading: TurnText) -> list[tuple[int, int]]:
        """Where a text shows such a run."""
        if not any(token in reading.blanked for token in self.longest):
            return []
        tokens, firsts = reading.tokens, self.firsts
        found: list[tuple[int, int]] = []
        for start in [start for start, token in enumerate(tokens) if token in firsts]:
            following = self.rests.get(tuple(tokens[start : start + RUN]), _NONE)
            for length in {len(rest) for rest in following} if len(following) <= LONGEST else range(LONGEST):
                stop = start + RUN + length
                if stop <= len(tokens) and tuple(tokens[start + RUN : stop]) in following:
                    found.append((start, stop))
        if not found:
            return []
        places = reading.token_spans()
        return [(places[start][0], places[stop - 1][1]) for start, stop in found]


def joined(readings: Iterable[TurnText]) -> str:
    """The tokens of texts as one text in which runs can be looked for."""
    return "".join(f" {' '.join(reading.tokens)} \n" for reading in readings)


class KnownTokens:
    """Tokens that could be read before, in which runs are looked for: as text while that is little work, by the places
    of their first tokens where it would be much."""

    def __init__(self, text: str, looked: int = 0) -> None:
        """Args: text: as `joined` gives it. looked: characters that were looked through already."""
        self._text = text
        self._looked = looked

    def reach(self, tokens: Sequence[str], start: int) -> int:
        """How many tokens from a place on stand here too, from `RUN` to `LONGEST`; 0 for fewer."""
        most = min(len(tokens) - start, LONGEST)
        if self._looked > LOOKED:
            return self._longest(tokens, start, most)
        length = RUN
        while length <= most and f" {' '.join(tokens[start : start + length])} " in self._text:
            length += 1
        self._looked += len(self._text) * (length - RUN + 1)
        return length - 1 if length > RUN else 0

    def _longest(self, tokens: Sequence[str], start: int, most: int) -> int:
        longest = 0
        for at in self._at(tokens, start):
            longest = max(longest, self._common(tokens, start, at, most))
            if longest == most:
                break
        return longest

    def _at(self, tokens: Sequence[str], start: int) -> Sequence[int]:
        return self._places.get(hash(tuple(tokens[start : start + RUN])), ())

    def _common(self, tokens: Sequence[str], start: int, at: int, most: int) -> int:
        wanted, there = tokens[start : start + most], self._tokens[at : at + most]
        if wanted == there:
            return most
        length = next((number for number, (one, two) in enumerate(zip(wanted, there, strict=False)) if one != two), -1)
        length = len(there) if length < 0 else length
        return length if length >= RUN else 0

    @cached_property
    def _tokens(self) -> list[str]:
        return self._text.split(" ")

    @cached_property
    def _places(self) -> dict[int, list[int]]:
        """The first places of each run of `RUN` tokens, by its hash."""
        places: dict[int, list[int]] = {}
        for at, run in enumerate(zip(*(self._tokens[shift:] for shift in range(RUN)), strict=False)):
            there = places.setdefault(hash(run), [])
            if len(there) < PLACES:
                there.append(at)
        return places


def _new_run(tokens: Sequence[str], start: int, known: KnownTokens) -> tuple[str, ...] | None:
    """The shortest run of new tokens from a place on, of `RUN` and more; None where all of it was known."""
    length = max(RUN, known.reach(tokens, start) + 1)
    return tuple(tokens[start : start + length]) if length <= min(len(tokens) - start, LONGEST) else None
