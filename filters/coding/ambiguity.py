"""Reject couples whose label cannot be decided: both contexts would support either answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from contextpairs.data.code.patch import FilePatch, Hunk
from contextpairs.filters.coding.substance import GAP, Statement, introduced, is_python, statements

Changes = Counter[tuple[str, str, str]]
_WORD = re.compile(r"[^\W\d]\w*")
IDLE = ("Pass()", "Continue()")
"""Statements that, added against nothing, make no difference that a reader could decide."""


def ambiguity(first: Sequence[FilePatch], second: Sequence[FilePatch]) -> str | None:
    """The reason why two patches make an undecidable pair, or None.

    Returns:
        "no-change" where a patch changes nothing but form, "equal-patches" where both come to the same code,
        "contained-patch" where one does all that the other does and more: its trace fits both answers.
    """
    files = [_File(path, _of(first, path), _of(second, path)) for path in _paths(first, second)]
    if any(all(file.is_unchanged(side) for file in files) for side in (0, 1)):
        return "no-change"
    if all(file.is_equal() for file in files):
        return "equal-patches"
    one, two = (sum((file.changes(side) for file in files), Changes()) for side in (0, 1))
    if one and two and one != two and (one <= two or two <= one):
        return "contained-patch"
    return None


def _paths(*patches: Sequence[FilePatch]) -> list[str]:
    return sorted({file.path for files in patches for file in files})


def _of(files: Sequence[FilePatch], path: str) -> list[FilePatch]:
    return [file for file in files if file.path == path]


class _File:
    """One file under two patches: the lines that either shows, before and after each.

    Where both patches are of one text, what they come to is compared over all lines that either shows, so that it does
    not matter how a diff cuts it; else what they take out and put in is compared by itself.
    """

    def __init__(self, path: str, first: Sequence[FilePatch], second: Sequence[FilePatch]) -> None:
        self.python = is_python(path)
        self.path = path
        self.patches = (first, second)
        self.before = _before(first, second)

    def lines(self, side: int) -> list[str]:
        """Lines after one patch."""
        if self.before is None:
            return [text for tag, text in _changed(self.patches[side]) if tag == "+"]
        return _after(self.before, self.patches[side])

    def old_lines(self, side: int) -> list[str]:
        """Lines before one patch."""
        if self.before is None:
            return [text for tag, text in _changed(self.patches[side]) if tag == "-"]
        return _spaced(self.before)

    def is_unchanged(self, side: int) -> bool:
        """Whether one patch leaves what the code says as it was."""
        return self._said(self.lines(side)) == self._said(self.old_lines(side))

    def is_equal(self) -> bool:
        """Whether both come to the same code, but for names that each brings in and statements that do nothing."""
        named: list[tuple[dict[str, str], dict[str, str]]] = [({}, {}), (self._own_names(0), self._own_names(1))]
        return any(
            self._is_equal_under(*names) or self._runs(0, names[0]) == self._runs(1, names[1]) for names in named
        )

    def _is_equal_under(self, one: Mapping[str, str], two: Mapping[str, str]) -> bool:
        return self.before is not None and self._acting(self.lines(0), one) == self._acting(self.lines(1), two)

    def _runs(self, side: int, names: Mapping[str, str]) -> list[tuple[str, list[Statement], list[Statement]]]:
        """Each run of changed lines: the old line before it, what it takes out, what it puts in.

        Where line numbers say nothing (a patch made from edits of text that was never shown), this alone tells.
        """
        found = []
        for before, old, new in _runs(self.patches[side]):
            said = self._said(old), self._acting(new, names)
            if said[0] or said[1]:
                found.append((before, *said))
        return found

    def changes(self, side: int) -> Changes:
        """What one patch takes out and puts in: (path, tag, statement) counts."""
        new, old = (
            Counter(text for _, text in self._said(lines)) for lines in (self.lines(side), self.old_lines(side))
        )
        tagged = [("+", new - old), ("-", old - new)]
        return Changes({(self.path, tag, text): count for tag, counts in tagged for text, count in counts.items()})

    def _said(self, lines: Sequence[str], names: Mapping[str, str] | None = None) -> list[Statement]:
        return statements(lines, self.python, names)

    def _acting(self, lines: Sequence[str], names: Mapping[str, str]) -> list[Statement]:
        return [statement for statement in self._said(lines, names) if statement[1] not in IDLE]

    def _own_names(self, side: int) -> dict[str, str]:
        """Names that one patch brings in, as their number in order: neither patch shows them in the old text."""
        old = " ".join(text for files in self.patches for file in files for text in _old(file))
        known = set(_WORD.findall(old))
        own = [name for name in introduced(self.lines(side), self.python) if name not in known]
        return {name: f"_{number}_" for number, name in enumerate(own)}


def _changed(files: Sequence[FilePatch]) -> Iterator[tuple[str, str]]:
    return (line for file in files for line in file.changed())


def _old(file: FilePatch) -> Iterator[str]:
    return (text for hunk in file.hunks for tag, text in hunk.lines if tag != "+")


def _before(*patches: Sequence[FilePatch]) -> dict[int, str] | None:
    """Lines of the old text by number, as far as the patches show them; None where they are not of one text."""
    known: dict[int, str] = {}
    for files in patches:
        for file in files:
            for hunk in file.hunks:
                for number, text in enumerate(hunk.old(), hunk.old_start):
                    if known.setdefault(number, text) != text:
                        return None
    return known


def _spaced(lines: Mapping[int, str]) -> list[str]:
    """Lines in the order of their numbers, with a gap where some are not known."""
    found: list[str] = []
    last = None
    for number in sorted(lines):
        if last is not None and number > last + 1:
            found.append(GAP)
        found.append(lines[number])
        last = number
    return found


def _after(before: Mapping[int, str], files: Sequence[FilePatch]) -> list[str]:
    """The known lines of a text with the hunks of a patch applied."""
    removed: set[int] = set()
    inserted: dict[int, list[str]] = {}
    for file in files:
        for hunk in file.hunks:
            _apply(hunk, removed, inserted)
    found: list[str] = []
    last = None
    for number in sorted({*before, *inserted}):
        if last is not None and number > last + 1:
            found.append(GAP)
        found += inserted.get(number, ())
        if number in before and number not in removed:
            found.append(before[number])
        last = number if number in before else number - 1
    return found


def _apply(hunk: Hunk, removed: set[int], inserted: dict[int, list[str]]) -> None:
    number = hunk.old_start if hunk.old() else hunk.old_start + 1
    for tag, text in hunk.lines:
        if tag == "+":
            inserted.setdefault(number, []).append(text)
            continue
        if tag == "-":
            removed.add(number)
        number += 1


def _runs(files: Sequence[FilePatch]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Runs of changed lines as (old line before, lines taken out, lines put in)."""
    for file in files:
        for hunk in file.hunks:
            before, old, new = "", list[str](), list[str]()
            for tag, text in [*hunk.lines, (" ", "")]:
                if tag == " ":
                    if old or new:
                        yield before, old, new
                    before, old, new = text.strip() or before, [], []
                else:
                    (old if tag == "-" else new).append(text)
