"""Roots and multiples of π, as numbers."""

from __future__ import annotations

import math
import re
from fractions import Fraction

LONGEST = 40
"""Characters up to which a text can be one."""
SIGN, WHOLE = r"(?P<sign>[-+]?)\s?", r"\d+(?:\.\d+)?"
TIMES, OVER = r"\s?\*?\s?", rf"(?:\s?/\s?(?P<under>{WHOLE}))?"
FACTOR = rf"(?P<factor>{WHOLE}(?:\s?/\s?\d+)?)?"
ROOT = re.compile(rf"{SIGN}{FACTOR}{TIMES}(?:√|sqrt)\s?\(?\s?(?P<square>{WHOLE})\s?\)?{OVER}")
PI = re.compile(rf"{SIGN}{FACTOR}{TIMES}(?:π|pi){OVER}", re.IGNORECASE)


def irrational(text: str) -> Fraction | None:
    """The value of "2√3", "√12" (the same), "π/2" or "-3pi/4", as near as a float comes; None for other texts."""
    if len(text) > LONGEST:
        return None
    if found := ROOT.fullmatch(text):
        size = math.sqrt(_factor(found) ** 2 * Fraction(found["square"]))
    elif found := PI.fullmatch(text):
        size = float(_factor(found)) * math.pi
    else:
        return None
    return Fraction(-size if found["sign"] == "-" else size)


def _factor(found: re.Match[str]) -> Fraction:
    top, _, bottom = (found["factor"] or "1").replace(" ", "").partition("/")
    under = Fraction(bottom or "1") * Fraction(found["under"] or "1")
    return Fraction(top) / under if under else Fraction(0)
