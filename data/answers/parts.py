"""Halves and other parts beside a number, signs in words, prices in two coins, and words between number and thing."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from contextpairs.data.answers.lexicon import Lexicon
from contextpairs.data.answers.tokens import AND, Token, written
from contextpairs.data.answers.units import CURRENCIES, SCALES, unit

PLAIN = re.compile(r"\d+(?:\.\d+)?")
PART = re.compile(r"1/[2-9]|1/10")
ADDED = re.compile(r"([+-])(\d)/(\d)")
"""A part that is said with the number before or after it ("साढ़े तीन": three and a half)."""
HUNDRED, THOUSAND = 100, 1000
HALF, MINUS, THE = "half", "minus", "the"
WORDS_BETWEEN = 2
"""Words of a unit between a number and the half of it ("zwölf Euro und ein halber")."""


def with_parts(found: list[Token], words: Lexicon, held: frozenset[str]) -> list[Token]:
    """Pieces of an answer with one number for "three quarters", "two and a half", "minus five" and "12 euros 50".

    Args:
        found: in order.
        words: of the language.
        held: what the question names, counters among it.
    """
    for read in (_without_article, _counted_parts, _added_parts, _signed):
        found = read(found)
    found = _priced(_halves(found, words.spaced), words.spaced)
    return [token for place, token in enumerate(found) if not _between(found, place, held)]


def _between(found: list[Token], place: int, held: frozenset[str]) -> bool:
    """Whether a word of the question stands between a number and what it counts ("几条鱼？": 三条, 三条鱼)."""
    return place > 0 and found[place - 1].numeral and (found[place].came or found[place].text) in held


def _spaced(found: list[Token]) -> list[int]:
    """Places of the pieces that are no space."""
    return [place for place, token in enumerate(found) if not token.text.isspace()]


def _number(token: Token) -> Fraction | None:
    return Fraction(token.text) if token.numeral and PLAIN.fullmatch(token.text) else None


def _set(token: Token, value: Fraction) -> Token:
    return Token(written(value), True, None, True, token.came)


def _without(found: list[Token], places: set[int]) -> list[Token]:
    return [token for place, token in enumerate(found) if place not in places]


def _without_article(found: list[Token]) -> list[Token]:
    """ "el 50 %": the number alone."""
    places = _spaced(found)
    leads = len(places) > 1 and found[places[0]].text == THE and found[places[1]].numeral
    return found[places[1] :] if leads else found


def _counted_parts(found: list[Token]) -> list[Token]:
    """ "drei Viertel": three times one."""
    places = _spaced(found)
    for one, other in pairwise(places):
        count, part = _number(found[one]), found[other]
        if count is not None and part.known and PART.fullmatch(part.text):
            return _without([*found[:other], _set(part, count * Fraction(part.text)), *found[other + 1 :]], {one})
    return found


def _added_parts(found: list[Token]) -> list[Token]:
    """A part that is added to the number beside it, of which it is a part if that is a scale ("साढ़े तीन लाख")."""
    places = _spaced(found)
    for at, place in enumerate(places):
        added = ADDED.fullmatch(found[place].text) if found[place].known else None
        for beside in (at + 1, at - 1) if added else ():
            value = _number(found[places[beside]]) if 0 <= beside < len(places) else None
            if added and value is not None:
                share = Fraction(int(added[1] + added[2]), int(added[3]))
                whole = value + share * _scale(value, found[places[beside]], HUNDRED)
                return _without([*found[: places[beside]], _set(found[places[beside]], whole),
                                 *found[places[beside] + 1 :]], {place})  # fmt: skip
    return found


def _halves(found: list[Token], spaced: bool) -> list[Token]:
    """A number, its unit or none, "and", and a part of one ("اثنا عشر ريالا ونصف"); without "and" in "3年半"."""
    places = _spaced(found)
    if len(places) < 2:
        return found
    *before, last = places
    if not found[last].known or not (share := _part(found[last])):
        return found
    joined = found[before[-1]].text == AND
    if not joined and spaced:
        return found
    before = before[:-1] if joined else before
    value = _number(found[before[0]]) if before else None
    if value is None or len(before) > 1 + WORDS_BETWEEN:
        return found
    scale = _scale(value, found[before[0]], THOUSAND) if len(before) == 1 else 1
    return [_set(found[before[0]], value + scale * share), *found[before[0] + 1 : before[-1] + 1]]


def _part(token: Token) -> Fraction | None:
    if token.text == HALF:
        return Fraction(1, 2)
    return Fraction(token.text) if PART.fullmatch(token.text) else None


def _scale(value: Fraction, token: Token, least: int) -> int:
    """The largest scale that a number in words is in: "a million and a half" is half a million more."""
    if token.value is None:
        return 1
    return max((scale for scale in SCALES.values() if scale >= least and value % scale == 0), default=1)


def _signed(found: list[Token]) -> list[Token]:
    """The sign of the only number, where a word says it ("minus fünf", "5 bajo cero")."""
    signs = {place for place, token in enumerate(found) if token.known and token.text == MINUS}
    numbers = [place for place, token in enumerate(found) if _number(token) is not None]
    if len(signs) != 1 or len(numbers) != 1:
        return found
    token = found[numbers[0]]
    return _without([*found[: numbers[0]], token._replace(text=f"-{token.text}", known=True), *found[numbers[0] + 1 :]],
                    signs)  # fmt: skip


def _priced(found: list[Token], spaced: bool) -> list[Token]:
    """A price with the coins after the currency: "12 Euro 50", and in Chinese "12块5"."""
    places = _spaced(found)
    if len(places) != 3:
        return found
    number, currency, coins = (found[place] for place in places)
    value, named = _number(number), unit(currency.text) if currency.known else None
    digits = coins.text if coins.numeral and coins.text.isdigit() else ""
    if value is None or not named or named[0] not in CURRENCIES or len(digits) not in ((2,) if spaced else (1, 2)):
        return found
    return [_set(number, value + Fraction(int(digits), 10 ** len(digits))), currency]
