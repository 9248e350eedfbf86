"""Which questions are the same: one key for writings of a question that ask one thing.

Only what cannot change the meaning is dropped: case (not of quoted text, nor of names of one or two letters),
white space, closing punctuation, image placeholders, titles such as "Question:", and instructions on the form of the
answer at the end. Articles stay, but before the word for the picture itself: "the two circles" are not any two.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from contextpairs.data.answers.lexicon import tells, told_languages

PLACEHOLDER = re.compile(
    r"<\|?/?(?:im(?:age|g)(?:_?(?:pad|start|end|soft_token))?|vision_start|vision_end|video|placeholder)_?\d*\|?/?>"
    r"|\[(?:image|img|IMG|IMAGE)(?:[ _]?\d+)?\]|\{(?:image|img)\}",
    re.IGNORECASE,
)
TITLE = re.compile(r"^(?:(?:question|q|query|problem|user|human)\s*(?:\d+\s*)?[:.]\s+|(?:question|q|query)\s*:\s*)",
                   re.IGNORECASE)  # fmt: skip
FORM = r"(?:word|phrase|words|number|numbers|integer|letter|sentence|option|value|digit)"
ONLY = (
    r"(?:(?:a|an|one|the|only|just|single|short|brief|simple|exact|final|numerical|numeric|whole|correct|arabic|"
    r"option(?:'s)?) )*"
)
ANSWER = r"(?:answer|respond|reply)"
WITH = r"(?:with|using|by|in|as|through)"
BRACKET = r"(?:[({\[][^()\[\]{}]{0,12}[)}\]])"
INSTRUCTIONS = tuple(
    re.compile(rf"(?:^|(?<=[.?!:\n)])|(?<=[.?!:\n)] ))\s*(?:{form})\s*[.!]*\s*$", re.IGNORECASE)
    for form in (
        rf"(?:please )?{ANSWER}(?: (?:the|this|my) question)?(?: directly| briefly| concisely)? {WITH} {ONLY}{FORM}"
        rf"(?: or {ONLY}{FORM})?(?: only)?",
        rf"(?:please )?{ANSWER}(?: (?:the|this) question)?(?: only)?(?: with| by| using)?(?: only| either| just)? "
        r"[\"']?(?:yes|true)[\"']?\s?(?:/|or|,)\s?[\"']?(?:no|false)[\"']?(?: only)?",
        rf"(?:please )?{ANSWER}(?: (?:the|this) question)? {WITH} {ONLY}{FORM}(?: in numerical format)? in curly "
        rf"brackets,? ?(?:e\.?g\.?,?|for example,?|such as|like)? ?{BRACKET}?",
        rf"(?:please )?{ANSWER} (?:directly|briefly|concisely)",
        r"(?:please )?(?:give|provide|output|write|return) (?:only )?(?:the |your )?(?:final )?(?:answer|option(?:'s)? "
        r"letter|letter)(?: directly| only)?(?: (?:in|inside|within) \\boxed\{\})?",
        rf"{ANSWER} with the (?:option(?:'s)? letter|letter of the correct (?:option|choice))"
        r"(?: from the given choices)?(?: directly)?",
        r"(?:please )?(?:think|reason) step[- ]by[- ]step(?:,? and put your final answer (?:in|within) \\boxed\{\})?",
        r"(?:please )?put your (?:final )?answer (?:in|inside|within) \\boxed\{\}",
        r"output a or b directly",
        r"\(?(?:yes|true)\s?(?:/|or)\s?(?:no|false)\)?(?: only)?",
    )
)  # fmt: skip
LEADING_HINT = re.compile(
    r"^hint:\s*(?=(?:please|provide|format|choose|select|option|answer|give)\b)(?=[^\n]*\banswer)"
    r"(?![^\n]*(?:=|\b(?:is|are|was|has|have|if)\b))(?!(?:(?!\be\.?g\b)[^\n])*\d)[^\n]*\n\s*",
    re.IGNORECASE,
)
"""A hint on the form of the answer, which tells nothing of what is asked."""
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|«[^»]*»|`[^`]*`|(?<!\w)'[^']*'(?!\w)")
SHORT_WORDS = frozenset(
    ["is", "it", "in", "on", "of", "to", "at", "by", "do", "be", "we", "he", "me", "my", "an", "as", "am", "if", "or",
     "so", "no", "up", "go"]
)  # fmt: skip
AMERICAN = {
    "colour": "color", "colours": "colors", "coloured": "colored", "colouring": "coloring", "grey": "gray",
    "centre": "center", "metre": "meter", "metres": "meters", "litre": "liter", "litres": "liters",
    "favourite": "favorite", "neighbour": "neighbor", "what's": "what is", "where's": "where is",
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
PICTURE = re.compile(
    r"\b(?:the|this|that|the given|the provided|this given) (image|picture|photo|photograph|figure|diagram|chart|graph|"
    r"plot|table|scene|map)\b"
)
PUNCTUATION = re.compile(r"[?!.,;:؟،؛。、।]+(?=\s|$)|[¿¡]+")
SPACES = re.compile(r"\s+")
TYPOGRAPHY = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "−": "-",
        "–": "-",
        "。": ". ",
        "、": ", ",
        **dict.fromkeys(["\u200b", "\ufeff", "\u200e", "\u200f", "\u061c"], ""),
    }
)
RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[₀₁₂₃₄₅₆₇₈₉]+")


@lru_cache(maxsize=1 << 16)
def question_key(text: str) -> str:
    """What questions share that ask the same thing in another writing; equal for a key of a key.

    Args:
        text: a question as it came; options that it lists stay part of it.
    """
    before = None
    while before != text:
        before, text = text, _once(text)
    return text


def _once(text: str) -> str:
    text = _plain_characters(PLACEHOLDER.sub(" ", text)).strip()
    text = _without_frame(text)
    parts, at = [], 0
    for quoted in QUOTED.finditer(text):
        parts += [_folded(text[at : quoted.start()]), quoted.group()]
        at = quoted.end()
    text = SPACES.sub(" ", "".join([*parts, _folded(text[at:])])).strip()
    return PUNCTUATION.sub("", text).strip()


def _plain_characters(text: str) -> str:
    """NFKC; raised and lowered digits keep what they say ("10²" is not "102")."""
    if text.isascii():
        return text
    text = RAISED.sub(lambda found: ("^" if found.group()[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹" else "_") + found.group(), text)
    return unicodedata.normalize("NFKC", text.translate(TYPOGRAPHY)).translate(TYPOGRAPHY)


def _without_frame(text: str) -> str:
    """Without title, leading hint and closing instructions; never without everything."""
    bare = TITLE.sub("", LEADING_HINT.sub("", text), count=1)
    before = None
    while before != bare:
        before = bare
        for instruction in INSTRUCTIONS:
            bare = instruction.sub("", bare).strip() or bare
    return bare or text


def _folded(text: str) -> str:
    """In lower case and one spelling; words of one or two letters keep theirs, for they may be names ("X", "AB")."""
    if not text:
        return text
    shouted = text.isupper()
    text = WORD.sub(lambda found: _word(found.group(), shouted or found.start() == 0), text)
    return PICTURE.sub(lambda found: f"the {found.group(1)}", SPACES.sub(" ", text))


@cache
def _short_words() -> frozenset[str]:
    """Words of two letters that languages have many of ("Wo", "Où"): in capitals because they begin a question."""
    return frozenset(word for language in told_languages() for word in tells(language) if len(word) == 2)


def _word(word: str, capital: bool) -> str:
    low = word.lower()
    if len(word) <= 2 and low not in SHORT_WORDS and not (capital and (low == "a" or low in _short_words())):
        return word
    return AMERICAN.get(low, low)
