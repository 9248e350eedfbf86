"""The places that a fix changes, as far as they are certain: what a reward compares with must not be a guess.

Names read off a hunk alone (builders/coding/functions.py, origin "hunk") may be wrong: git puts the nearest definition
above the hunk beside its header, without its indentation, so that an addition to a class looks like one to its last
method.
Of such names those stay that the hunk itself defines, and those of a header that the indentation of the change bears
out; outer names, which are guesses too, go. A file with a hunk of any other kind counts as a file alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from contextpairs.builders.coding.functions import BaseTexts, named_functions
from contextpairs.builders.coding.parsed_text import Lines
from contextpairs.builders.coding.symbols import MODULE, language_of
from contextpairs.data.code.patch import FilePatch, Hunk
from contextpairs.pipelines.tasks.places import Place

INDENT = 4
_SECTION = re.compile(r"(?:async\s+)?(?P<kind>def|class)\s+(?P<name>\w+)\s*(?P<method>\(\s*(?:self|cls)\b)?")
_KEYWORD = r"(?:def|class|func|function|fn|interface|trait|struct|module)"
_DEFINED = rf"^\s*(?:[\w()]+\s+)*{_KEYWORD}\*?\s+(?:\([^)]*\)\s*)?(?:self\.)?%s\b"


def certain_places(
    files: Sequence[FilePatch],
    texts: Mapping[str, Lines],
    mirror: Path | None = None,
    repository: str | None = None,
    commit: str | None = None,
) -> list[Place]:
    """Places of the code files of a patch, sorted; one with an empty name for a file whose functions are uncertain.

    Args:
        files: the patch.
        texts: lines before the change by path, None for lines not known.
        mirror: a folder of checkouts, see `contextpairs.builders.coding.checkouts`.
        repository: `owner/name`, to find the checkout.
        commit: the base commit.
    """
    places: set[Place] = set()
    for file in files:
        if language_of(file.path):
            places |= _file_places(file, texts, mirror, repository, commit)
    return sorted(places)


def _file_places(
    file: FilePatch, texts: Mapping[str, Lines], mirror: Path | None, repository: str | None, commit: str | None
) -> set[Place]:
    names: set[str] = set()
    base = BaseTexts(texts, mirror, repository, commit)
    for change in (change for hunk in file.hunks for change in _single_changes(hunk)):
        named = named_functions([replace(file, hunks=[change])], base, parts=True)
        told = {name.partition("::")[2] for name in named.functions}
        if named.origin == "hunk":
            told = {_certain(name, change) for name in told} or {""}
        names |= told
    if "" in names:
        return {Place(file.place, "")}
    # One change may name a method with its class, and the next one, less well known, without.
    return {Place(file.place, name) for name in names if not any(other.endswith(f".{name}") for other in names)}


def _single_changes(hunk: Hunk) -> Iterator[Hunk]:
    """The hunk once for each of its changes, as if the others were not made: each has a name or is uncertain.

    Blank lines are no change: they belong to no function.
    """
    at = 0
    for is_change, block in groupby(hunk.lines, key=lambda line: line[0] != " " and bool(line[1].strip())):
        stop = at + len(list(block))
        if is_change:
            lines = [*_unchanged(hunk.lines[:at]), *hunk.lines[at:stop], *_unchanged(hunk.lines[stop:])]
            yield replace(hunk, lines=lines)
        at = stop


def _unchanged(lines: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(" ", text) for tag, text in lines if tag != "+"]


def _certain(name: str, hunk: Hunk) -> str:
    """A name read off a hunk without its outer names, or "" where it may be wrong."""
    last = name.rpartition(".")[2]
    if name == MODULE or _is_defined(last, hunk):
        return last
    return last if _is_borne_out(last, hunk) else ""


def _is_defined(name: str, hunk: Hunk) -> bool:
    pattern = re.compile(_DEFINED % re.escape(name))
    return any(pattern.match(line) for line in hunk.old())


def _is_borne_out(name: str, hunk: Hunk) -> bool:
    """Whether every changed line stands as deep as the body of what the hunk's header names, in Python."""
    section = _SECTION.match(hunk.section.strip())
    changes = [text for tag, text in hunk.lines if tag != " "]
    depths = {len(text) - len(text.lstrip()) for text in changes}
    if section is None or section["name"] != name:
        return False
    if section["kind"] == "class":
        return depths == {INDENT}
    # At the depth of a function's body an element of a table of the module may stand as well.
    least = 2 * INDENT if section["method"] or any(text.rstrip().endswith(",") for text in changes) else INDENT
    return min(depths) >= least
