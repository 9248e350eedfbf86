"""Times of day and dates."""

from __future__ import annotations

import re
from typing import NamedTuple

CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:o'clock\s*)?(a\.?\s?m\.?|p\.?\s?m\.?)?", re.IGNORECASE)
OCLOCK = re.compile(r"\d{1,2}\s*o'?clock\b.*", re.IGNORECASE)
HALF_DAY = 12 * 60
MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"
YEAR = r"(?P<year>\d{4})"
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
WORDED = tuple(
    re.compile(WEEKDAY + form, re.IGNORECASE)
    for form in (
        rf"{MONTH}\s+{DAY}(?:,?\s+{YEAR})?",
        rf"(?:the\s+)?{DAY}\s+(?:of\s+)?{MONTH}(?:,?\s+(?:of\s+)?{YEAR})?",
        rf"{MONTH},?\s+(?:of\s+)?{YEAR}",
    )
)
ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
SEASON = re.compile(r"(?:FY\s?)?((?:1[5-9]|20)\d{2})(?:\s?/\s?(?=\d)|-(?=\d{2}$))(\d{4}|\d{2})", re.IGNORECASE)
MARKED = re.compile(
    r"(?:(\d{4})\s*[年년]\s*)(\d{1,2})\s*[月월](?:\s*(\d{1,2})\s*[日号號일])?"
    r"|()(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]"
)
SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
SHORT = re.compile(r"(\d{1,2})[/-](\d{1,2})")


class Clock(NamedTuple):
    """A time of day: minutes since midnight, and whether the half of the day is known."""

    minutes: int
    sure: bool


class Date(NamedTuple):
    """Year, month and day, 0 where not said; a year below 100 is short for any century."""

    year: int
    month: int
    day: int


def clock(text: str) -> Clock | None:
    """The time that "1:20 P.M.", "13:20", "3 pm" or "3 o'clock" says, or None."""
    found = CLOCK.fullmatch(text)
    if not found or not (found[3] or OCLOCK.match(text) or (found[2] and (":" in text or "h" in text))):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour > 24 or minute > 59 or (found[3] and not 1 <= hour <= 12):
        return None
    if found[3]:
        return Clock(hour % 12 * 60 + minute + HALF_DAY * (found[3][0] in "pP"), True)
    sure = hour > 12 or text.startswith("0")
    return Clock(hour % 24 * 60 + minute, sure)


def clash(first: Clock, second: Clock) -> bool:
    """Whether two times certainly differ."""
    if first.sure and second.sure:
        return first != second
    if (first.minutes - second.minutes) % HALF_DAY == 0:
        return False
    return first.sure or second.sure or not _one_ratio(first, second)


def _one_ratio(first: Clock, second: Clock) -> bool:
    """Whether 1:20 and 2:40 may be meant as ratios."""
    (a, b), (c, d) = divmod(first.minutes, 60), divmod(second.minutes, 60)
    return b > 0 and d > 0 and a * d == b * c


def season(text: str) -> int | None:
    """The first year of a season or fiscal year over two ("2018/19", "2018-19", "FY 2018/2019"), or None."""
    found = SEASON.fullmatch(text)
    if not found:
        return None
    year, end = int(found[1]), found[2]
    follows = str(year + 1)[-len(end) :] == end
    return year if follows else None


def dates(text: str) -> tuple[Date, ...]:
    """Dates that a text may say (two where day and month may be swapped); none if it is no date."""
    if found := ISO.fullmatch(text):
        return _possible(Date(*map(int, found.groups())))
    if found := MARKED.fullmatch(text):
        said = found.groups()[:3] if found[1] else found.groups()[3:]
        return _possible(Date(*(int(part or 0) for part in said)))
    if found := SLASHED.fullmatch(text):
        first, second, year = map(int, found.groups())
        return tuple(dict.fromkeys((*_possible(Date(year, first, second)), *_possible(Date(year, second, first)))))
    for form in WORDED:
        if (found := form.fullmatch(text)) and (month := MONTHS.get(found["month"].casefold())):
            parts = found.groupdict()
            return _possible(Date(int(parts.get("year") or 0), month, int(parts.get("day") or 0)))
    return ()


def short_dates(text: str) -> tuple[Date, ...]:
    """Days of any year that "3/10" may say, either number first; none for another text."""
    found = SHORT.fullmatch(text)
    if not found:
        return ()
    first, second = map(int, found.groups())
    return tuple(dict.fromkeys((*_possible(Date(0, first, second)), *_possible(Date(0, second, first)))))


def _possible(date: Date) -> tuple[Date, ...]:
    return (date,) if date.month <= 12 and date.day <= 31 else ()


def apart(first: Date, second: Date) -> bool:
    """Whether two dates contradict each other in something that both say."""
    short = 0 < min(first.year, second.year) < 100
    years = (first.year % 100, second.year % 100) if short and first.year and second.year else first[:1] + second[:1]
    said = (years, (first.month, second.month), (first.day, second.day))
    return any(one != other for one, other in said if one and other)
