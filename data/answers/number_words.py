"""Numbers in words."""

from __future__ import annotations

from fractions import Fraction

SMALL = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
SCALES = {"thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10,
         "halve": 2, "hundredth": 100}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
LONGEST = 10


def spelled(text: str) -> Fraction | None:
    """The value of a number in words ("twenty-one", "a hundred and five", "two thirds", "minus four"), or None."""
    words = text.casefold().replace("-", " ").split()
    if not words or len(words) > LONGEST:
        return None
    if words[0] in ("minus", "negative") and len(words) > 1:
        value = _unsigned(words[1:])
        return None if value is None else -value
    return _unsigned(words)


def _unsigned(words: list[str]) -> Fraction | None:
    if words == ["half"]:
        return Fraction(1, 2)
    if len(words) > 1 and words[0] in ("a", "an", "one") and words[1] in {*SCALES, "hundred", "dozen", *PARTS}:
        words = ["one", *words[1:]]
    if len(words) > 1 and (part := PARTS.get(words[-1].removesuffix("s"))):
        top = _whole(words[:-1])
        return None if top is None else Fraction(top, part)
    whole = _whole(words)
    return None if whole is None else Fraction(whole)


def _whole(words: list[str]) -> int | None:
    if words == ["dozen"]:
        return 12
    if words[-1] == "dozen":
        count = _whole(words[:-1])
        return None if count is None else 12 * count
    total = current = 0
    allowed = 10**13
    room = 100
    seen = False
    for word in words:
        if word == "and" and seen:
            continue
        if word in SCALES and seen and SCALES[word] < allowed:
            allowed = SCALES[word]
            total, current, room = total + current * allowed, 0, 100
        elif word == "hundred" and 0 < current < 10:
            current, room = current * 100, 100
        elif word in TENS and room >= 100:
            current, room = current + TENS[word], 10
        elif word in SMALL and room >= (10 if SMALL[word] < 10 else 100):
            current, room = current + SMALL[word], 0
        else:
            return None
        seen = True
    return total + current if seen and words[-1] != "and" else None


def ordinal(text: str) -> int | None:
    """The place that "2nd" or "second" names, or None."""
    word = text.casefold()
    if word in ORDINALS:
        return ORDINALS[word]
    digits = word[:-2]
    return int(digits) if digits.isdigit() and len(digits) < 5 and word[-2:] in ("st", "nd", "rd", "th") else None
