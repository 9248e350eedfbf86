"""The letter that a reply picks, read strictly: a reply that hedges, negates or names both picks none."""

from __future__ import annotations

import re

from data.prompting import Letter

THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
MARKUP = re.compile(r"\\(?:boxed|text|textbf|mathbf|mathrm)\b|</?\w+>")
"""What stands around a letter and says nothing."""
WORD = re.compile(r"\w+")
CLAIM_WORDS = frozenset(
    ("answer", "be", "best", "choice", "context", "correct", "final", "is", "it", "letter", "my", "option", "output",
     "right", "so", "supporting", "supports", "that", "the", "therefore", "thus", "which", "would")
)  # fmt: skip
"""Words that a line which states the choice may hold besides the letter."""


def letter_of(reply: str) -> Letter | None:
    """The letter of the option that a reply states, or None.

    A line states a letter if it holds exactly one, in capitals (a reply of one letter alone may be in lower case), and
    besides it nothing but words such as "the correct option is". Other lines are passed over, as are a closed
    `<think>` block in front and headings, which end in a colon. Lines that state different letters state none.

    Args:
        reply: what the model wrote, without the prefill.
    """
    said = THOUGHT.sub("", reply)
    if said.strip().lower() in ("a", "b"):
        return _letter(said.strip().upper())
    stated = {_stated(line) for line in said.splitlines()} - {None}
    return _letter(stated.pop()) if len(stated) == 1 else None


def _stated(line: str) -> str | None:
    line = MARKUP.sub(" ", line).strip().rstrip("*_ ")
    words = WORD.findall(line.replace("_", " "))
    letters = [word for word in words if word in ("A", "B")]
    if len(letters) != 1 or line.endswith(":"):
        return None
    others = [word.lower() for word in words if word not in ("A", "B")]
    return letters[0] if CLAIM_WORDS.issuperset(others) else None


def _letter(text: str | None) -> Letter:
    return "A" if text == "A" else "B"
