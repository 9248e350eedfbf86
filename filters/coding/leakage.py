"""The leak check that every published row passes: is a changed line of either patch readable in a context?

It shares nothing with the mask, not even the reading of code, so that what one overlooks the other finds. A line is
looked for by its letters alone, which no numbering, quoting, escaping or wrapping takes away; where the letters are
found, the operators and numbers that stand between them decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.retelling import SearchedText, Told, seen_before

MEANINGFUL_LENGTH = 10
"""Characters from which a line with two or more words counts as meaningful content."""
FEW_LETTERS = 8
"""Below this a line is looked for with its operators and numbers from the start: letters alone are everywhere. Where
those are as few, or there are no letters, it is looked for as it stands."""
WRAPPED_WORDS = 3
"""Words from which a line is worth wrapping or comparing by words, and looked for without what comes between."""
PROSE_WORDS = 5
"""Words from which a line is found in any case of letters."""
_WORD = re.compile(r"[^\W\d_]\w*|\d+")
_COMMENT = re.compile(r"\s(?:#|//)\s.*$")
_SIGN = re.compile(r"\*\*|//|[<>=!]=|->|<<|>>|[-+*/%<>=&|^~@._]|\d+")
_ESCAPE = re.compile(
    r"(?<!\\)\\++(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrt])|&(?:amp;)*(?:lt|gt|amp|quot|apos|nbsp|#\d{1,5}|#x[0-9a-fA-F]{1,4});"
)
_BETWEEN = re.compile(
    r"(?<=\s)(?:#|//)\s.*$|^E\s+|^[\w./\-]+[:\-]\d+[:\-]|^[Ll](?:ine )?\d+:|^[^\S\n]*+\?(?:[^\S\n]|[\^~+\-])*+$"
    r"|[\"'][^\S\n]*+(?:\+[^\S\n]*+)?\\?\n\s*+[rbfuRBFU]?(?=[\"'])|(?<!\w)[rbfuRBFU]{1,2}(?=\\*[\"'“”‘’])",
    re.M,
)
"""What can stand inside a line that is wrapped or quoted: comments, places, string prefixes."""
_OLD, _NEW = ("[-", "-]"), ("{+", "+}")
_LETTER = re.compile(r"[A-Za-z]")
LONG = 3
"""Letters from which a word must be there for the line to be: shorter ones may be prefixes of strings."""
_SPLIT = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalpha() else 32 for code in range(256))
_DENSE = b" \t\r\n\f\v\\\"'`()[]{},;:"


@dataclass(slots=True, frozen=True)
class Leak:
    """What can be read of a patch in a context, at which turn, and how: as it stands, reformatted or retold."""

    line: str
    turn: int
    form: str


def pair_leaks(contexts: Sequence[Sequence[Message]], patches: Sequence[Sequence[FilePatch]]) -> list[Leak]:
    """What can be read of either patch in either context of a pair.

    Lines that stand before the agent's first turn in both contexts are left out: they are the issue, which both share.

    Args:
        contexts: the two contexts.
        patches: their patches, in the same order.
    """
    shared = frozenset.intersection(*(_head_lines(context) for context in contexts))
    told = [Told(files, seen_before(context)) for files, context in zip(patches, contexts, strict=True)]
    found: list[Leak] = []
    for context in contexts:
        open_to = [*_without(context, shared)]
        found += leaks(open_to, patches)
        for turn, message in enumerate(open_to):
            reading = SearchedText(message.content)
            found += [Leak(said, turn, "retold") for each in told if (said := each.first_in(reading))]
    return found


def _head(context: Sequence[Message]) -> int:
    """Turns before the agent's first."""
    return next((turn for turn, message in enumerate(context) if message.role == "assistant"), len(context))


def _head_lines(context: Sequence[Message]) -> frozenset[str]:
    texts = (message.content for message in context[: _head(context)])
    return frozenset(" ".join(line.split()) for text in texts for line in text.split("\n"))


def _without(context: Sequence[Message], shared: frozenset[str]) -> Iterator[Message]:
    """The context without the shared lines of its head."""
    head = _head(context)
    for turn, message in enumerate(context):
        if turn >= head:
            yield message
        else:
            lines = message.content.split("\n")
            yield Message(message.role, "\n".join("" if " ".join(line.split()) in shared else line for line in lines))


def leaks(context: Sequence[Message], patches: Iterable[Sequence[FilePatch]]) -> list[Leak]:
    """Every meaningful changed line of the patches that a context still shows, at the first turn that shows it."""
    texts = [_Text(message.content) for message in context]
    whole = frozenset[bytes]().union(*(text.words for text in texts))
    letters = b"\n".join(text.letters for text in texts)
    found: list[Leak] = []
    for line in sorted(set(_meaningful_lines(patches))):
        words = _words(line)
        if not words <= whole and _letters(_plain(line)) not in letters:
            continue
        sought = _Line(line, words)
        turn = next((number for number, text in enumerate(texts) if sought.is_in(text)), None)
        if turn is not None:
            found.append(Leak(line, turn, "plain" if line.strip() in context[turn].content else "reformatted"))
    return found


def _meaningful_lines(patches: Iterable[Sequence[FilePatch]]) -> Iterator[str]:
    """Changed lines that say something, also without their comment."""
    for files in patches:
        for file in files:
            for _, text in file.changed():
                for line in (text, _COMMENT.sub("", text)):
                    if len(line.strip()) >= MEANINGFUL_LENGTH and len(_WORD.findall(line)) >= 2:
                        yield line


def _plain(text: str) -> str:
    """The text with its escapes as spaces."""
    return _ESCAPE.sub(" ", text) if "\\" in text or "&" in text else text


def _runs(plain: str) -> list[bytes]:
    """The runs of ASCII letters of a text in lower case."""
    return plain.encode("ascii", "replace").translate(_SPLIT).split()


def _words(line: str) -> frozenset[bytes]:
    return frozenset(run for run in _runs(_plain(line)) if len(run) >= LONG)


def _letters(plain: str) -> bytes:
    """The ASCII letters of a text in lower case."""
    return b"".join(_runs(plain))


def _dense(plain: str) -> bytes:
    """Everything but white space, quotes, brackets and separators."""
    return plain.encode("ascii", "ignore").translate(None, _DENSE)


class _Text:
    """A turn in the forms in which lines are looked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = _plain(text)
        runs = _runs(self.plain)
        self.letters = b"".join(runs)
        self.words = frozenset(runs)

    @cached_property
    def dense(self) -> bytes:
        return _dense(self.plain)

    @cached_property
    def spaced(self) -> str:
        """Its lines with white space as single blanks: where a line of numbers and marks alone is looked for."""
        return "\n".join(" ".join(line.split()) for line in self.text.split("\n"))

    @cached_property
    def readings(self) -> list[tuple[str, bytes]]:
        """Without comments, places and string prefixes, and a word diff before and after; each with its letters."""
        forms = [_BETWEEN.sub("", self.plain)]
        if "-]" in self.plain or "{+" in self.plain:
            forms += [_half(self.plain, left, gone) for left, gone in ((_OLD, _NEW), (_NEW, _OLD))]
        return [(form, _letters(form)) for form in forms if form != self.plain]


def _half(text: str, left: tuple[str, str], gone: tuple[str, str]) -> str:
    """One side of a word diff: without what stands between two marks of a line, and without the other two marks."""
    out: list[str] = []
    end, at = 0, text.find(gone[0])
    while at >= 0:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        close = text.find(gone[1], at + len(gone[0]), stop)
        if close >= 0:
            out.append(text[end:at])
            end = stop = close + len(gone[1])
        at = text.find(gone[0], stop)
    return "".join([*out, text[end:]]).replace(left[0], "").replace(left[1], "")


class _Line:
    """A changed line, to be found by its letters and confirmed by what stands between them."""

    def __init__(self, line: str, words: frozenset[bytes]) -> None:
        plain = _plain(line.strip())
        self.words = words
        self.tight = _dense(plain)
        self.has_few = len(_letters(plain)) < FEW_LETTERS
        says_little = not _letters(plain) or len(self.tight) < FEW_LETTERS
        self.literal = " ".join(line.split()) if says_little else None
        folded = len(_WORD.findall(plain)) >= PROSE_WORDS
        self.forms = [_Form(text, folded) for text in dict.fromkeys((plain, _BETWEEN.sub("", plain)))]

    def is_in(self, text: _Text) -> bool:
        """Whether a text shows the line, wrapped and annotated or not."""
        if self.literal is not None:
            return self.literal in text.spaced
        if self.has_few:
            return self.tight in text.dense
        if self.forms[0].is_in(text.plain, text.letters):
            return True
        if len(self.words) < WRAPPED_WORDS or not self.words <= text.words:
            return False
        return any(form.is_in(*reading) for form in self.forms for reading in text.readings)


class _Form:
    """One reading of a line: its letters, the signs between them and those after."""

    def __init__(self, plain: str, folded: bool) -> None:
        at = _letter_positions(plain)
        self.folded = folded
        self.key = _letters(plain)
        self.letters = self._cased("".join(plain[index] for index in at))
        self.signs = _SIGN.findall(plain[at[0] : at[-1]]) if at else []
        self.before = _SIGN.findall(plain[: at[0]]) if at else []
        self.after = _SIGN.findall(plain[at[-1] + 1 :]) if at else []

    def is_in(self, text: str, letters: bytes) -> bool:
        """Whether a text, whose letters are given too, reads as this form."""
        return bool(self.key) and self.key in letters and self._is_read(text)

    def _is_read(self, text: str) -> bool:
        at = _letter_positions(text)
        letters = self._cased("".join(text[index] for index in at))
        start = letters.find(self.letters)
        while start >= 0:
            stop = start + len(self.letters)
            after = text[at[stop - 1] + 1 : at[stop] if stop < len(at) else len(text)]
            inside = not self.before and at[start] > 0 and (text[at[start] - 1].isalnum() or text[at[start] - 1] == "_")
            ahead = text[at[start - 1] + 1 if start else 0 : at[start]]
            if not inside and self._is_confirmed(ahead, text[at[start] : at[stop - 1]], after):
                return True
            start = letters.find(self.letters, start + 1)
        return False

    def _is_confirmed(self, ahead: str, between: str, after: str) -> bool:
        """Within one line the signs are the same; line breaks bring numbers and marks with them."""
        if self.before and _SIGN.findall(ahead)[-len(self.before) :] != self.before:
            return False
        following, signs = _SIGN.findall(after.split("\n", 1)[0]), _SIGN.findall(between)
        if "\n" not in between:
            return signs == self.signs and following[: len(self.after)] == self.after
        assigns = signs.count("=") == self.signs.count("=")
        return assigns and _holds(signs, self.signs) and _holds(following, self.after)

    def _cased(self, letters: str) -> str:
        return letters.lower() if self.folded else letters


def _letter_positions(text: str) -> list[int]:
    return [match.start() for match in _LETTER.finditer(text)]


def _holds(signs: list[str], wanted: list[str]) -> bool:
    """Whether `wanted` stands in `signs` in this order."""
    rest = iter(signs)
    return all(sign in rest for sign in wanted)
