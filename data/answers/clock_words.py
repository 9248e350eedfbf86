"""Times of day in words ("halb acht", "las ocho menos cuarto", "三点一刻"), from the words in English."""

from __future__ import annotations

import re
from typing import NamedTuple

from contextpairs.data.answers.lexicon import Lexicon
from contextpairs.data.answers.tokens import Token, tokens

QUARTERS = {"quarter": 15, "half": 30, "three-quarters": 45}
_HOUR = r"(?:hour )?(?P<h>\d{1,2})(?: o'clock)?"
_LESS = r"(?:(?P<m>\d{1,2})(?: minutes?)?|(?P<q>half|quarter|three-quarters))"
FORMS = tuple(
    (re.compile(form), sign, base)
    for form, sign, base in (
        (_HOUR, 1, 0),
        (r"(?P<h>\d{1,2})(?::|\.| : )(?P<m>\d{2})(?: o'clock)?", 1, 0),
        (rf"{_HOUR}(?: and)? {_LESS}", 1, 0),
        (rf"{_HOUR} minus {_LESS}", -1, 0),
        (rf"{_HOUR} {_LESS} to", -1, 0),
        (rf"{_LESS} past {_HOUR}", 1, 0),
        (rf"{_LESS} to {_HOUR}", -1, 0),
        (rf"(?:to|minus) {_LESS} {_HOUR}", -1, 0),
        (rf"{_LESS} of {_HOUR}", 1, -60),
        (rf"{_LESS} to half of {_HOUR}", -1, -30),
        (rf"{_LESS} past half of {_HOUR}", 1, -30),
    )
)  # fmt: skip
"""Forms of a time, whether its minutes are added or taken away, and minutes from its hour."""
DAYPARTS = ("am", "pm", "evening", "night", "noon")
TOLD = frozenset(["o'clock", "half", "quarter", "three-quarters", "hour", "noon", "midnight"])
"""Words that tell a time where nothing else does."""
DAY = 24 * 60
LATE_MORNING, EVENING = (10, 11), range(5, 12)


class _Said(NamedTuple):
    """A time as it is said: minutes after the hour that begins the half of the day, and the part of the day."""

    minutes: int
    hour: int
    part: str


def time_of(text: str, words: Lexicon, sure: bool) -> str | None:
    """A time of day in digits ("7:30", "3:15 pm"), or None for a text that tells none.

    Args:
        text: in plain characters.
        words: of its language.
        sure: it is asked for a time, so that a number alone is an hour.
    """
    found = [token for token in tokens(text, words.with_clock()) if not token.text.isspace()]
    said = [token.text for token in found if token.text not in ("", ",")]
    if not all(_may_be_told(token) for token in found) or not (sure or TOLD.intersection(" ".join(said).split())):
        return None
    parts = [word for word in said if word in DAYPARTS]
    rest = " ".join(word for word in said if word not in DAYPARTS)
    if rest in ("", "midnight") or len(parts) > 1:
        return {"midnight": "00:00", "noon": "12:00"}.get(rest or "".join(parts)) if len(said) == 1 else None
    rest = f"12 {rest}" if parts == ["noon"] and not rest[0].isdigit() else rest.replace("midnight", "12")
    time = _told(rest, "".join(parts))
    return _written(time) if time else None


def _may_be_told(token: Token) -> bool:
    return token.known or token.numeral or token.text in ":.,"


def _told(rest: str, part: str) -> _Said | None:
    for form, sign, base in FORMS:
        if found := form.fullmatch(rest):
            groups = found.groupdict()
            minutes = int(groups.get("m") or 0) or QUARTERS.get(groups.get("q") or "", 0)
            hour = int(groups["h"])
            return _Said(hour * 60 + base + sign * minutes, hour, part) if hour <= 24 and minutes < 60 else None
    return None


def _written(time: _Said) -> str:
    """In digits, with the half of the day where it is sure."""
    hour, minute = divmod(time.minutes % DAY, 60)
    if not time.hour or time.hour > 12:
        return f"{hour:02d}:{minute:02d}"
    half = _half_of_day(time)
    return f"{(hour - 1) % 12 + 1}:{minute:02d} {half}".rstrip()


def _half_of_day(time: _Said) -> str:
    """ "am" or "pm"; "" where it is not known: at night it is both, and a clock that shows twelve shows both."""
    if time.hour == 12:
        return ""
    if time.part == "noon":
        return "am" if time.hour in LATE_MORNING else "pm"
    if time.part == "evening":
        return "pm" if time.hour in EVENING else ""
    return time.part.replace("night", "")
