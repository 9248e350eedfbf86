"""What a row may cost to read: limits that are told from the row alone, beyond which it is `too-costly`.

They lie far above what data sets hold, and low enough that no row within them takes a worker a minute or 2 GB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from contextpairs.data.sources.files.faults import RowFault

ROW_BYTES = 64 * 2**20
"""Bytes of a row as it is stored, after decompression: a line, an element of a list, the columns of a table."""
NESTING = 100
"""Objects and lists within one another."""
VALUES = 4_000_000
"""Values of a row in JSON, counted by the signs that part them, those in its texts too."""
EXPANSION, FREE_BYTES = 200, 256 * 2**20
"""A file may expand to so many bytes a compressed one, beyond the free ones."""


class Overlong(bytes):
    """What stands for a row of JSON or a line that is longer than a row may be: nothing of it is kept."""

    size: int = 0

    @classmethod
    def of(cls, size: int) -> Overlong:
        """The one of so many bytes."""
        found = cls(b"?")
        found.size = size
        return found


def too_costly(what: str) -> RowFault:
    """The fault of a row beyond a limit; `what` says which and by how much."""
    return RowFault("too-costly", f"{what}; split or drop the row")


def check_text(raw: bytes | str) -> None:
    """Refuse the text of a row in JSON before it is parsed.

    Raises:
        RowFault: too-costly.
    """
    size = raw.size if isinstance(raw, Overlong) else len(raw)
    if size > ROW_BYTES:
        raise too_costly(f"{size} bytes, at most {ROW_BYTES} a row")
    # Fewer bytes than values may be hold no more values.
    if size <= VALUES:
        return
    signs = (raw.count(sign) for sign in ((b",", b"[", b"{") if isinstance(raw, bytes) else (",", "[", "{")))  # type: ignore[arg-type]
    if (count := sum(signs)) > VALUES:
        raise too_costly(f"{count} signs that part values, at most {VALUES} a row")


def check_nesting(value: Any) -> None:
    """Refuse a value that is nested too deep.

    Raises:
        RowFault: too-costly.
    """
    inner = [value]
    for _ in range(NESTING):
        inner = [each for held in inner for each in _members(held) if type(each) in (dict, list)]
        if not inner:
            return
    raise too_deep()


def too_deep() -> RowFault:
    """The fault of a value that is nested too deep."""
    return too_costly(f"nested deeper than {NESTING} levels")


def _members(held: Any) -> Iterable[Any]:
    if type(held) is dict:
        return held.values()
    return held if type(held) is list else ()


def check_expansion(size: int, compressed: int) -> None:
    """Stop at a file that expands beyond all measure.

    Args:
        size: bytes that it gave so far.
        compressed: stored bytes that it took so far.

    Raises:
        RowFault: too-costly.
    """
    if size > FREE_BYTES + EXPANSION * compressed:
        most = f"at most {EXPANSION} times its size beyond {FREE_BYTES} bytes"
        raise RowFault("too-costly", f"{compressed} compressed bytes give more than {size}, {most}; compress it less")


def affordable(rows: Sequence[int], batch: Any) -> Iterator[tuple[Sequence[int], Any]]:
    """A record batch cut around the rows of it that are too long, for which a RowFault stands.

    Args:
        rows: their numbers.
        batch: of Arrow.
    """
    if batch.nbytes <= ROW_BYTES:
        yield rows, batch
        return
    begin = 0
    for at, row in enumerate(rows):
        size = batch.slice(at, 1).nbytes
        if size > ROW_BYTES:
            if at > begin:
                yield rows[begin:at], batch.slice(begin, at - begin)
            yield [row], too_costly(f"{size} bytes, at most {ROW_BYTES} a row")
            begin = at + 1
    if begin < len(rows):
        yield rows[begin:], batch.slice(begin)
