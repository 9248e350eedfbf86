"""The functions that a patch edits, as `path::Qualified.name`.

Where a file's text before the change is known, from the transcript or a mirror of checkouts, names are exact: the
innermost function, method or class around each changed line; `path::<module>` for lines of none. Lines put between
two definitions belong to what surrounds them at their indentation: a new method to its class, a new function to the
module, statements put after a function's last line at its body's indentation to that function. Elsewhere the hunk's
own lines and header name the function, and the origin says so.

A mirror is a folder that holds, for each repository, working trees `{owner}__{repo}/{commit}/`, or one git repository
`{owner}__{repo}` or `{owner}__{repo}.git`, bare or not. A commit may be given by its first eight digits or in full.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from contextpairs.builders.coding.symbols import MODULE, Definition, definitions, innermost, language_of
from contextpairs.data.code.patch import FilePatch, Hunk

Origin = Literal["source", "mirror", "hunk"]
Lines = Sequence[str | None]

_STRENGTH: tuple[Origin, ...] = ("source", "mirror", "hunk")
_HEADER = re.compile(
    r"^(\s*)(?:export\s+|default\s+|public\s+|private\s+|protected\s+|static\s+|final\s+|abstract\s+|async\s+|pub(?:\(\w+\))?\s+)*"
    r"(?:def|class|func|function|fn|interface|trait|struct|impl|module|namespace)\*?\s+(?:\([^)]*\)\s*)?(?:self\.)?([A-Za-z_$][\w$]*)"
)
_TOP_LEVEL = re.compile(r"^[^\s#)\]}]")
_TRIES = 4


def functions_of(
    files: Sequence[FilePatch],
    texts: Mapping[str, Lines],
    mirror: Path | None = None,
    repository: str | None = None,
    commit: str | None = None,
) -> tuple[list[str], Origin]:
    """The functions that a patch edits, sorted, and the weakest origin among them.

    Args:
        files: the patch.
        texts: lines before the change by path, None for lines not known.
        mirror: a folder of checkouts, see the module's description.
        repository: `owner/name`, to find the checkout.
        commit: the base commit, 8 or 40 digits.
    """
    found: set[str] = set()
    origins: set[Origin] = set()
    for file in files:
        path = file.old_path or file.path
        for hunk in file.hunks:
            names, origin = _hunk_functions(path, hunk, texts.get(path, ()), mirror, repository, commit)
            found.update(f"{file.place}::{name}" for name in names)
            origins.add(origin)
    return sorted(found), next((o for o in reversed(_STRENGTH) if o in origins), "hunk")


def _hunk_functions(
    path: str, hunk: Hunk, seen: Lines, mirror: Path | None, repository: str | None, commit: str | None
) -> tuple[set[str], Origin]:
    language = language_of(path)
    if language is not None:
        names = _exact(language, hunk, seen)
        if names is not None:
            return names, "source"
        if mirror is not None and repository and commit:
            names = _exact(language, hunk, mirror_lines(mirror, repository, commit, path))
            if names is not None:
                return names, "mirror"
    return _named_by_hunk(hunk, _seen_above(hunk, seen)), "hunk"


def _exact(language: str, hunk: Hunk, lines: Lines) -> set[str] | None:
    """Names by parsing, None where the text is not known well enough."""
    start = _place(hunk, lines)
    if start is None:
        return None
    names: set[str] = set()
    for line, column in _changed_lines(hunk, start):
        parsed = _parsed_around(language, lines, line)
        if parsed is None:
            return None
        names.add(_owner(parsed[0], lines, line - parsed[1], parsed[1], column))
    return names


def _place(hunk: Hunk, lines: Lines) -> int | None:
    """The line (from 1) at which a hunk's old side stands in the text; None where it is not there, or not once."""
    old = hunk.old()
    at = hunk.old_start - 1 if old else hunk.old_start
    if 0 <= at <= len(lines) and old and list(lines[at : at + len(old)]) == old:
        return hunk.old_start
    if not old:
        return hunk.old_start + 1 if 0 < hunk.old_start <= len(lines) else None
    first = old[0]
    places = [i for i, line in enumerate(lines) if line == first and list(lines[i : i + len(old)]) == old]
    return places[0] + 1 if len(places) == 1 else None


def _changed_lines(hunk: Hunk, start: int) -> Iterator[tuple[int, int | None]]:
    """Old line numbers that change (with None), and for a pure insertion the line before it with its indentation."""
    line = start
    block: list[tuple[str, str]] = []
    for tag, text in [*hunk.lines, (" ", "")]:
        if tag != " ":
            block.append((tag, text))
            continue
        yield from _block_lines(block, line)
        line += sum(tag == "-" for tag, _ in block) + 1
        block = []


def _block_lines(block: list[tuple[str, str]], line: int) -> Iterator[tuple[int, int | None]]:
    removed = [text for tag, text in block if tag == "-"]
    if removed:
        told = [index for index, text in enumerate(removed) if text.strip()] or [0]
        yield from ((line + index, None) for index in told)
        return
    added = [text for _, text in block if text.strip()]
    if added:
        yield line - 1, len(added[0]) - len(added[0].lstrip())


def _owner(found: tuple[Definition, ...], lines: Lines, line: int, offset: int, column: int | None) -> str:
    """The name of what owns a line of the parsed text; `column`: what is put after the line starts there."""
    if column is None:
        owner = innermost(found, line)
        return owner.name if owner else MODULE
    before = line
    while before > 0 and not (lines[before + offset - 1] or "").strip():
        before -= 1
    owner = innermost(found, before)
    while owner is not None and column <= owner.column and not _continues(owner, before, line):
        owner = _parent(found, owner)
    return owner.name if owner else MODULE


def _continues(owner: Definition, before: int, line: int) -> bool:
    """Whether the definition goes on after the line, so that what follows is inside whatever its indentation."""
    return owner.start <= before and line < owner.end


def _parent(found: tuple[Definition, ...], child: Definition) -> Definition | None:
    outer = [
        d
        for d in found
        if d.start <= child.start and child.end <= d.end and d != child and child.name.startswith(d.name + ".")
    ]
    return max(outer, key=lambda definition: definition.start, default=None)


def _parsed_around(language: str, lines: Lines, line: int) -> tuple[tuple[Definition, ...], int] | None:
    """Definitions of the whole text or of the seen stretch of it around a line, and the lines before that stretch."""
    if None not in lines:
        whole = definitions(language, "\n".join(text or "" for text in lines))
        if whole is not None:
            return whole, 0
    if language != "python":
        return None
    first, last = _stretch(lines, line)
    for start in _top_levels(lines, first, line):
        for stop in (_statement_end(lines, line, last), last):
            parsed = definitions(language, "\n".join(text or "" for text in lines[start:stop]))
            if parsed is not None:
                return parsed, start
    return None


def _stretch(lines: Lines, line: int) -> tuple[int, int]:
    """The 0-based range of known lines around a line."""
    at = min(max(line - 1, 0), len(lines) - 1)
    first, last = at, at + 1
    while first > 0 and lines[first - 1] is not None:
        first -= 1
    while last < len(lines) and lines[last] is not None:
        last += 1
    return first, last


def _statement_end(lines: Lines, line: int, last: int) -> int:
    """Where the next top-level statement after a line starts, or the end of the known lines."""
    for stop in range(max(line, 1), last):
        if _TOP_LEVEL.match(lines[stop] or "") and not (lines[stop - 1] or "").startswith("@"):
            return stop
    return last


def _top_levels(lines: Lines, first: int, line: int) -> Iterator[int]:
    """Candidates for the start of the top-level statement around a line, nearest first."""
    tries = 0
    for index in range(min(line, len(lines)) - 1, first - 1, -1):
        text = lines[index] or ""
        if _TOP_LEVEL.match(text) and not (index > first and (lines[index - 1] or "").startswith("@")):
            yield index
            tries += 1
            if tries == _TRIES:
                return
    if first == 0:
        yield 0


def _seen_above(hunk: Hunk, seen: Lines) -> list[str]:
    """The known lines that stand right above a hunk, nearest last."""
    place = _place(hunk, seen)
    above: list[str] = []
    for index in range((place or 1) - 2, -1, -1):
        if (text := seen[index]) is None:
            break
        above.append(text)
    return above[::-1]


def _named_by_hunk(hunk: Hunk, above: list[str]) -> set[str]:
    """Names by the nearest headers above each changed line in the hunk or `above` it, then by the hunk's section."""
    names: set[str] = set()
    old = above + hunk.old()
    for line, column in _changed_lines(hunk, 1 + len(above)):
        at = line if column is not None else line - 1
        indent = column if column is not None else _indent(old[at])
        own = _HEADER.match(old[at]) if column is None else None
        name = _enclosing(old[:at], indent, hunk.section, own[2] if own else "")
        if name:
            names.add(name)
    return names


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _enclosing(above: list[str], indent: int, section: str, own: str) -> str:
    """The chain of headers above a line at `indent` which may be a header (`own`) itself; "" where nothing tells."""
    chain = [own] if own else []
    limit = indent
    for text in reversed(above):
        match = _HEADER.match(text)
        if match is not None and len(match[1]) < limit:
            chain.insert(0, match[2])
            limit = len(match[1])
        elif text.strip() and _indent(text) < limit and not text.lstrip().startswith((")", "]", "}", "#", "//", "*")):
            limit = _indent(text)
        if limit == 0:
            break
    match = _HEADER.match(section) if limit > 0 else None
    if match is not None and len(match[1]) < limit:
        chain.insert(0, match[2])
    if chain:
        return ".".join(chain)
    return MODULE if limit == 0 else ""


@lru_cache(maxsize=512)
def mirror_lines(mirror: Path, repository: str, commit: str, path: str) -> tuple[str, ...]:
    """The lines of a file at a commit in a mirror; none where the mirror does not hold it."""
    folder = mirror / repository.replace("/", "__")
    for tree in (folder / commit, *_checkouts(folder, commit)):
        if (tree / path).is_file():
            return tuple((tree / path).read_text("utf-8", "replace").split("\n"))
    for candidate in (folder, folder.with_name(folder.name + ".git")):
        if (candidate / ".git").exists() or (candidate / "HEAD").is_file():
            return _from_git(candidate, commit, path)
    return ()


def _checkouts(folder: Path, commit: str) -> list[Path]:
    """Working trees whose name and the commit agree in their first eight digits."""
    return sorted(tree for tree in folder.glob(commit[:8] + "*") if tree.is_dir())


def _from_git(repository: Path, commit: str, path: str) -> tuple[str, ...]:
    shown = subprocess.run(
        ["git", "-C", str(repository), "show", f"{commit}:{path}"], capture_output=True, check=False, timeout=60
    )
    return tuple(shown.stdout.decode("utf-8", "replace").split("\n")) if shown.returncode == 0 else ()
