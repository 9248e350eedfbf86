"""One reading of code that survives reformatting: what masking, leak checks and patch comparison share.

`blank` replaces, position by position, what is no part of the code (line-number gutters, diff marks, escaped line
ends, HTML entities) by spaces; `squeeze` then keeps word characters and operators alone. Two copies of a statement
that differ in white space, quotes, brackets, commas, line breaks or numbering squeeze to the same text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

_NUMBERED = r"[ \t]*(?:-+>[ \t]+|L|[Ll]ine )?\d+(?:[:|\t→]|[-=](?=[ \t])|[.)](?=[ \t])|[ \t]+(?=\S))|\[\d+\](?=[ \t])"
_PLACED = r"[\w./\-]*\.\w{1,5}[:\-]\d+[:\-]"
_MARKED = r"[+\->|](?: (?=>)|(?![+\->|]))|[<!](?=[ \t])|E[ \t]{2,}|[ \t]*>>> |[ \t]*\.\.\. "
_CARETS = r"[ \t]*(?:\?[ \t]+)?[\^~][\^~+\- \t]*$"
GUTTER = re.compile(
    rf"^(?=[ \t]*+[\d>.\^~?\-Ll]|[+|<!E\[\w./])(?:{_NUMBERED}|{_PLACED}|{_MARKED}|{_CARETS})+[ \t]*", re.M
)
ESCAPE = re.compile(
    r"\\u00[0-9a-fA-F]{2}|\\x[0-7][0-9a-fA-F]|\\[nrt\"'`]"
    r"|&(?:amp;)*(?:lt|gt|amp|quot|apos|nbsp|#\d{1,5}|#x[0-9a-fA-F]{1,4});"
)
DROPPED = re.compile(r"[^\w+\-*/%<>=!&|^~@.]+")
WORD = re.compile(r"[^\W\d_]\w*|\d+")
TRAILING_COMMENT = re.compile(r"\s+(?:#|//)\s.*$")
_KEPT = np.zeros(128, dtype=bool)
_KEPT[[ord(c) for c in "+-*/%<>=!&|^~@._" + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = True

_ASCII_DROPPED = bytes(code for code in range(128) if not _KEPT[code])


def blank(text: str) -> str:
    """Text of equal length in which gutters and escapes are spaces (or the operator they stand for)."""
    if "\\" in text or "&" in text:
        text = ESCAPE.sub(_unescape, text)
    return GUTTER.sub(lambda match: " " * len(match.group()), text)


def _unescape(match: re.Match[str]) -> str:
    """The character that an escape stands for where it is part of code, else a space; padded to equal length."""
    token = match.group()
    if token[0] == "&":
        name = token[1:].replace("amp;", "")
        char = html.unescape("&" + name)
    else:
        char = chr(int(token[2:], 16)) if token[1] in "ux" else " "
    return (char if char.isascii() and _KEPT[ord(char)] else " ") + " " * (len(token) - 1)


def squeeze(text: str) -> str:
    """Word characters and operators of `text`, gutters and escapes left out."""
    return squeeze_blanked(blank(text))


def squeeze_blanked(blanked: str) -> str:
    """The squeezed form of text already `blank`ed."""
    if blanked.isascii():
        return blanked.encode().translate(None, _ASCII_DROPPED).decode()
    return DROPPED.sub("", blanked)


def squeeze_with_positions(blanked: str) -> tuple[str, npt.NDArray[np.int64]]:
    """The squeezed form of text already `blank`ed, and for each kept character its index in the text."""
    codes = np.frombuffer(blanked.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    kept = np.zeros(len(codes), dtype=bool)
    plain = codes < 128
    kept[plain] = _KEPT[codes[plain]]
    for index in np.flatnonzero(~plain):
        kept[index] = _is_word(blanked[index])
    positions = np.flatnonzero(kept)
    return codes[positions].tobytes().decode("utf-32-le", "surrogatepass"), positions


def _is_word(char: str) -> bool:
    return bool(re.match(r"\w", char))


def word_count(text: str) -> int:
    """How many identifiers and numbers a line holds."""
    return len(WORD.findall(text))


def without_comment(line: str) -> str:
    """The line without a trailing comment, where it has one."""
    return TRAILING_COMMENT.sub("", line)


def lower(text: str) -> str:
    """The text in lower case, character for character: of the one letter that becomes two the plain one stands."""
    return text.replace("İ", "i").lower()


def lines_with(word: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the lines start and stop that hold a word, or that follow the line end with which it begins."""
    stop = 0
    while (at := text.find(word, stop)) >= 0:
        start = text.rfind("\n", stop, at + 1) + 1 or stop
        stop = text.find("\n", at + len(word))
        stop = len(text) if stop < 0 else stop
        yield start, stop
