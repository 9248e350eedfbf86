"""Numbers as people write them, exactly, with the precision in which they are written."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from contextpairs.data.answers.irrationals import irrational
from contextpairs.data.answers.number_words import spelled

TOLERANCE = 1e-9
EXACTLY = -1.0
ROUGH = 0.25
"""Share by which a number may differ from one that is said to be nearly it."""
LARGEST = 60
"""Characters up to which a text can be a number, and digits of an exponent's reach."""
SIGN = r"[-+]?\s?"
GROUPED = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
SPACED = r"\d{1,3}(?: \d{3})+(?:\.\d+)?"
DOTTED = r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"
COMMA = r"\d+,\d+"
PLAIN = r"\d+(?:\.\d+)?|\.\d+"
COMMA_OR_GROUP, GROUP_OR_POINT = "\u066b", "\u066c"
"""Stand for a comma, and for a dot, before three digits in a language that has the comma before decimals."""
EITHER_MARK = rf"\d{{1,3}}[{COMMA_OR_GROUP}{GROUP_OR_POINT}]\d{{3}}(?!\d)"
DECIMAL = rf"(?:{EITHER_MARK}|{DOTTED}|{GROUPED}|{SPACED}|{COMMA}|{PLAIN})"
NUMBER = rf"{SIGN}{DECIMAL}(?:[eE][-+]?\d{{1,2}}(?!\d))?"
RATIO = rf"{SIGN}(?:\d+ )?\d[\d,]*\s?/\s?\d[\d,]*"
FULL_NUMBER = re.compile(rf"({SIGN})({DECIMAL})(?:[eE]([-+]?\d{{1,2}}))?")
FULL_RATIO = re.compile(rf"({SIGN})(?:(\d+) )?(\d[\d,]*)\s?/\s?(\d[\d,]*)")
IS_GROUPED, IS_SPACED, IS_DOTTED, IS_COMMA = (re.compile(form) for form in (GROUPED, SPACED, DOTTED, COMMA))


class Reading(NamedTuple):
    """One way to read a number.

    Attributes:
        dimension: "" for a bare number, else what it counts or measures.
        exact: value, in the base unit of the dimension.
        value: the same as a float, for cheap comparisons.
        step: the unit of the last digit that was written; 0 for a fraction, negative where only equality counts.
        whole: written without decimals.
    """

    dimension: str
    exact: Fraction
    value: float
    step: float
    whole: bool = False

    def times(self, factor: Fraction, dimension: str = "", offset: Fraction = Fraction(0)) -> Reading:
        """The reading in another unit."""
        exact = self.exact * factor + offset
        return Reading(dimension, exact, float(exact), self.step * float(abs(factor)), self.whole)

    def unusual(self) -> Reading:
        """The reading as one that counts only where it is met exactly."""
        return self._replace(step=EXACTLY)


def near(first: Reading, second: Reading) -> bool:
    """Whether two readings of one dimension can be one value: equal, or one the other rounded or cut off."""
    distance = abs(first.value - second.value)
    if distance <= TOLERANCE * max(abs(first.value), abs(second.value)):
        return True
    coarse, fine = (first, second) if first.step > second.step else (second, first)
    if fine.step < 0 or coarse.step <= fine.step * (1 + TOLERANCE):
        return False
    return distance < reach(coarse, fine.step == 0) * (1 + TOLERANCE)


def roughly(reading: Reading) -> Reading:
    """A reading of which it is said that it is nearly so."""
    return reading._replace(step=max(reading.step, 2 * ROUGH * abs(reading.value)), whole=False)


def reach(coarse: Reading, of_fraction: bool = False) -> float:
    """How far from a reading a value may lie that is written as it: less than a step, half of one for whole numbers."""
    if coarse.step < 1 and not (coarse.whole and coarse.dimension):
        return coarse.step * (1 - 4 * TOLERANCE)
    if of_fraction and abs(coarse.value) <= 1:
        return 0.0  # a probability of 1/2 is neither 0 nor 1
    return coarse.step / 2


def bare(exact: Fraction, step: float) -> Reading:
    """A number without a unit."""
    return Reading("", exact, float(exact), step, step >= 1)


def number(text: str) -> tuple[Reading, ...]:
    """Readings of a text that is a number and nothing else, the usual one first; none if it is not a number.

    "1,234" is 1234; "1.234" is that, and may be 1234. "3,5" is no number. Other languages have marks of their own: see
    `contextpairs.data.answers.translation`.
    """
    if len(text) > LARGEST:
        return ()
    if text.isascii() and text.isdigit():
        return (bare(Fraction(int(text)), 1.0),)
    if found := FULL_NUMBER.fullmatch(text):
        return _decimal(*found.groups())
    if found := FULL_RATIO.fullmatch(text):
        return _ratio(*found.groups())
    value = irrational(text)
    if value is not None:
        return (bare(value, 0.0),)
    value = spelled(text)
    return () if value is None else (bare(value, 0.0 if value.denominator > 1 else 1.0),)


def _decimal(sign: str, digits: str, exponent: str | None) -> tuple[Reading, ...]:
    if not IS_DOTTED.fullmatch(digits) and not IS_GROUPED.fullmatch(digits) and IS_COMMA.fullmatch(digits):
        return ()
    usual, *others = (_signed(sign, one, int(exponent or 0)) for one in _written(digits)[: 1 if exponent else None])
    return (usual, *(other.unusual() for other in others))


def _written(digits: str) -> tuple[str, ...]:
    """Digits with a decimal point, in every way they may be meant."""
    if IS_DOTTED.fullmatch(digits):
        return (digits.replace(".", "").replace(",", "."),)
    if COMMA_OR_GROUP in digits:
        return (digits.replace(COMMA_OR_GROUP, "."), digits.replace(COMMA_OR_GROUP, ""))
    if GROUP_OR_POINT in digits:
        return (digits.replace(GROUP_OR_POINT, ""), digits.replace(GROUP_OR_POINT, "."))
    if IS_GROUPED.fullmatch(digits):
        return (digits.replace(",", ""),)
    if IS_SPACED.fullmatch(digits):
        return (digits.replace(" ", ""),)
    head, _, tail = digits.partition(".")
    thousands = len(tail) == 3 and len(head) <= 3 and head.strip("0") != ""
    return (digits, head + tail) if thousands else (digits,)


def _signed(sign: str, digits: str, exponent: int) -> Reading:
    exact = Fraction(digits) * Fraction(10) ** exponent * (-1 if "-" in sign else 1)
    places = len(digits.partition(".")[2])
    return bare(exact, 10.0 ** (exponent - places))


def _ratio(sign: str, whole: str | None, top: str, bottom: str) -> tuple[Reading, ...]:
    over = int(bottom.replace(",", "") or 0)
    if not over:
        return ()
    exact = Fraction(int(top.replace(",", "")), over) + int(whole or 0)
    return (bare(-exact if "-" in sign else exact, 0.0),)
