"""An answer in another language in the English words, and with the marks, that answers are read by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from contextpairs.data.answers.lexicon import UNCERTAIN, Lexicon
from contextpairs.data.answers.numbers import COMMA_OR_GROUP, GROUP_OR_POINT
from contextpairs.data.answers.units import SCALES
from contextpairs.data.answers.vocabulary import TAGS
from contextpairs.data.answers.words import LETTER, MARKS, stem

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
PARTS = re.compile(rf"(?P<under>[\d.]+|{HAN_NUMBER.pattern})\s*分[之の]\s*(?P<over>[\d.]+|{HAN_NUMBER.pattern})")
"""A share as Chinese and Japanese say it, the lower number first."""
HUNDRED = frozenset(["百", "一百", "100"])
WORD = re.compile(f"{LETTER}+")
AND, ARTICLE = "and", "a"
POLAR, PAUSES = ("yes", "no"), ",;:!"
CALENDAR = frozenset({"month", "weekday"})


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


def in_english(text: str, words: Lexicon) -> str | None:
    """An answer as it would stand in English: numbers in digits and with a decimal point, known words in English.

    A text without numbers is translated as a whole or not at all. A dot or comma that may be either mark stays one.

    Args:
        text: in plain characters.
        words: of the language.

    Returns:
        None where a word of it may say several things in its language, or is one that counts nothing.
    """
    tokens = _summed(list(_tokens(text if words.spaced else PARTS.sub(_share, text), words)))
    said = [token for token in tokens if token.known or token.numeral or not token.text.isspace()]
    if _begins_with_polarity(said):
        return f"{said[0].text}, {text[len(said[0].came) :].lstrip(PAUSES + ' ')}"
    if any(token.numeral for token in said):
        return _with_numbers(tokens, said, words)
    if not _all_known(said, words.spaced):
        return text
    return None if _is_uncertain(said) else _joined(tokens)


def _begins_with_polarity(said: list[Token]) -> bool:
    return len(said) > 2 and said[0].known and said[0].text in POLAR and said[1].text in PAUSES


def _is_uncertain(said: list[Token]) -> bool:
    return any(token.known and token.text == UNCERTAIN for token in said)


def _with_numbers(tokens: list[Token], said: list[Token], words: Lexicon) -> str | None:
    """A text with numbers; what is counted stays as it came, for the question has it in its own words."""
    if _is_uncertain(said):
        return None
    if _is_one_thing(said):
        return _joined([token._replace(text=ARTICLE) if token.numeral else token for token in tokens])
    if words.spaced and any(not token.known and token.text.casefold() in words.small for token in said):
        return None
    return _joined([token._replace(text=token.came) if _is_counted(token) else token for token in tokens])


def _is_one_thing(said: list[Token]) -> bool:
    """Whether a text is a word for one, which is an article as well, and known things ("un chien")."""
    one, *things = said
    return one.known and one.text == "1" and bool(things) and all(map(_is_counted, things))


def _is_counted(token: Token) -> bool:
    """Whether a word names or describes things, which are counted in the words of their question."""
    classes = TAGS.get(stem(token.text), {}).keys() if token.came else ()
    return bool(classes) and CALENDAR.isdisjoint(classes)


def _all_known(said: list[Token], spaced: bool) -> bool:
    """Whether all words are known; without spaces between, one alone, for several may be parts of another ("木星")."""
    known = [token for token in said if token.known]
    joined = any(token.text in (AND, "or") for token in known)
    alone = all(token.known or not any(map(str.isalnum, token.text)) for token in said)
    return alone and bool(known) and (spaced or joined or len(known) == 1)


def scales_of(text: str, words: Lexicon) -> frozenset[int]:
    """The scales that a text names ("in Mio. Euro": a million)."""
    return frozenset(SCALES[token.text] for token in _tokens(text, words) if token.known and token.text in SCALES)


def known_words(text: str, words: Lexicon) -> list[str]:
    """The words of a text that the language's lexicon has, in English."""
    return [token.text for token in _tokens(text, words) if token.known]


def _joined(tokens: list[Token]) -> str:
    """Known words stand apart from what is beside them."""
    return " ".join("".join(f" {token.text} " if token.known else token.text for token in tokens).split())


def _tokens(text: str, words: Lexicon) -> Iterator[Token]:
    """Numbers, known words (the longest that fits), and what is between them, in order."""
    folded = text.casefold()
    text = text if len(folded) == len(text) else folded
    at = 0
    while at < len(text):
        token, size = _token(text, folded, at, words)
        yield token
        at += size


def _token(text: str, folded: str, at: int, words: Lexicon) -> tuple[Token, int]:
    """What begins at a place, with its length."""
    if found := NUMERAL.match(text, at):
        return Token(_english_number(found.group(), words.comma), numeral=True), len(found.group())
    size = _known(folded, at, words)
    han = None if words.spaced else HAN_NUMBER.match(text, at)
    if han and len(han.group()) >= size and (value := _han(han.group())) is not None:
        return Token(str(value), True, value, True), len(han.group())
    if size:
        return _translated(words.words[folded[at : at + size]])._replace(came=text[at : at + size]), size
    word = WORD.match(text, at) if words.spaced else None
    came = word.group() if word else text[at]
    return Token(came), len(came)


def _share(found: re.Match[str]) -> str:
    over, under = (_digits(found[name]) for name in ("over", "under"))
    return f"{over}%" if found["under"] in HUNDRED else f"{over}/{under}"


def _digits(number: str) -> str:
    value = _han(number) if HAN_NUMBER.fullmatch(number) else None
    return number if value is None else str(value)


def _known(folded: str, at: int, words: Lexicon) -> int:
    """Length of the longest known word that begins at a place, 0 if none does."""
    if words.spaced and _inside(folded, at):
        return 0
    for size in range(min(words.longest, len(folded) - at), 0, -1):
        if folded[at : at + size] in words.words and not (words.spaced and _inside(folded, at + size)):
            return size
    return 0


def _inside(text: str, at: int) -> bool:
    """Whether a place is within a word."""
    return 0 < at < len(text) and _lettered(text[at]) and _lettered(text[at - 1])


def _lettered(char: str) -> bool:
    return char.isalpha() or char in MARKS


def _translated(english: str) -> Token:
    if english.isdigit():
        return Token(english, True, int(english))
    return Token(english, True, SCALES.get(english) if english not in ("dozen", "score", "pair") else None)


def _summed(tokens: list[Token]) -> list[Token]:
    """Runs of number words as one number in digits; scales after digits stay words."""
    done: list[Token] = []
    run: list[Token] = []
    for token in [*tokens, Token("")]:
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
    total = _sum(values)
    return [Token(UNCERTAIN if total is None else str(total), True, None, True), *run[size:]]


def _sum(values: list[int]) -> int | None:
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


def _han(text: str) -> int | None:
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
