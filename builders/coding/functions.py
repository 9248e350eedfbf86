"""The functions that a patch edits, as `path::Qualified.name`.

Where a file's text before the change is known, from the transcript, a mirror of checkouts or other runs at the same
code, names are exact: the innermost function, method or class around each changed line; `path::<module>` for lines of
none. Lines put between two definitions belong to what surrounds them at their indentation: a new method to its class,
a new function to the module, statements put after a function's last line at its body's indentation to that function.
Elsewhere the hunk's own lines and header name the function, and the origin says so; what they leave open is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from contextpairs.builders.coding.checkouts import mirror_lines
from contextpairs.builders.coding.hunk_names import Headers, HunkNames, changed_lines, header_style, names_in_hunk
from contextpairs.builders.coding.parsed_text import Lines, ParsedText, parsed_around
from contextpairs.builders.coding.symbols import language_of
from contextpairs.data.code.patch import FilePatch, Hunk

Origin = Literal["source", "mirror", "runs", "hunk"]

_STRENGTH: tuple[Origin, ...] = ("source", "mirror", "runs", "hunk")
_ABOVE = 5_000
"""Lines above a hunk that are looked at, where it names the function itself."""
_UNSEEN = "\x00"


class Named(NamedTuple):
    """The functions that a patch edits.

    Attributes:
        functions: those that are known, as `path::Qualified.name`, sorted.
        origin: the weakest by which one is known, "hunk" too where one is not.
        unknown: `path::?mark` of changes of which the function is not known, sorted. At one text equal marks mean one
            function; `path::?` stands for any.
    """

    functions: list[str]
    origin: Origin
    unknown: list[str]


@dataclass(frozen=True, slots=True)
class BaseTexts:
    """What is known of the code before a patch.

    Attributes:
        seen: lines by path that the run saw, None for lines not known.
        mirror: a folder of checkouts, see `contextpairs.builders.coding.checkouts`.
        repository: `owner/name`, to find the checkout.
        commit: the base commit, 8 or 40 digits.
        shared: lines by path that runs at the same code show, this one among them.
        headers: how git wrote the headers, where more than the patch's own tell; see `header_style`.
        numbered: whether line numbers of hunks are git's; those of changes in text that a run never saw are not.
    """

    seen: Mapping[str, Lines] = field(default_factory=dict)
    mirror: Path | None = None
    repository: str | None = None
    commit: str | None = None
    shared: Mapping[str, Lines] = field(default_factory=dict)
    headers: Headers | None = None
    numbered: bool = True


def functions_of(
    files: Sequence[FilePatch],
    texts: Mapping[str, Lines],
    mirror: Path | None = None,
    repository: str | None = None,
    commit: str | None = None,
) -> tuple[list[str], Origin]:
    """The functions that a patch edits, sorted, as far as they are known, and the weakest origin among them.

    Args:
        files: the patch.
        texts: lines before the change by path, None for lines not known.
        mirror: a folder of checkouts, see `contextpairs.builders.coding.checkouts`.
        repository: `owner/name`, to find the checkout.
        commit: the base commit, 8 or 40 digits.
    """
    named = named_functions(files, BaseTexts(texts, mirror, repository, commit))
    return named.functions, named.origin


def named_functions(files: Sequence[FilePatch], base: BaseTexts, parts: bool = False) -> Named:
    """The functions that a patch edits, and where one is not known.

    Args:
        files: the patch.
        base: what is known of the code before it.
        parts: whether a name whose outer part is missing (`total` for `Shop.total`) stands among the functions.
    """
    headers = base.headers or header_style(files)
    found, unknown, origins = set[str](), set[str](), set[Origin]()
    for file in files:
        path = file.old_path or file.path
        for hunk in file.hunks:
            names, origin = _hunk_functions(path, hunk, base, headers)
            told = names.names | names.parts if parts else names.names
            found.update(f"{file.place}::{name}" for name in told)
            origins.add(origin)
            unknown.update(f"{file.place}::?{mark}" for mark in names.unknown)
    return Named(sorted(found), next((o for o in reversed(_STRENGTH) if o in origins), "hunk"), sorted(unknown))


def _hunk_functions(path: str, hunk: Hunk, base: BaseTexts, headers: Headers) -> tuple[HunkNames, Origin]:
    language = language_of(path)
    seen = base.seen.get(path, ())
    shared = base.shared.get(path, ()) if hunk.old() or base.numbered else ()
    if language is not None:
        for origin, lines in _texts(path, base, shared):
            exact = _exact(language, hunk, lines)
            if exact is not None:
                return HunkNames(exact, set(), set()), origin
    named = _named_by_hunk(hunk, seen, language, headers)
    if not named.unknown:
        return named, "hunk"
    told = _named_by_hunk(hunk, shared, language, headers)
    return told, "hunk" if told.unknown else "runs"


def _texts(path: str, base: BaseTexts, shared: Lines) -> Iterator[tuple[Origin, Lines]]:
    """Texts of a file before the change, the surest first."""
    yield "source", base.seen.get(path, ())
    if base.mirror is not None and base.repository and base.commit:
        yield "mirror", mirror_lines(base.mirror, base.repository, base.commit, path)
    yield "runs", shared


def _named_by_hunk(hunk: Hunk, lines: Lines, language: str | None, headers: Headers) -> HunkNames:
    place = _place(hunk, lines)
    return names_in_hunk(hunk, place, _seen_above(place, lines), language, headers)


def _exact(language: str, hunk: Hunk, lines: Lines) -> set[str] | None:
    """Names by parsing, None where the text is not known well enough."""
    start = _place(hunk, lines)
    if start is None:
        return None
    names: set[str] = set()
    parsed: ParsedText | None = None
    for line, column in changed_lines(hunk, start):
        if parsed is None or not parsed.holds(line):
            parsed = parsed_around(language, lines, line, parsed)
        if parsed is None:
            return None
        names.add(parsed.owner(line, column))
    return names


def _place(hunk: Hunk, lines: Lines) -> int | None:
    """The line (from 1) at which a hunk's old side stands in the text; None where it is not there, or not once."""
    old = hunk.old()
    at = hunk.old_start - 1 if old else hunk.old_start
    if 0 <= at <= len(lines) and old and list(lines[at : at + len(old)]) == old:
        return hunk.old_start
    if not old:
        return hunk.old_start + 1 if 0 < hunk.old_start <= len(lines) else None
    text = "\n".join(["", *(_UNSEEN if line is None else line for line in lines), ""])
    wanted = "\n".join(["", *old, ""])
    found = text.find(wanted)
    return text.count("\n", 0, found) + 1 if found >= 0 and text.find(wanted, found + 1) < 0 else None


def _seen_above(place: int | None, seen: Lines) -> list[str]:
    """The known lines that stand right above a hunk, nearest last."""
    above: list[str] = []
    for index in range((place or 1) - 2, -1, -1):
        if (text := seen[index]) is None or len(above) == _ABOVE:
            break
        above.append(text)
    return above[::-1]
