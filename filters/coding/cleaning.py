"""Text as a reader of the terminal would have seen it: no escapes, overwritten output, or invisible characters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from contextpairs.data.code.trajectory import Message

PASSES = 100
"""Passes after which a text stays as it is: each takes out one level of escapes within escapes."""
REPLACEMENT = "\ufffd"
INVISIBLE = "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_ESC = f"(?:\x00?\x1b\x00?|[\u241b{REPLACEMENT}](?=\\[[0-9;]*m))"

_SUSPECT = re.compile(f"[{CONTROL}{INVISIBLE}\ud800-\udfff\u241b{REPLACEMENT}]")
_ASCII_CONTROL = bytes(code for code in [*range(32), 127] if code not in (9, 10))
_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_CONTROL = re.compile(f"[{CONTROL}]")
_LINE_END = re.compile("\r+\n")
# Erasures of the line (CSI K) are kept for `_shown`, which needs them to replay a progress bar.
_ESCAPE = re.compile(
    f"{_ESC}\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)"  # OSC: titles, hyperlinks
    f"|{_ESC}[PX^_][^\x1b\n]*\x1b\\\\"  # DCS, SOS, PM, APC
    f"|(?:{_ESC}\\[|\x9b|\x00\\[(?=[0-9;]*m))(?![012]?K)[0-?]*[ -/]*[@-~]"  # CSI
    "|\x1b[ -/]+[0-~]|\x1b[0-Z\\\\^-~]"  # character sets, single characters
    r"|\^\[\[\d[0-9;]*[mK](?!\])"  # CSI as `cat -v` shows it
)
_ESCAPE_STARTS = ("\x1b", "\x9b", "\x00", "^[[", "\u241b[", f"{REPLACEMENT}[")
_REPLAYED = re.compile("\r|\x08|\x1b\\[([012]?)K")
_STEP = re.compile("(\r)|(\x08)|\x1b\\[([012]?)K|([^\r\x08\x1b]+|\x1b)")
# The lookbehinds spare code: indexing, `"[31m"` in quotes, `{ESC}[31m`, regular expressions.
_COLOUR = r"\[\d{1,3}(?:;\d{1,3}){0,4}m"
_LOST_ESCAPE = re.compile(rf"(?<![\w\\\[\"'`}}]){_COLOUR}")
_ANY_COLOUR = re.compile(_COLOUR)
_VISIBLE_ESCAPE = re.compile(r"\\x1b|\\0?33\[|\\u001b|\\e\[", re.I)


def clean_text(text: str) -> str:
    """What a terminal would show of `text`, as printable characters, tabs and `\\n`.

    Escapes go; carriage returns, backspaces and line erasures are replayed; control, bidirectional, zero-width and
    tag characters go; lone surrogates become U+FFFD. Escapes written as source code (`\\x1b[31m`) stay: in a trace
    they are as often the code under repair as an echo of output. Cleaning twice changes nothing.
    """
    return _clean(text, Counter()) if _is_suspect(text) else text


def clean_messages(messages: Sequence[Message]) -> tuple[list[Message], dict[str, int]]:
    """Every turn cleaned, and how often each kind was met.

    Returns:
        The turns (the very same objects where nothing was found), and occurrences by `escapes`, `overwrites`
        (lines), `controls`, `invisible`, `surrogates`; kinds that did not occur are absent.
    """
    counts: Counter[str] = Counter()
    cleaned = [_clean_message(message, counts) for message in messages]
    return cleaned, dict(sorted(counts.items()))


def _clean_message(message: Message, counts: Counter[str]) -> Message:
    if not _is_suspect(message.content):
        return message
    return Message(message.role, _clean(message.content, counts))


def _is_suspect(text: str) -> bool:
    return _has_suspect_character(text) or "[0m" in text or "^[[" in text


def _has_suspect_character(text: str) -> bool:
    if not text.isascii():
        return _SUSPECT.search(text) is not None
    # Three times as fast as the search, and nearly all of a corpus comes this way.
    return len(text.encode().translate(None, _ASCII_CONTROL)) != len(text)


def _clean(text: str, counts: Counter[str]) -> str:
    # A removal can join the halves of another escape, so passes go on until one changes nothing.
    for _ in range(PASSES):
        cleaned = _clean_once(text, counts)
        if cleaned == text:
            break
        text = cleaned
    return text


def _clean_once(text: str, counts: Counter[str]) -> str:
    if not text.isascii():
        text = _counted(_SURROGATE, REPLACEMENT, text, "surrogates", counts)
        text = _counted(_INVISIBLE, "", text, "invisible", counts)
    if "\r\n" in text:
        text = _LINE_END.sub("\n", text)
    if any(start in text for start in _ESCAPE_STARTS):
        text = _counted(_ESCAPE, "", text, "escapes", counts)
    if _REPLAYED.search(text):
        text = _by_line(_replay, text, counts)
    text = _counted(_CONTROL, "", text, "controls", counts)
    return _by_line(_without_lost_escapes, text, counts) if "[0m" in text else text


def _by_line(change: Callable[[str, Counter[str]], str], text: str, counts: Counter[str]) -> str:
    return "\n".join(change(line, counts) for line in text.split("\n"))


def _counted(pattern: re.Pattern[str], replacement: str, text: str, kind: str, counts: Counter[str]) -> str:
    text, found = pattern.subn(replacement, text)
    if found:
        counts[kind] += found
    return text


def _replay(line: str, counts: Counter[str]) -> str:
    if not _REPLAYED.search(line):
        return line
    counts["overwrites"] += 1
    return _shown(line)


def _shown(line: str) -> str:
    """The line as it stands once a terminal has printed it: returns and backspaces move, text overwrites."""
    cells: list[str] = []
    cursor = blank = 0  # up to `blank` all is erased
    for step in _STEP.finditer(line):
        back, left, erased, printed = step.groups()
        if printed:
            cells += " " * (cursor - len(cells))
            cells[cursor : cursor + len(printed)] = printed
            blank = min(blank, cursor)
            cursor += len(printed)
        elif back:
            cursor = 0
        elif left:
            cursor = max(0, cursor - 1)
        else:
            blank = _erase(cells, cursor, blank, erased or "0")
    return "".join(cells)


def _erase(cells: list[str], cursor: int, blank: int, how: str) -> int:
    """Erase from the cursor on, up to it, or all; up to where all is erased now."""
    if how == "0":
        del cells[cursor:]
        return min(blank, cursor)
    if how == "1":
        stop = min(cursor, len(cells))
        cells[blank:stop] = " " * max(0, stop - blank)
        return max(blank, stop)
    cells.clear()
    return 0


def _without_lost_escapes(line: str, counts: Counter[str]) -> str:
    """Drop `[31m` ... `[0m` whose escape character was lost on the way, unless the line spells escapes out."""
    if not _LOST_ESCAPE.search(line, 0, max(0, line.rfind("[0m"))) or _VISIBLE_ESCAPE.search(line):
        return line
    return _counted(_ANY_COLOUR, "", line, "escapes", counts)
