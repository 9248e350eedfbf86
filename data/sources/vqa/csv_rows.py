"""Rows of comma-separated text with a header: one question a row, its image by path."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from typing import Any

from contextpairs.data.sources.files.faults import Reason, RowFault
from contextpairs.data.sources.files.json_text import BOM, REPLACEMENT, lines
from contextpairs.data.sources.files.limits import Overlong, too_costly
from contextpairs.data.sources.files.stream import blocks

DELIMITERS = ",\t;|"
LONGEST_CELL = 2**24
"""Characters; a quote that is never closed makes one cell of the rest of a file."""


def csv_header(uri: str, storage: dict[str, Any]) -> list[str]:
    """Names of the columns; fewer than two where the file is no such text.

    Raises:
        OSError: it cannot be read.
        RowFault: its first line cannot be taken apart, or two columns have one name.
    """
    return _names(_cells(uri, storage))


def csv_rows(uri: str, storage: dict[str, Any], only: range | None = None) -> Iterator[tuple[int, Any]]:
    """(row number, text by column or RowFault) of the rows below the header; blank lines are not counted."""
    rows = _cells(uri, storage)
    names = _names(rows)
    for number, cells in enumerate(rows):
        if only is not None and number >= only.stop:
            return
        if only is None or number in only:
            yield number, cells if isinstance(cells, RowFault) else _record(names, cells)


def _names(rows: Iterator[list[str] | RowFault]) -> list[str]:
    first = next(rows, [])
    if isinstance(first, RowFault):
        raise first
    names = [name.strip() for name in first]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise RowFault("unknown-format", f"two columns are named {twice!r}; rename or remove one of them")
    return names


def _cells(uri: str, storage: dict[str, Any]) -> Iterator[list[str] | RowFault]:
    """Cells of each row that is not blank; a stream that breaks off ends in a RowFault."""
    csv.field_size_limit(LONGEST_CELL)
    text = _text(uri, storage)
    try:
        first = next((line for line in text if line.strip()), "")
    except RowFault as fault:
        yield fault
        return
    reader = csv.reader(chain([first], text), delimiter=max(DELIMITERS, key=first.count), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _malformed(reader.line_num, error)
        except RowFault as fault:
            yield fault
            return
        else:
            yield from [cells] if cells else []


def _malformed(line: int, error: csv.Error) -> RowFault:
    if "field larger than" in str(error):
        return too_costly(f"line {line}: a cell of more than {LONGEST_CELL} characters")
    reason: Reason = "truncated" if "end of data" in str(error) else "wrong-type"
    return RowFault(reason, f'line {line} ({error}); write cells as "..." with the quotes in them doubled')


def _record(names: list[str], cells: list[str]) -> dict[str, str] | RowFault:
    if len(cells) != len(names):
        expected = f"expected {len(names)} cells as in the header, found {len(cells)}"
        return RowFault("wrong-type", f"{expected}; quote cells that hold the separator, or complete the row")
    if any("\udc80" <= sign <= "\udcff" for cell in cells for sign in cell):
        return RowFault("encoding", "text is not UTF-8; convert the file or drop the row")
    return dict(zip(names, (cell.replace("\0", REPLACEMENT) for cell in cells), strict=True))


def _text(uri: str, storage: dict[str, Any]) -> Iterator[str]:
    """Lines with their ends; bytes that are not UTF-8 become lone surrogates, which their row is told by."""
    for number, line in enumerate(lines(blocks(uri, storage))):
        if isinstance(line, Overlong):
            # What no cell may hold: its row is set aside like any other of such a cell.
            line = b"x" * (LONGEST_CELL + 1)
        line = line.removeprefix(BOM) if number == 0 else line
        yield line.decode("utf-8", "surrogateescape") + "\n"
