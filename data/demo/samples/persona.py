"""The habits of a scripted agent, drawn from its run's seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from contextpairs.data.demo.samples.actions import EditStyle, ViewStyle
from contextpairs.data.demo.samples.fixes import Fix

EDITS: list[EditStyle] = ["replace", "sed", "script", "rewrite", "patch"]
EDIT_WEIGHTS = [50, 20, 18, 5, 7]


@dataclass(frozen=True, slots=True)
class Persona:
    """Habits of one run."""

    musing: float
    """Chance that a thought gets a second sentence."""
    reading: ViewStyle
    edit: EditStyle
    script: str
    """Where the reproduction is written; empty: it is not kept in a file."""
    reproduces: bool
    reads_tests: bool
    guesses: bool
    """Tries something wrong first, where a wrong attempt is given."""
    slips: bool
    """Misquotes the text that it wants to replace, and has to look again."""
    quotes: bool
    """Says in so many words what it changes."""
    comments: bool
    """Leaves a comment above the changed line."""
    rereads: bool
    checks: bool
    """Writes a second script that asserts the outcome and names the change."""
    tests_all: bool
    cleans: bool
    diffs: bool
    sums_up: bool
    detours: int
    """How much else it reads."""

    @classmethod
    def drawn(cls, rng: random.Random) -> Persona:
        """A persona; one in thirty shows its final diff, about as in the public corpora."""
        return cls(
            musing=rng.choice([0.1, 0.4, 0.8]),
            reading=rng.choice(["cat", "cat -n", "sed", "nl", "nl", "head", "grep"]),
            edit=rng.choices(EDITS, EDIT_WEIGHTS)[0],
            script=rng.choice(["reproduce.py", "reproduce_issue.py", "test_issue.py", "repro.py", ""]),
            reproduces=rng.random() < 0.8,
            reads_tests=rng.random() < 0.6,
            guesses=rng.random() < 0.2,
            slips=rng.random() < 0.12,
            quotes=rng.random() < 0.45,
            comments=rng.random() < 0.15,
            rereads=rng.random() < 0.55,
            checks=rng.random() < 0.25,
            tests_all=rng.random() < 0.5,
            cleans=rng.random() < 0.7,
            diffs=rng.random() < 0.03,
            sums_up=rng.random() < 0.3,
            detours=rng.choice([0, 0, 1, 1, 2, 3]),
        )

    def ending_in(self, fix: Fix) -> Persona:
        """The same habits, but whoever covers the reported case alone has nothing to go by but a reproduction."""
        return replace(self, reproduces=True, reads_tests=False) if fix.partial else self
