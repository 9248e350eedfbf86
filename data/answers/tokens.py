"""The pieces of an answer in another language: numbers, known words in English, and what is between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from contextpairs.data.answers.lexicon import UNCERTAIN, Lexicon
from contextpairs.data.answers.numbers import COMMA_OR_GROUP, GROUP_OR_POINT
from contextpairs.data.answers.units import SCALES
from contextpairs.data.answers.words import LETTER, MARKS

NUMERAL = re.compile(r"\d+(?:[.,]\d+|'\d{3}| \d{3}(?!\d))*")
APOSTROPHES = re.compile(r"\d{1,3}(?:'\d{3})+(?:[.,]\d+)?")
SPACES = re.compile(r"\d{1,3}(?: \d{3})+(?:,\d+)?")
GROUPS = re.compile(r"\d{1,3}(?:[.,]\d{3}){2,}(?:[.,]\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:,\d{3})+\.\d+")
THREE = re.compile(r"(\d{1,3})([.,])(\d{3})")
HAN = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_HAN = f"[{''.join(HAN)}{''.join(HAN_SCALES)}]"
HAN_NUMBER = re.compile(f"{_HAN}{{1,40}}(?!{_HAN})")
"""A number in Chinese numerals; longer runs are none."""
WORD = re.compile(f"{LETTER}+")
AND = "and"
LONGEST_COMPOUND = 60
"""Letters up to which a word may be a number that is written together."""


class Token(NamedTuple):
    """A piece of an answer.

    Attributes:
        text: in English, or as it came.
        known: the language has the word.
        value: of a number in words, else None.
        numeral: written in digits.
        came: as it came, where it is known.
    """

    text: str
    known: bool = False
    value: int | None = None
    numeral: bool = False
    came: str = ""


def tokens(text: str, words: Lexicon) -> Iterator[Token]:
    """Numbers, known words (the longest that fits), and what is between them, in order."""
    folded = words.folded(text)
    text = text if len(folded) == len(text) else folded
    at = begins = 0
    while at < len(text):
        token, size = _token(text, folded, at, words, begins == at)
        yield token
        at += size
        begins = at if token.text == AND and token.came in words.joins else begins


def _token(text: str, folded: str, at: int, words: Lexicon, begins: bool) -> tuple[Token, int]:
    """What begins at a place, with its length; a word begins there after one that is written together with it."""
    if found := NUMERAL.match(text, at):
        return Token(_english_number(found.group(), words.comma), numeral=True), len(found.group())
    if words.spaced and not begins and _inside(folded, at):
        return Token(text[at]), 1
    start, size = _known(folded, at, words)
    han = None if words.spaced else HAN_NUMBER.match(text, at)
    if han and len(han.group()) >= size and (value := han_value(han.group())) is not None:
        return Token(str(value), True, value, True), len(han.group())
    if size:
        end = start + size
        return _translated(words.words[folded[start:end]])._replace(came=text[start:end]), end - at
    if joined := _joined_word(folded, at, words):
        return Token(AND, True, came=joined), len(joined)
    word = WORD.match(text, at) if words.spaced else None
    came = word.group() if word else text[at]
    value = _compound_value(words.folded(came), words) if word and words.compound else None
    return (Token(came) if value is None else Token(str(value), True, value, came=came)), len(came)


def _known(folded: str, at: int, words: Lexicon) -> tuple[int, int]:
    """Place and length of the longest known word that begins at a place, after an article or not; 0 if none does."""
    for article in ("", *words.articles):
        start = at + len(article)
        if folded.startswith(article, at) and (size := _longest(folded, start, words)):
            return start, size
    return at, 0


def _longest(folded: str, at: int, words: Lexicon) -> int:
    for size in range(min(words.longest, len(folded) - at), 0, -1):
        if folded[at : at + size] in words.words and not (words.spaced and _inside(folded, at + size)):
            return size
    return 0


def _joined_word(folded: str, at: int, words: Lexicon) -> str:
    """A word for "and" that is written together with a known word or a number after it; "" if there is none."""
    for joined in words.joins:
        after = at + len(joined)
        if folded.startswith(joined, at) and (folded[after : after + 1].isdigit() or _known(folded, after, words)[1]):
            return joined
    return ""


def _inside(text: str, at: int) -> bool:
    """Whether a place is within a word."""
    return 0 < at < len(text) and _lettered(text[at]) and _lettered(text[at - 1])


def _lettered(char: str) -> bool:
    return char.isalpha() or char in MARKS


def _translated(english: str) -> Token:
    if english.isdigit():
        return Token(english, True, int(english))
    value = SCALES.get(english) if english not in ("dozen", "score", "pair") else None
    return Token(english, True, value, numeral=english[:1].isdigit())


def _compound_value(word: str, words: Lexicon) -> int | None:
    """The value of a number that is written together ("dreihundertfünfzig"), None for another word."""
    values: list[int] = []
    while word and len(word) <= LONGEST_COMPOUND:
        size = next((size for size in range(len(word), 1, -1) if _counts(word[:size], words)), 0)
        if not size:
            return None
        value = _translated(words.words[word[:size]]).value
        values += [] if value is None else [value]
        word = word[size:]
    return total(values) if values and not word else None


def _counts(word: str, words: Lexicon) -> bool:
    english = words.words.get(word, "")
    return english == AND or _translated(english).value is not None


def summed(found: list[Token]) -> list[Token]:
    """Runs of number words as one number in digits; scales after digits stay words."""
    done: list[Token] = []
    run: list[Token] = []
    for token in [*found, Token("")]:
        joins = bool(run) and (token.text.isspace() or token.text in ("-", AND))
        if (token.value is not None and not token.numeral and not (not run and _after_digits(done))) or joins:
            run.append(token)
        else:
            done += _run(run)
            run = []
            done.append(token)
    return done[:-1]


def _after_digits(done: list[Token]) -> bool:
    said = [token for token in done[-2:] if not token.text.isspace()]
    return bool(said) and said[-1].numeral


def _run(run: list[Token]) -> list[Token]:
    """A run of number words, with what hangs on its end."""
    size = max((place for place, token in enumerate(run, 1) if token.value is not None), default=0)
    values = [token.value for token in run[:size] if token.value is not None]
    if not values:
        return run
    value = total(values)
    return [Token(UNCERTAIN if value is None else str(value), True, value, True), *run[size:]]


def total(values: list[int]) -> int | None:
    """Of 2, 1000, 3, 100, 5: 2305; None where a value does not fit below the ones before it ("two three")."""
    total = current = 0
    for value in values:
        if value == 100 and 0 < current < 10:
            current *= value
        elif value >= 1000:
            total, current = total + max(current, 1) * value, 0
        elif current and 10 ** len(str(value)) > _lowest(current):
            return None
        else:
            current += value
    return total + current


def _lowest(value: int) -> int:
    """The lowest power of ten that a number is made of."""
    return int(10 ** (len(str(value)) - len(str(value).rstrip("0"))))


def han_value(text: str) -> int | None:
    """The value of Chinese numerals; None for digits in a row, which are read one by one, and for scales alone."""
    if len(text) > 1 and not any(char in HAN_SCALES for char in text):
        return None
    if text[0] in HAN_SCALES and text[0] != "十":
        return None
    total = section = digit = 0
    for char in text:
        scale = HAN_SCALES.get(char)
        if scale is None:
            digit = HAN[char]
        elif scale < 10**4:
            section, digit = section + max(digit, 1) * scale, 0
        else:
            total, section, digit = (total + section + digit) * scale, 0, 0
    return total + section + digit


def written(value: Fraction) -> str:
    """A value in digits: with decimals where two of them say it, else as a fraction."""
    hundredths = value * 100
    if hundredths.denominator > 1:
        return f"{value.numerator}/{value.denominator}"
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _english_number(digits: str, comma: bool) -> str:
    """A number of a language that has the comma before decimals, or of one that has the point, in English marks."""
    if APOSTROPHES.fullmatch(digits):
        return digits.replace("'", "").replace(",", ".")
    if not comma or digits.isdigit():
        return digits
    if SPACES.fullmatch(digits):
        return digits.replace(" ", "").replace(",", ".")
    if GROUPS.fullmatch(digits):
        return digits
    if (found := THREE.fullmatch(digits)) and found[1].strip("0"):
        return f"{found[1]}{COMMA_OR_GROUP if found[2] == ',' else GROUP_OR_POINT}{found[3]}"
    return digits.replace(",", ".") if digits.count(",") == 1 and "." not in digits else digits
