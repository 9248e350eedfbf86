"""What a match of patch code is widened to: the statement that it is part of, so that a mark cuts through no code.

A match of tokens may start inside one line and end inside another, or within brackets. Left so, a mark would eat code
that did not change (`update=[masked: patch code] = update`), or leave a call without its name.
"""

from __future__ import annotations

import re

PAIRS = {"(": ")", "[": "]", "{": "}"}
REACH = 2_000
"""Characters on either side of a match that are looked at for brackets, quotes and the ends of its lines: a text of one
endless line costs no more than others."""
NAME = 200
"""Characters that a match grows by on either side to the ends of its words: no name is longer."""
SIGNS = 12
"""Brackets, quotes and commas at either end of a match of which some may be left out."""
_EDGE = re.compile(r"[\w@]")
_WORD = re.compile(r"\w")
_ENDS_VALUE = re.compile(r"[\w)\]]")
_CHAIN = re.compile(rf"(?:\.[^\W\d]\w{{0,{NAME}}}){{1,20}}")
_CHAIN_BEFORE = re.compile(rf"(?:[^\W\d]\w{{0,{NAME}}}\.){{1,20}}$")
_NAME_BEFORE = re.compile(rf"[\w.]{{1,{NAME}}}$")
_COMMENT_SIGN = re.compile(r"(?:#+|//+) ?$")
_CLOSING = re.compile(r"[\s)\]}\"'`,;:.]+$")
_OPENING = re.compile(r"[\s(\[{\"'`]+")


def widened(text: str, blanked: str, start: int, stop: int) -> tuple[int, int]:
    """The smallest whole piece of code around a match: its brackets closed, or its whole lines.

    Args:
        text: in which the match stands.
        blanked: the same without gutters: what stands before code in its line, numbers of lines, is no part of it.
        start, stop: the match.
    """
    start, stop = closed_quotes(text, *_words(text, start, stop))
    if "\n" in text[start:stop].strip("\n"):
        return _lines(blanked, start, stop)
    closed = _closed(text, start, stop)
    if closed is None or "\n" in text[closed[0] : closed[1]]:
        return _lines(blanked, start, stop if closed is None else closed[1])
    return _edges(blanked, *closed)


def settled(text: str, start: int, stop: int) -> tuple[int, int]:
    """What a mark is to stand for, so that what stays around it reads as it did: names are not cut, a comment goes with
    its sign, and a bracket or quote that closes what stays open outside stays as well; where it cannot, its line goes.
    """
    start, stop = _whole_names(text, *_words(text, start, stop))
    sign = _COMMENT_SIGN.search(text, max(_line_start(text, start), start - NAME), start)
    start = sign.start() if sign else start
    return _balanced(text, start, stop)


def _whole_names(text: str, start: int, stop: int) -> tuple[int, int]:
    """Take in what stands before and behind a dot at the ends, and the name of what is called or indexed."""
    floor = max(0, start - NAME)
    if text[start] in "([" and (name := _NAME_BEFORE.search(text, floor, start)):
        start = name.start()
    elif text[start].isidentifier() and (chain := _CHAIN_BEFORE.search(text, floor, start)):
        start = chain.start()
    if text[stop - 1] == "." and stop < len(text) and text[stop].isidentifier():
        stop -= 1
    if (text[stop - 1].isalnum() or text[stop - 1] in "_)]") and (chain := _CHAIN.match(text, stop)):
        stop = _with_arguments(text, chain.end())
    return start, stop


def _balanced(text: str, start: int, stop: int) -> tuple[int, int]:
    """Leave out signs at the ends whose partner stays; else take in the partner; else the whole lines."""
    if stop - start > REACH or _is_closed(text[start:stop]):
        return start, stop
    found = _trimmed(text, start, stop) or _closed(text, *closed_quotes(text, start, stop))
    return found if found and _is_closed(text[slice(*found)]) else _lines(text, start, stop)


def _trimmed(text: str, start: int, stop: int) -> tuple[int, int] | None:
    """The match without signs at its ends that have their partner in the line, outside of it; None where none do."""
    before, after = text[_line_start(text, start) : start], text[stop : _line_end(text, stop)]
    closing = None if _is_closed(before) else _CLOSING.search(text, max(start, stop - SIGNS), stop)
    opening = None if _is_closed(after) else _OPENING.match(text, start, start + SIGNS)
    for first in range(start, opening.end() + 1 if opening else start + 1):
        for end in range(stop, closing.start() - 1 if closing else stop - 1, -1):
            if first < end and _is_closed(text[first:end]):
                return first, end
    return None


def _is_closed(piece: str) -> bool:
    """Whether brackets, quotes and backticks of a piece are in pairs."""
    missing, opened = _unmatched(piece)
    return not (missing or opened or piece.count('"') % 2 or piece.count("`") % 2)


def closed_quotes(text: str, start: int, stop: int) -> tuple[int, int]:
    """The match with its quotes closed and the arguments of a call that it ends with, where its line holds them."""
    end = _line_end(text, stop)
    for quote in '`"':
        if text.count(quote, start, stop) % 2 and (found := text.find(quote, stop, end)) >= 0:
            stop = found + 1
    if stop < end and text[stop] == "(" and text[stop - 1].isidentifier():
        stop = min(_forward(text, stop + 1, "(") or stop, end)
    return start, stop


def _words(text: str, start: int, stop: int) -> tuple[int, int]:
    """Take in the words at both ends."""
    first, end = max(0, start - NAME), min(len(text), stop + NAME)
    while start > first and _EDGE.match(text[start - 1]) and _EDGE.match(text[start]):
        start -= 1
    while stop < end and _WORD.match(text[stop]) and _WORD.match(text[stop - 1]):
        stop += 1
    return start, stop


def _closed(text: str, start: int, stop: int) -> tuple[int, int] | None:
    """The match with every bracket closed that it opens, and opened that it closes; None where there is none."""
    missing, opened = _unmatched(text[start:stop])
    for bracket in reversed(opened):
        found = _forward(text, stop, bracket)
        if found is None:
            return None
        stop = found
    for bracket in missing:
        found = _backward(text, start, bracket)
        if found is None:
            return None
        start = found
    return start, _with_arguments(text, stop)


def _with_arguments(text: str, stop: int) -> int:
    """Behind the arguments and indexes that follow a value: a call without its function is no code."""
    while stop < len(text) and text[stop] in "([" and _ENDS_VALUE.match(text[stop - 1]):
        found = _forward(text, stop + 1, text[stop])
        if found is None:
            break
        stop = found
    return stop


def _unmatched(piece: str) -> tuple[list[str], list[str]]:
    """Closing brackets that a piece does not open, and opening ones that it does not close."""
    missing: list[str] = []
    opened: list[str] = []
    for character in piece:
        if character in PAIRS:
            opened.append(character)
        elif character in ")]}":
            if opened and PAIRS[opened[-1]] == character:
                opened.pop()
            else:
                missing.append(character)
    return missing, opened


def _forward(text: str, start: int, bracket: str) -> int | None:
    """Behind the bracket that closes one opened before `start`."""
    depth = 1
    for at in range(start, min(len(text), start + REACH)):
        depth += (text[at] == bracket) - (text[at] == PAIRS[bracket])
        if depth == 0:
            return at + 1
    return None


def _backward(text: str, start: int, bracket: str) -> int | None:
    """At the bracket of the same line that opens one closed behind `start`, with the name before it."""
    opening = next(one for one, other in PAIRS.items() if other == bracket)
    depth = 1
    for at in range(start - 1, max(-1, start - REACH), -1):
        if text[at] == "\n":
            return None
        depth += (text[at] == bracket) - (text[at] == opening)
        if depth == 0:
            while at > 0 and (text[at - 1].isalnum() or text[at - 1] in "_."):
                at -= 1
            return at
    return None


def _lines(blanked: str, start: int, stop: int) -> tuple[int, int]:
    """The whole lines of a match, without gutter and indentation before the first."""
    first, end = _line_start(blanked, start), _line_end(blanked, max(start, stop - 1))
    line = blanked[first:start]
    return min(start, first + len(line) - len(line.lstrip())), max(stop, end)


def _edges(blanked: str, start: int, stop: int) -> tuple[int, int]:
    """Take in what is left of the line where that says nothing: a comment's sign, a colon, closing quotes."""
    before = blanked[_line_start(blanked, start) : start]
    after = blanked[stop : _line_end(blanked, stop)]
    if before.strip() and not _WORD.search(before):
        start -= len(before.lstrip())
    if not _WORD.search(after):
        stop += len(after)
    return start, stop


def _line_start(text: str, at: int) -> int:
    floor = max(0, at - REACH)
    return max(floor, text.rfind("\n", floor, at) + 1)


def _line_end(text: str, at: int) -> int:
    ceiling = min(len(text), at + REACH)
    end = text.find("\n", at, ceiling)
    return ceiling if end < 0 else end
