"""JSON as it is found: parsed fast, else leniently; the lines and documents of a stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import orjson

from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.limits import ROW_BYTES, Overlong, check_nesting, check_text, too_costly, too_deep

REPLACEMENT = "\ufffd"
_UNHELD = re.compile("[\0\ud800-\udfff]")
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.S)
_INNER = re.compile(rb'["\[\]{}]')
_OUTER = re.compile(rb'["\[\]{},]')
_BLANK = b" \t\r\n,\x1e"
WHOLE_BYTES = 8 * 2**20
BOM = b"\xef\xbb\xbf"


def parse(raw: bytes | str) -> Any:
    """The value of one JSON text; NaN is taken, lone surrogates and NUL become U+FFFD (Arrow text holds neither).

    Raises:
        RowFault: not-json, truncated (the text ends too early), encoding (bytes that are not UTF-8) or too-costly.
    """
    check_text(raw)
    try:
        value, strict = orjson.loads(raw), True
    except orjson.JSONDecodeError:
        value, strict = _lenient(raw), False
    check_nesting(value)
    escaped = b"\\u0000" in raw if isinstance(raw, bytes) else "\\u0000" in raw
    return _held(value) if escaped or not strict else value


def _lenient(raw: bytes | str) -> Any:
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise RowFault("encoding", f"byte {error.start} is not UTF-8; expected UTF-8 JSON, convert the file") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _fault(error, text) from error
    except RecursionError as error:
        raise too_deep() from error
    except ValueError as error:
        raise too_costly("a whole number of thousands of digits") from error


def _fault(error: json.JSONDecodeError, text: str) -> RowFault:
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return RowFault("truncated", f"JSON ends at character {len(text)} ({error.msg}); write the row again")
    detail = f"{error.msg} at character {error.pos}"
    return RowFault("not-json", f"{detail}; expected one JSON object, correct or drop the row")


def _held(value: Any) -> Any:
    if isinstance(value, str):
        return _UNHELD.sub(REPLACEMENT, value)
    if isinstance(value, dict):
        return {_held(name): _held(item) for name, item in value.items()}
    return [_held(item) for item in value] if isinstance(value, list) else value


def unpacked(value: Any, starts: tuple[str, ...] = ("[{",)) -> Any:
    """The list or object that a text with such a beginning holds as JSON; any other value as it is.

    Raises:
        RowFault: too-costly.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(starts):
        return value
    try:
        found = parse(value)
    except RowFault as fault:
        if fault.reason == "too-costly":
            raise
        return value
    return found if isinstance(found, (list, dict)) else value


def lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of a stream without their end, the last one too where it has none; `Overlong` for one beyond the limit."""
    parts: list[bytes] = []
    size = 0
    for block in blocks:
        first, *rest = block.split(b"\n")
        for line in rest:
            yield _line([*parts, first], size + len(first))
            first, parts, size = line, [], 0
        size += len(first)
        parts = [*parts, first] if size <= ROW_BYTES else []
    if size:
        yield _line(parts, size)


def _line(parts: list[bytes], size: int) -> bytes:
    return b"".join(parts) if size <= ROW_BYTES else Overlong.of(size)


def documents(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The elements of a JSON list, or the texts of documents that follow one another, as a stream.

    Memory is bounded by one document; for one that is longer than a row may be, `Overlong` stands. What is left
    unfinished at the end comes last; parsing it tells so.
    """
    splitter = _Splitter()
    for block in blocks:
        yield from splitter.feed(block)
    yield from splitter.finish()


def members(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The members of an object, each as `"name": value`, as a stream; the last one may be unfinished.

    Memory is bounded by one member.
    """
    splitter = _Splitter(base=1, once=True)
    for block in blocks:
        for text in splitter.feed(block):
            yield text
            if splitter.closed:
                return
    yield from () if splitter.closed else splitter.finish()


def around(blocks: Iterable[bytes], key: str) -> tuple[bytes, bytes]:
    """What a document holds before the list of a key of its own, and after it; of each the first megabytes.

    Memory is bounded by an element of the list and by those.
    """
    stream = iter(blocks)
    before = _before(stream, key)
    if before is None:
        return b"", b""
    splitter = _Splitter(once=True)
    rest = b""
    for block in chain([before[1]], stream):
        if not splitter.closed:
            for _ in splitter.feed(block):
                pass
            rest = splitter.rest() if splitter.closed else b""
        elif len(rest) < WHOLE_BYTES:
            rest += block
    return before[0], rest


def elements(blocks: Iterable[bytes], key: str) -> Iterator[bytes]:
    """The elements of the list that a document holds under a key of its own, as a stream; nothing where there is none.

    Memory is bounded by one element and by what stands before the list.
    """
    stream = iter(blocks)
    start = _opened(stream, key)
    splitter = _Splitter(once=True)
    for block in chain(start, stream if start else ()):
        for text in splitter.feed(block):
            # What follows the list in its document is no element.
            if splitter.closed:
                return
            yield text
    yield from splitter.finish() if start and not splitter.closed else ()


def _opened(stream: Iterator[bytes], key: str) -> list[bytes]:
    """What was read from the list on, empty where the key does not come."""
    before = _before(stream, key)
    return [before[1]] if before else []


def _before(stream: Iterator[bytes], key: str) -> tuple[bytes, bytes] | None:
    """What was read before a key and from its list on, None where it does not come."""
    opening = re.compile(rb'"' + re.escape(json.dumps(key)[1:-1].encode()) + rb'"\s*:\s*(?=\[)')
    text = b""
    for block in stream:
        text += block
        if found := opening.search(text):
            return text[: found.start()], text[found.end() :]
        if len(text) > WHOLE_BYTES:
            break
    return None


class _Splitter:
    """Finds where documents end by counting brackets outside strings."""

    def __init__(self, base: int = -1, once: bool = False) -> None:
        """Args:
        base: depth at which a text ends; -1 is told from the first sign.
        once: what follows the first list or object is left as it is.
        """
        self.once = once
        self.buffer = bytearray()
        self.at = 0
        self.begin = 0
        self.depth = 0
        self.base = base
        self.pending = 0
        self.dropped = 0
        """Bytes of the text under way that are not kept, for it is longer than a row may be."""
        self.closed = False

    def feed(self, block: bytes) -> Iterator[bytes]:
        self.buffer += block
        # A long unfinished string is not scanned again for every block: that would cost its length squared.
        if len(self.buffer) < min(self.pending, ROW_BYTES):
            return
        yield from self._scan()
        del self.buffer[: self.begin]
        self.at -= self.begin
        self.begin = 0
        if len(self.buffer) + self.dropped > ROW_BYTES:
            self._drop()

    def _drop(self) -> None:
        """Keep of the text under way only what its end is told by: whether a string is open, and escapes its next."""
        kept = b""
        if self.at < len(self.buffer):
            escapes = len(self.buffer) - len(self.buffer.rstrip(b"\\"))
            kept = b'"' + b"\\" * (escapes % 2)
        self.dropped += len(self.buffer) - len(kept)
        self.buffer[:] = kept
        self.at = self.begin = self.pending = 0

    def finish(self) -> Iterator[bytes]:
        yield from self._scan()
        rest = bytes(self.buffer[self.begin :]).strip(_BLANK)
        if self.dropped:
            yield Overlong.of(self.dropped + len(rest))
        elif rest or (self.base == 1 and not self.closed):
            yield rest or b"["

    def rest(self) -> bytes:
        """What was not cut yet."""
        return bytes(self.buffer[self.begin :])

    def _scan(self) -> Iterator[bytes]:
        self._start()
        while token := (_OUTER if self.depth <= self.base else _INNER).search(self.buffer, self.at):
            sign = token.group()
            if sign == b'"':
                end = _STRING_REST.match(self.buffer, token.end())
                if end is None:
                    self.at = token.start()
                    self.pending = 2 * len(self.buffer)
                    return
                self.at = end.end()
                continue
            self.at = token.end()
            yield from self._bracket(sign, token.start())
            if self.once and self.closed:
                return
        self.at = len(self.buffer)

    def _start(self) -> None:
        """A list's elements are its rows; anything else is a row itself."""
        if self.base < 0 and (text := bytes(self.buffer[:4096]).removeprefix(BOM).lstrip()):
            self.base = 1 if text[:1] == b"[" else 0

    def _bracket(self, sign: bytes, place: int) -> Iterator[bytes]:
        if sign in b"[{":
            if self.depth == self.base:
                yield from self._cut(place) if self.base == 0 else ()
            elif self.depth < self.base:
                self.begin = self.at
            self.depth += 1
        elif sign in b"]}":
            self.depth = max(0, self.depth - 1)
            if self.depth < self.base:
                yield from self._cut(place, self.at)
                self.closed = True
            elif self.depth == 0 == self.base:
                yield from self._cut(self.at)
        elif self.depth == self.base == 1:
            yield from self._cut(place, self.at)

    def _cut(self, end: int, begin: int | None = None) -> Iterator[bytes]:
        text = bytes(self.buffer[self.begin : end]).removeprefix(BOM).strip(_BLANK)
        self.begin = end if begin is None else begin
        if self.dropped:
            size, self.dropped = self.dropped + len(text), 0
            yield Overlong.of(size)
        elif text:
            yield text
