r"""Text before it is read: one writing for characters, LaTeX and spelling that say the same."""

from __future__ import annotations

import re
import unicodedata

from contextpairs.data.answers.words import POINTS

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
RAISED = re.compile("(?<=[0-9A-Za-z)])[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
CHARACTERS = str.maketrans({
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "﹣": "-",
    "’": "'", "‘": "'", "´": "'", "′": "'", "“": '"', "”": '"', "″": '"', "⁄": "/", "∕": "/", "÷": "/",
    "×": "x", "·": "*", "⋅": "*", "º": "°", "˚": "°", "，": ",", "、": ",", "。": ".", "（": "(", "）": ")",
    "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "", "\u00ad": "",
    "\u0305": "", "\u200e": "", "\u200f": "", "\u061c": "", "\u0640": "",
    "٪": "%", "٫": ".", "٬": ",", "،": ",", "؛": ";", "؟": "?", "।": ".",
})  # fmt: skip
WRAPPED = re.compile(r"\\(?:boxed|text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|operatorname|mbox|hbox)\s*"
                     r"\{([^{}]*)\}")  # fmt: skip
FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{\s*(-?[\w.,]+)\s*\}|(\d))\s*(?:\{\s*([\w.,]+)\s*\}|(\d))")
POWER = re.compile(r"\s*(?:\*|x|\\times|\\cdot)\s*10\s*\^\s*(?:\{\s*([-+]?\d+)\s*\}|([-+]?\d+))")
DELIMITED = re.compile(r"(\$\$?)([^$]+)\1|\\\((.+)\\\)|\\\[(.+)\\\]", re.DOTALL)
DEGREE = re.compile(r"\s*\^\s*(?:\{\s*)?\\(?:circ|degree)\b\s*\}?|\s*\\degree\b")
COMMANDS = (
    (re.compile(r"\\sqrt\s*(?:\{\s*([^{}]*?)\s*\}|(\d))"), r"√(\1\2)"),
    (re.compile(r"\\pi\b\s*"), "π"),
    (re.compile(r"\\(?:left|right|displaystyle|big|Big|bigl|bigr)(?![A-Za-z])"), ""),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\!"), ""),
    (re.compile(r"\\[,;:> ]|\\q?quad\b|(?<=\w)~(?=\w)"), " "),
    (re.compile(r"\\([%$&#_{}])"), r"\1"),
    (re.compile(r"\\(?:approx|sim)\b"), "~"),
    (re.compile(r"\\leq?\b"), "<="),
    (re.compile(r"\\geq?\b"), ">="),
    (re.compile(r"\\lt\b"), "<"),
    (re.compile(r"\\gt\b"), ">"),
)
QUOTES = re.compile(r"""^(["'`*_]{1,3})(.*\w.*)\1$""", re.DOTALL)
ENDING = re.compile(r"[\s.!;,]+$")
WHOLE_BRACES = re.compile(r"^\{([^{},]*)\}$|^\[([^\[\],]*)\]$")
TITLED = re.compile(r"^(?:the\s+)?(?:correct\s+|final\s+)?answer\s*(?:is|:)\s*:?\s*", re.IGNORECASE)
SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """An answer in plain characters: no LaTeX where it can be written without, no quotes around, no closing period."""
    if text.isascii() and text.isalnum():
        return text
    text = _without_latex(_characters(text).strip())
    text = SPACES.sub(" ", text).strip()
    text = TITLED.sub("", text)
    return _bare(text)


def _characters(text: str) -> str:
    """NFKC, with raised digits as powers, vulgar fractions apart from the number before them."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    text = RAISED.sub(lambda found: "^" + found.group().translate(SUPERSCRIPTS), text)
    text = "".join(map(_character, text))
    return unicodedata.normalize("NFKC", text.translate(CHARACTERS)).translate(CHARACTERS)


def _character(char: str) -> str:
    """Digits of any script in ASCII; fractions apart from the number before them; no points over letters."""
    if char.isascii():
        return char
    if unicodedata.decomposition(char).startswith("<fraction>"):
        return f" {char}"
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return "" if any(ord(char) in points for points in POINTS) else char


def _without_latex(text: str) -> str:
    if "\\" not in text and "$" not in text and "10" not in text and "{" not in text:
        return text
    whole = DELIMITED.fullmatch(text.strip())
    if whole:
        text = next(part for part in whole.groups()[1:] if part is not None)
    elif "\\" in text:
        text = DELIMITED.sub(lambda found: next(part for part in found.groups()[1:] if part is not None), text)
    if "\\" in text or "{" in text:
        text = _without_commands(text)
    return POWER.sub(lambda found: f"e{found.group(1) or found.group(2)}", text) if "^" in text else text


def _without_commands(text: str) -> str:
    before = None
    while before != text:
        before, text = text, WRAPPED.sub(r" \1 ", FRACTION.sub(_slashed, text))
    text = DEGREE.sub("°", text)
    for pattern, written in COMMANDS:
        text = pattern.sub(written, text)
    return FRACTION.sub(_slashed, text)


def _slashed(found: re.Match[str]) -> str:
    top, bottom = found.group(1) or found.group(2), found.group(3) or found.group(4)
    return f" {top}/{bottom}"


def _bare(text: str) -> str:
    """Without closing punctuation, quotes or emphasis around the whole."""
    before = None
    while before != text:
        before = text
        text = ENDING.sub("", text).strip()
        if found := QUOTES.match(text):
            text = found.group(2).strip()
        if found := WHOLE_BRACES.match(text):
            text = (found.group(1) or found.group(2) or "").strip()
    return text
